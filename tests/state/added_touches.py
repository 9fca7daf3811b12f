"""Touches of one contact, added one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from state.messages import AUTOMATED, HUMAN, add, entry_key


@dataclass(frozen=True)
class One:
    """One touch of a contact."""

    channel: str
    campaign: str
    message: str
    event: str
    ms: int
    automated: bool = False
    tags: tuple[str, ...] | None = None


def with_touch(packed: bytes, one: One) -> bytes:
    key = entry_key(one.channel, one.campaign, one.message)
    letter = (AUTOMATED if one.automated else HUMAN)[one.event]
    return add(packed, key, letter, one.ms, None if one.tags is None else list(one.tags)).packed


def with_touches(ones: Iterable[One], packed: bytes = b"") -> bytes:
    for one in ones:
        packed = with_touch(packed, one)
    return packed


def at_times(event: str, times: Iterable[int]) -> list[One]:
    return [One("email", "spring", "m1", event, ms) for ms in times]
