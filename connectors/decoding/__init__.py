"""From raw lines to batches of events for their key groups: great ones in a process of its own, small ones at once.

The rules of what an event may look like are in `state.event_json`.
"""
