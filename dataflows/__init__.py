"""The Bytewax dataflow, the steps it is made of, and what runs and watches its processes.

What an event means does not belong here (`state`), nor how bytes come and go (`connectors`).
"""
