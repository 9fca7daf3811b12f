"""Where the outside meets the core: sources, sinks, the layout of Redis, decoding, and the embedded servers.

What an event means does not belong here (`state`), nor how the steps are joined (`dataflows`).
"""
