"""What the messages of a contact count for: the first touch of each event, once (contract §4)."""

from __future__ import annotations

from state.changes import Changes
from state.ledger import EntryKey
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


def message_entries(account: str, message: Message | None, timeline: Timeline) -> set[EntryKey]:
    """The entries that a message counts once for; None: it is not there."""
    if message is None:
        return set()
    return {
        (account, timeline.days.day(first), message.channel, message.campaign, event)
        for event, first in counted_events(message, timeline).items()
    }


def count_message(
    account: str, timeline: Timeline, before: Message | None, after: Message | None, changes: Changes
) -> None:
    """Add the difference of what a message counts for; None: it is not there."""
    old, new = (message_entries(account, message, timeline) for message in (before, after))
    for key in old - new:
        changes.add(key, -1)
    for key in new - old:
        changes.add(key, 1)
