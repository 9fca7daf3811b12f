"""What the messages of a contact count for: the first touch of each event, once (contract §4)."""

from __future__ import annotations

from state.changes import Changes
from state.messages import EVENT_OF, Message
from state.timeline import Timeline


def counted_events(message: Message, timeline: Timeline) -> dict[str, int]:
    """Event → ms of its first touch that counts (contract §4).

    Automated opened and clicked touches do not count while the settings in force at their own time ignore them (§1).
    """
    counted: dict[str, int] = {}
    for letter, values in message.times.items():
        event = EVENT_OF[letter]
        first: int | None = values[0]
        if letter in "PK":
            first = next((ms for ms in values if not timeline.at(ms).ignore_automated), None)
        if first is not None and first < counted.get(event, first + 1):
            counted[event] = first
    return counted


def count_message(
    account: str, timeline: Timeline, before: Message | None, after: Message | None, changes: Changes
) -> None:
    """Add the difference of what a message counts for; None: it is not there."""
    named = after or before
    if named is None:
        return
    old = counted_events(before, timeline) if before else {}
    new = counted_events(after, timeline) if after else {}
    for event in old.keys() | new.keys():
        was = timeline.days.day(old[event]) if event in old else None
        now = timeline.days.day(new[event]) if event in new else None
        if was == now:
            continue
        if was is not None:
            changes.add((account, was, named.channel, named.campaign, event), -1)
        if now is not None:
            changes.add((account, now, named.channel, named.campaign, event), 1)
