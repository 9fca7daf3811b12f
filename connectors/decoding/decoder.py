"""From batches of raw lines to events in batches for their key groups, and dead letters for what does not fit."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from connectors.sources.raw_lines import Lines
from connectors.sources.replay import EmitGroup, ReplayFinished, Start
from state import dead_letters
from state.bad_events import BadEvent
from state.changes import UNKNOWN
from state.dead_letters import DeadLetter
from state.event_json import AHEAD_MS_MAX, LINE, ORDERS, check, parse_line
from state.event_lines import EventLine
from state.events import At, CampaignName, Contact, Erase, SettingsChange, Touch
from state.key_groups import GROUPS, key_group
from state.messages import PLAIN_FROM_MS
from state.order_batches import OrderBatch, OrderReceived, pack_order_batch
from state.order_events import OrderEvent
from state.times import parse_time
from state.touches import PLAIN, Label, Row, Touches, in_columns, label, row

_LABELS_KEPT: Final = 100_000
_PARSED_TOGETHER: Final = 512
"""Lines. What they are parsed to is still in the processor's cache when it is looked at."""


class TouchBatch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Touches of one account for one key group, read together."""

    source: str
    partition: int | None
    touches: Touches
    read_ms: int = UNKNOWN
    """Wall clock: when it was read."""


class PackedTouchBatch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`TouchBatch` as the stage takes it that adds them."""

    source: str
    partition: int | None
    touches: msgspec.Raw
    """A packed `Touches`."""
    read_ms: int = UNKNOWN


pack_touch_batch: Final[Callable[[TouchBatch], bytes]] = msgspec.msgpack.Encoder().encode
unpack_touches: Final[Callable[[bytes], TouchBatch]] = msgspec.msgpack.Decoder(TouchBatch).decode
unpack_touch_batch: Final[Callable[[bytes], PackedTouchBatch]] = msgspec.msgpack.Decoder(PackedTouchBatch).decode

Profile = Contact | CampaignName | SettingsChange | Erase


class Decoded(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one batch of lines held."""

    touches: list[tuple[int, bytes]] = []
    """(key group, packed `TouchBatch`): most of all events are on their way as bytes, and are objects only while they
    are added."""
    orders: list[tuple[int, bytes]] = []
    """(key group, packed `state.order_batches.OrderBatch`), likewise"""
    nobodys: list[OrderEvent] = []
    """Those among the orders' events that name no contact: whose they are has to be asked."""
    profiles: list[Profile] = []
    dead: list[DeadLetter] = []
    events: int = 0
    """How many lines there were."""
    taken: dict[str, int] = {}
    """Type → how many events fit."""
    refused: dict[str, int] = {}
    """Kind of refusal (`BadEvent.kind`) → how many did not fit, those too long to be read among them."""


DecodedItem = Decoded | Start | EmitGroup | ReplayFinished


class Decoder:
    """Decodes batches of lines. One for each process: it keeps what repeats (channels, campaigns)."""

    def __init__(self, groups: int = GROUPS) -> None:
        self._groups = groups
        self._labels: dict[tuple[str, str, str], Label] = {}

    def decode(self, lines: Lines, read_ms: int = UNKNOWN) -> Decoded:
        """All events of a batch. What does not fit becomes a dead letter; the events around it are not affected.

        `read_ms`: wall clock, when it was read.
        """
        now_ms = time.time_ns() // 1_000_000
        sorted_out = _Sorted(lines, self._groups, now_ms, read_ms)
        for start in range(0, len(lines.lines), _PARSED_TOGETHER):
            part = slice(start, start + _PARSED_TOGETHER)
            raw, ats = list(lines.lines[part]), lines.ats[part]
            parsed = _parse_all(raw)
            if parsed is None:
                sorted_out.read_each(raw, ats)
            else:
                self._read(raw, parsed, ats, sorted_out)
        return sorted_out.decoded()

    def _read(self, lines: list[bytes], parsed: list[EventLine], ats: Sequence[At], sorted_out: _Sorted) -> None:
        """The loop that every event passes; what is rare or wrong leaves it."""
        groups, labels = self._groups, self._labels
        latest = sorted_out.now_ms + AHEAD_MS_MAX
        account: str | None = None
        crc32 = zlib.crc32
        for line, event, at in zip(lines, parsed, ats, strict=True):
            if type(event) is not Touch:
                sorted_out.read_one(line, event, at)
                continue
            try:
                head, tail, kind = labels[event.channel, event.campaign, event.event]
                ms = parse_time(event.time)
            except (KeyError, ValueError):
                self._read_rare(sorted_out, line, event, at)
                continue
            message, contact = event.message, event.contact
            plain = not event.automated and event.tags is None and message.isprintable()
            is_blank = contact.isspace() or message.isspace()
            if not plain or is_blank or not PLAIN_FROM_MS <= ms <= latest:
                sorted_out.read_one(line, event, at)
                continue
            if event.account != account:
                if event.account.isspace():
                    sorted_out.read_one(line, event, at)
                    continue
                account = event.account
                buckets, seed = sorted_out.touches.setdefault(account, {}), crc32(account.encode())
            group = crc32(contact.encode(), seed) % groups
            found = (contact, f"{head}{message}{tail}{ms:x}".encode(), ms, PLAIN, kind, line, at)
            try:
                buckets[group].append(found)
            except KeyError:
                buckets[group] = [found]

    def _read_rare(self, sorted_out: _Sorted, line: bytes, event: Touch, at: At) -> None:
        """A touch of a campaign not seen yet, or one that does not fit."""
        if sorted_out.read_one(line, event, at):
            if len(self._labels) >= _LABELS_KEPT:
                self._labels.clear()
            self._labels[event.channel, event.campaign, event.event] = label(event.channel, event.campaign, event.event)


class _Sorted:
    """The events of one batch of lines, as they are sorted into their key groups."""

    def __init__(self, lines: Lines, groups: int, now_ms: int, read_ms: int) -> None:
        self.lines = lines
        self._read_ms = read_ms
        self.now_ms = now_ms
        self._groups = groups
        self.touches: dict[str, dict[int, list[Row]]] = {}
        """Account → key group → touches."""
        self._orders: dict[tuple[str, int], list[OrderReceived]] = {}
        """(account, key group) → order events."""
        self._nobodys: list[OrderEvent] = []
        self._profiles: list[Profile] = []
        self._dead = [dead_letters.of_oversized(lines.source, lines.partition, event) for event in lines.oversized]
        self._refused = Counter({dead_letters.TOO_LARGE: len(self._dead)}) if self._dead else Counter[str]()

    def read_each(self, lines: list[bytes], ats: Sequence[At]) -> None:
        """Lines of which some are no events: each by itself."""
        for line, at in zip(lines, ats, strict=True):
            try:
                event = parse_line(line)
            except BadEvent as bad:
                self._refuse(line, at, bad)
            else:
                self.read_one(line, event, at)

    def read_one(self, line: bytes, event: EventLine, at: At) -> bool:
        """Any event. False: it does not fit."""
        try:
            ms, known = check(event, self.now_ms)
        except BadEvent as bad:
            self._refuse(line, at, bad)
            return False
        if isinstance(known, ORDERS):
            group = key_group(known.account, known.order, self._groups)
            self._orders.setdefault((known.account, group), []).append(OrderReceived(known, line, at))
            if known.contact is None:
                self._nobodys.append(known)
        elif isinstance(known, Touch):
            group = key_group(known.account, known.contact, self._groups)
            self.touches.setdefault(known.account, {}).setdefault(group, []).append(row((ms, known, line, at)))
        else:
            self._profiles.append(known)
        return True

    def _refuse(self, line: bytes, at: At, bad: BadEvent) -> None:
        self._refused[bad.kind] += 1
        letter = dead_letters.dead_letter(self.lines.source, self.lines.partition, at, line, bad.code, str(bad))
        self._dead.append(letter)

    def decoded(self) -> Decoded:
        """All that was read."""
        source, partition, read_ms = self.lines.source, self.lines.partition, self._read_ms
        return Decoded(
            [
                (group, pack_touch_batch(TouchBatch(source, partition, in_columns(account, rows), read_ms)))
                for account, buckets in self.touches.items()
                for group, rows in buckets.items()
            ],
            [
                (group, pack_order_batch(OrderBatch(account, source, partition, read_ms, received)))
                for (account, group), received in self._orders.items()
            ],
            self._nobodys,
            self._profiles,
            self._dead,
            len(self.lines.lines),
            self._taken(),
            dict(self._refused),
        )

    def _taken(self) -> dict[str, int]:
        counts = Counter(str(profile.__struct_config__.tag) for profile in self._profiles)
        counts["touch"] = sum(len(rows) for buckets in self.touches.values() for rows in buckets.values())
        counts["order"] = sum(map(len, self._orders.values()))
        return {kind: count for kind, count in counts.items() if count}


def _parse_all(lines: list[bytes]) -> list[EventLine] | None:
    """The lines parsed, or None if any of them is no event. Text that nobody reads must be UTF-8 too."""
    try:
        whole = b"\n".join(lines)
        if not whole.isascii():
            whole.decode()
        parse = LINE.decode
        return [parse(line) for line in lines]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
