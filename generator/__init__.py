"""A made-up shop and its customers' events, the same for the same seed: for demo, tests and benchmarks.

What is true of every shop's events does not belong here (`state`), nor anything that the product needs.
"""
