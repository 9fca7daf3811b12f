"""Segments: named sets of contacts, as their topic keeps them, without those who asked to be forgotten since.

An erasure holds for a segment that was made before it: by the time that the erasure names, or by when it was written to
its topic, so that one which comes late empties what was made meanwhile of what it was to take away.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, NamedTuple

import msgspec

from state.erasures import is_pseudonym
from state.times import WrongTime, format_time, parse_time

NAME_CHARACTERS_MAX: Final = 128
CONTACTS_MAX: Final = 20_000
RECORD_BYTES_MAX: Final = 900_000
SEGMENTS_MAX: Final = 1_000
"""Of an account."""
PACKED_BYTES_MAX: Final = 64 * 1_048_576
"""Of all segments of an account, as they are kept here."""
ERASED_MAX: Final = 1_000_000
"""Contacts whose erasures are remembered; what an older one had to empty has been emptied."""

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class SegmentRecord(msgspec.Struct, frozen=True):
    """The value of a record in the topic of segments; its key is `["account","segment"]`."""

    account: _Id
    segment: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    created_at: str
    """RFC 3339."""
    created_by: str | None
    contacts: tuple[str, ...]
    """Sorted, each once."""


class Erasure(NamedTuple):
    """When a contact asked to be forgotten last, and when that was written last; ms."""

    time: int
    written: int

    def holds_for(self, created_ms: int) -> bool:
        """Whether a segment that was made then may not have the contact."""
        return self.time > created_ms or self.written >= created_ms


NO_ERASURE: Final = Erasure(-(2**62), -(2**62))

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(SegmentRecord).decode
_decode_contacts: Final = msgspec.json.Decoder(tuple[str, ...]).decode


def segment_key(account: str, name: str) -> bytes:
    """The key of a segment's record."""
    return _encode((account, name))


def encode_segment(record: SegmentRecord) -> bytes:
    """The value of a segment's record."""
    return _encode(record)


def members(contacts: Iterable[str | None]) -> tuple[str, ...]:
    """Who of these can be in a segment: sorted, each once, without nobody and pseudonyms."""
    return tuple(sorted({contact for contact in contacts if contact is not None and not is_pseudonym(contact)}))


@dataclass(frozen=True, slots=True)
class _Kept:
    created_ms: int
    created_by: str | None
    count: int
    packed: bytes

    def contacts(self) -> tuple[str, ...]:
        return _decode_contacts(zlib.decompress(self.packed))


class ListedSegment(NamedTuple):
    """A segment without its contacts."""

    name: str
    contacts: int
    """How many."""
    created_at: str
    created_by: str | None


@dataclass(slots=True)
class Segments:
    """All segments and erasures that were read so far."""

    _kept: dict[str, dict[str, _Kept]] = field(default_factory=dict)
    _erased: dict[tuple[str, str], Erasure] = field(default_factory=dict)

    def take(self, key: bytes, value: bytes | None) -> tuple[str, str] | None:
        """One record of the topic. Returns (account, name) of a segment that has to be written anew.

        Raises `ValueError` for what is no record of a segment.
        """
        account, name = msgspec.json.decode(key, type=tuple[str, str])
        if value is None:
            self._kept.get(account, {}).pop(name, None)
            return None
        record = _decode(value)
        if (record.account, record.segment) != (account, name):
            raise ValueError("its key is another segment's")
        try:
            created_ms = parse_time(record.created_at)
        except WrongTime as wrong:
            raise ValueError(str(wrong)) from wrong
        left = self._without_erased(account, record.contacts, created_ms)
        self._keep(account, name, created_ms, record.created_by, left)
        return None if len(left) == len(record.contacts) else (account, name)

    def erase(self, erasures: Mapping[tuple[str, str], Erasure]) -> list[tuple[str, str]]:
        """Erasures by (account, contact). Returns (account, name) of the segments that have to be written anew."""
        for who, erasure in erasures.items():
            known = self._erased.pop(who, NO_ERASURE)
            # At the end: the ones heard of last are forgotten last.
            self._erased[who] = Erasure(max(known.time, erasure.time), max(known.written, erasure.written))
        while len(self._erased) > ERASED_MAX:
            del self._erased[next(iter(self._erased))]
        smaller = []
        for account in {account for account, _ in erasures}:
            for name, kept in list(self._kept.get(account, {}).items()):
                contacts = kept.contacts()
                left = self._without_erased(account, contacts, kept.created_ms)
                if len(left) < len(contacts):
                    self._keep(account, name, kept.created_ms, kept.created_by, left)
                    smaller.append((account, name))
        return smaller

    def erasure(self, account: str, contact: str) -> Erasure:
        """When a contact asked to be forgotten last; `NO_ERASURE` where nothing is known of it."""
        return self._erased.get((account, contact), NO_ERASURE)

    def listed(self, account: str) -> list[ListedSegment]:
        """An account's segments by name."""
        return [
            ListedSegment(name, kept.count, format_time(kept.created_ms), kept.created_by)
            for name, kept in sorted(self._kept.get(account, {}).items())
        ]

    def record(self, account: str, name: str) -> SegmentRecord | None:
        """A segment as its record should be; None: there is none."""
        kept = self._kept.get(account, {}).get(name)
        if kept is None:
            return None
        return SegmentRecord(account, name, format_time(kept.created_ms), kept.created_by, kept.contacts())

    def has_room(self, account: str, name: str) -> bool:
        """Whether an account may have a segment of this name, besides those it has."""
        others = [kept for of, kept in self._kept.get(account, {}).items() if of != name]
        return len(others) < SEGMENTS_MAX and sum(len(kept.packed) for kept in others) < PACKED_BYTES_MAX

    def oldest_ms(self) -> int | None:
        """When the oldest of all segments was made."""
        return min((kept.created_ms for of in self._kept.values() for kept in of.values()), default=None)

    def _without_erased(self, account: str, contacts: tuple[str, ...], created_ms: int) -> tuple[str, ...]:
        erased = self._erased
        return tuple(one for one in contacts if not erased.get((account, one), NO_ERASURE).holds_for(created_ms))

    def _keep(
        self, account: str, name: str, created_ms: int, created_by: str | None, contacts: tuple[str, ...]
    ) -> None:
        packed = zlib.compress(_encode(contacts), 1)
        self._kept.setdefault(account, {})[name] = _Kept(created_ms, created_by, len(contacts), packed)
