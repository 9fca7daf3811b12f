"""The messages of a contact that is forgotten: what it did until then is its pseudonym's (contract §1)."""

from __future__ import annotations

from state import messages as packed_messages
from state.changes import Changes
from state.counted_messages import count_message
from state.erasures import Erasures
from state.facts import AccountFacts


def split_messages(
    account: str,
    facts: AccountFacts,
    erasures: Erasures,
    was: str,
    name: str,
    time: int,
    changes: Changes,
    *,
    renamed: bool,
) -> None:
    """Move the touches of `was` up to `time` (ms) to `name`; `renamed`: the ids of the messages are still their own."""
    kept, moved = bytearray(), bytearray(facts.messages.get(name, b""))
    for message in packed_messages.unpack(facts.messages.pop(was, b"")):
        count_message(account, facts.timeline, message, None, changes)
        early, late = packed_messages.split(message, time)
        if early is not None:
            if renamed:
                early = early._replace(message=erasures.message(account, was, early.message))
            count_message(account, facts.timeline, None, early, changes)
            moved += packed_messages.pack(early)
        if late is not None:
            count_message(account, facts.timeline, None, late, changes)
            kept += packed_messages.pack(late)
    if kept:
        facts.messages[was] = bytes(kept)
    if moved:
        facts.messages[name] = bytes(moved)
