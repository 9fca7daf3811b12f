"""What plans a run, starts and watches its processes, and ends them.

What happens to an event does not belong here (`dataflows.flow`).
"""
