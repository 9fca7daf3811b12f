"""Touches on their way to their contacts: in columns, ready to be added, so that none of them is an object of its own.

Nine of ten events are touches. What can be done once where they are decoded is done there, in another process; what is
left for the stage that holds the facts is to find the contact and append.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import msgspec

from state.events import At, TouchReceived
from state.ledger import touch_kind
from state.messages import (
    AUTOMATED,
    HUMAN,
    PLAIN_FROM_MS,
    PLAIN_UNTIL_MS,
    campaign_prefix,
    escape_separators,
    pack_tags,
)
from state.packed_values import items_in

PLAIN, MARKED, FAR = range(3)
"""How the entry of a touch ends: with one time of `PLAIN_TIME_BYTES`, a person's; with one of as many bytes that is a
machine's, or has tags behind it; in any other way, for it is of a time far from ours."""


class Touches(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Touches of one account that go to one key group; the lists are parallel."""

    account: str
    contacts: list[str]
    entries: list[bytes]
    """Each touch as the packed entry (`state.messages`) of a message that has no other."""
    times: list[int]
    """ms"""
    forms: bytes
    """Of each `PLAIN`, `MARKED` or `FAR`."""
    kinds: list[str]
    """What each counts as (`state.ledger.touch_kind`) if it is the first of its event of its message."""
    lines: bytes
    """The raw lines, joined by newlines: only a dead letter asks for one."""
    ats: bytes
    """Where each stood in its source, packed."""

    def line(self, index: int) -> bytes:
        """The raw line of a touch."""
        return self.lines.split(b"\n")[index]

    def at(self, index: int) -> At:
        """Where a touch stood in its source."""
        return _ATS.decode(self.ats)[index]


class _Columns(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`Touches` of which nothing is unpacked but the account."""

    account: str
    contacts: msgspec.Raw
    entries: msgspec.Raw
    times: msgspec.Raw
    forms: msgspec.Raw
    kinds: msgspec.Raw
    lines: msgspec.Raw
    ats: msgspec.Raw


_columns: Final = msgspec.msgpack.Decoder(_Columns).decode
_texts: Final = msgspec.msgpack.Decoder(list[str]).decode
_numbers: Final = msgspec.msgpack.Decoder(list[int]).decode
_unpack: Final = msgspec.msgpack.Decoder(Touches).decode
pack_touches: Final[Callable[[Touches], bytes]] = msgspec.msgpack.Encoder().encode


class PackedTouches:
    """`Touches` as they come: of what is for kernels, Python unpacks only what it needs."""

    __slots__ = ("_columns", "_unpacked", "account", "packed")

    def __init__(self, packed: bytes) -> None:
        self.packed = packed
        self._columns = _columns(packed)
        self.account = self._columns.account
        self._unpacked: Touches | None = None

    def __len__(self) -> int:
        return items_in(memoryview(self._columns.contacts))

    def contacts(self) -> list[str]:
        """The column of that name."""
        return _texts(self._columns.contacts)

    def times(self) -> list[int]:
        """The column of that name."""
        return _numbers(self._columns.times)

    def kinds(self) -> list[str]:
        """The column of that name."""
        return _texts(self._columns.kinds)

    def unpacked(self) -> Touches:
        """All of it."""
        if self._unpacked is None:
            self._unpacked = _unpack(self.packed)
        return self._unpacked


_ATS: Final = msgspec.msgpack.Decoder(list[At])
_pack_ats: Final = msgspec.msgpack.Encoder().encode

Row = tuple[str, bytes, int, int, str, bytes, At]
"""A touch: contact, entry, ms, form, kind, raw line, and where that stood."""


def in_columns(account: str, rows: Iterable[Row]) -> Touches:
    """Touches of one account, of which there is at least one, in columns."""
    contacts, entries, times, forms, kinds, lines, ats = zip(*rows, strict=True)
    columns = list(contacts), list(entries), list(times), bytes(forms), list(kinds)
    return Touches(account, *columns, b"\n".join(lines), _pack_ats(ats))


class Label(NamedTuple):
    """What the plain touches of one campaign and event have in common."""

    head: str
    """What their entries begin with, before the message's id."""
    tail: str
    """What comes between the message's id and the time."""
    kind: str


def label(channel: str, campaign: str, event: str) -> Label:
    """The label of touches that no machine did."""
    head = campaign_prefix(channel, campaign).decode()
    return Label(head, f"\x1f{HUMAN[event]}", touch_kind(channel, campaign, event))


def row(received: TouchReceived) -> Row:
    """Any touch as a row."""
    ms, touch, line, at = received
    form = FAR if not PLAIN_FROM_MS <= ms < PLAIN_UNTIL_MS else MARKED if touch.automated or touch.tags else PLAIN
    letter = (AUTOMATED if touch.automated else HUMAN)[touch.event]
    head = campaign_prefix(touch.channel, touch.campaign)
    entry = (
        head
        + f"{escape_separators(touch.message)}\x1f{letter}{ms:x}".encode()
        + pack_tags(sorted(set(touch.tags or ())))
    )
    return touch.contact, entry, ms, form, touch_kind(touch.channel, touch.campaign, touch.event), line, at
