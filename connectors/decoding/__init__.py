"""From raw lines to batches of events for their key groups, ahead of the dataflow in a process of its own.

The rules of what an event may look like are in `state.event_json`.
"""
