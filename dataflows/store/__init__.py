"""The recovery store: its files, the form of what is in it, and what reads it from outside.

What a stage does with its state does not belong here (`dataflows.flow`).
"""
