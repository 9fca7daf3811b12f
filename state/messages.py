"""The messages of one contact with the times of their touches, packed into one string of bytes.

Nine of ten events end here, and most contacts are idle most of the time, so a contact's messages are kept as bytes:
a quarter of the memory of live objects, and ready for a snapshot as they are. The form (version 1):

    contact = entry*                    entry = RS channel US campaign US message US times (US tag)*
    times   = (letter hex)+             letter: event and whether a machine did it; hex: ms since the epoch

RS, US and ESC inside an id or a tag are written as ESC and a digit, so that a search for an entry cannot miss.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from typing import Final, NamedTuple

from state.settings import EVENTS

RS: Final = b"\x1e"
US: Final = b"\x1f"

MESSAGES_MOST: Final = 64
"""Messages kept per contact and channel, the latest by first touch (contract §2)."""
LATEST_TIMES_KEPT: Final = 16
"""Times kept per message and event beside the first one (contract §2)."""

_ENTRY_BYTES_MIN: Final = 1 + 1 + 1 + 1 + 1 + 1 + 1 + 2
BYTES_BELOW_BOUND: Final = MESSAGES_MOST * _ENTRY_BYTES_MIN
"""So few bytes cannot hold more messages than the bound allows."""

PLAIN_TIME_BYTES: Final = 1 + 11
"""A touch in its message's entry: the letter and, from 2004 to 2527, eleven digits."""
PLAIN_FROM_MS: Final = 16**10
PLAIN_UNTIL_MS: Final = 16**11

HUMAN: Final = dict(zip(EVENTS, "SDOC", strict=True))
AUTOMATED: Final = dict(zip(EVENTS, "TEPK", strict=True))
EVENT_OF: Final = {letter: event for letters in (HUMAN, AUTOMATED) for event, letter in letters.items()}
IS_AUTOMATED: Final = frozenset(AUTOMATED.values())
_TWIN: Final = {HUMAN[event]: AUTOMATED[event] for event in EVENTS} | {AUTOMATED[e]: HUMAN[e] for e in EVENTS}
_NOT_PLAIN: Final = re.compile(b"[TEPK\x1f]")
_TIMES: Final = re.compile(rb"([A-Z])(-?[0-9a-f]+)")
_HEX: Final = re.compile(rb"-?[0-9a-f]+")
_MS_OF_HEX: Final = partial(int, base=16)

_ESCAPES: Final = {0x1B: "\x1b0", 0x1E: "\x1b1", 0x1F: "\x1b2"}
_ESCAPED: Final = re.compile("\x1b([012])")
_UNESCAPES: Final = {"0": "\x1b", "1": "\x1e", "2": "\x1f"}


class Message(NamedTuple):
    """One message to one contact, unpacked."""

    channel: str
    campaign: str
    message: str
    times: dict[str, list[int]]
    """Letter (see `HUMAN`, `AUTOMATED`) → ms, ascending."""
    tags: tuple[str, ...]
    """Sorted, each once."""

    @property
    def first(self) -> int:
        """ms of the message's first touch."""
        return min(times[0] for times in self.times.values())

    @property
    def latest(self) -> int:
        """ms of the message's latest touch."""
        return max(times[-1] for times in self.times.values())


class Added(NamedTuple):
    """What one touch changed."""

    packed: bytes
    """The contact's messages from now on."""
    before: Message | None
    """The message as it was; None where it is new."""
    after: Message | None
    """The message as it is; None where the touch arrived beyond a bound."""
    pushed_out: int
    """How many messages or times left to make room."""


def escape_separators(text: str) -> str:
    """A text without RS and US."""
    return text if text.isprintable() else text.translate(_ESCAPES)


def unescape_separators(text: bytes) -> str:
    """What `escape_separators` was given."""
    return unescape_text(text.decode())


def unescape_text(plain: str) -> str:
    """What `escape_separators` was given."""
    return plain if "\x1b" not in plain else _ESCAPED.sub(lambda match: _UNESCAPES[match[1]], plain)


def campaign_prefix(channel: str, campaign: str) -> bytes:
    """How every entry of a campaign begins."""
    return f"\x1e{channel}\x1f{escape_separators(campaign)}\x1f".encode()


def entry_key(channel: str, campaign: str, message: str) -> bytes:
    """How the entry of a message begins."""
    return campaign_prefix(channel, campaign) + escape_separators(message).encode() + US


def unpack_entry(entry: bytes) -> Message:
    """One entry, without its RS."""
    channel, campaign, message, times, *tags = entry.split(US)
    read: dict[str, list[int]] = {}
    for letter, hexadecimal in _TIMES.findall(times):
        read.setdefault(letter.decode(), []).append(int(hexadecimal, 16))
    for values in read.values():
        values.sort()
    unescaped = tuple(unescape_separators(tag) for tag in tags)
    return Message(channel.decode(), unescape_separators(campaign), unescape_separators(message), read, unescaped)


def unpack(packed: bytes) -> Iterator[Message]:
    """All messages of a contact."""
    return (unpack_entry(entry) for entry in packed.split(RS)[1:])


def find(packed: bytes, key: bytes) -> Message | None:
    """The message whose entry begins with `key`."""
    start = packed.find(key)
    if start < 0:
        return None
    end = packed.find(RS, start + 1)
    return unpack_entry(packed[start + 1 : len(packed) if end < 0 else end])


def pack(message: Message) -> bytes:
    """A message as an entry, with its RS."""
    key = entry_key(message.channel, message.campaign, message.message)
    times = "".join(f"{letter}{ms:x}" for letter, values in sorted(message.times.items()) for ms in values)
    return key + times.encode() + pack_tags(message.tags)


def pack_tags(tags: Iterable[str]) -> bytes:
    """Tags, sorted and each once, as they stand behind the times of an entry."""
    return b"".join(US + escape_separators(tag).encode() for tag in tags)


def add_plain(packed: bytes, entry: bytes) -> bytes | None:
    """`add` for the common case, without unpacking: the first touch of its event, of nothing but human untagged ones.

    `entry`: a message with one human touch between `PLAIN_FROM_MS` and `PLAIN_UNTIL_MS`, and no tags. `packed` may be
    empty. None: this is not the common case, or may not be; `add` knows.
    """
    key, time = entry[:-PLAIN_TIME_BYTES], entry[-PLAIN_TIME_BYTES:]
    start = packed.find(key)
    if start < 0:
        return packed + entry if len(packed) < BYTES_BELOW_BOUND or _has_room(packed, key) else None
    end = packed.find(RS, start + 1)
    if end < 0:
        end = len(packed)
    body = start + len(key)
    if packed.find(time[:1], body, end) >= 0 or _NOT_PLAIN.search(packed, body, end):
        return None
    return packed[:end] + time + packed[end:]


def _has_room(packed: bytes, key: bytes) -> bool:
    """Whether one more message of the key's channel is within the bound."""
    return packed.count(key[: key.index(US) + 1]) < MESSAGES_MOST


def add(packed: bytes, key: bytes, letter: str, ms: int, tags: list[str] | None) -> Added:
    """One more touch of the message whose entry begins with `key`; a touch that is there already changes nothing."""
    start = packed.find(key)
    if start < 0:
        return _add_message(packed, unpack_entry(key[1:] + f"{letter}{ms:x}".encode()), tags)
    end = packed.find(RS, start + 1)
    end = len(packed) if end < 0 else end
    before = unpack_entry(packed[start + 1 : end])
    if not tags and letter not in before.times and letter not in IS_AUTOMATED and not _is_marked(before):
        # Where `add_plain` puts it: it does not matter to the bytes who has added a touch.
        after = before._replace(times={**before.times, letter: [ms]})
        return Added(packed[:end] + f"{letter}{ms:x}".encode() + packed[end:], before, after, 0)
    times, pushed_out = _with_time(before.times, letter, ms)
    union = before.tags if not tags or set(tags) <= set(before.tags) else tuple(sorted({*before.tags, *tags}))
    if times is None and union == before.tags:
        return Added(packed, before, None, 0)
    if times == before.times and union == before.tags:
        return Added(packed, before, before, 0)
    after = before._replace(times=before.times if times is None else times, tags=union)
    return Added(packed[:start] + pack(after) + packed[end:], before, after, pushed_out)


def _is_marked(message: Message) -> bool:
    """Whether a machine has touched it, or it has tags."""
    return bool(message.tags) or not IS_AUTOMATED.isdisjoint(message.times)


def _with_time(times: dict[str, list[int]], letter: str, ms: int) -> tuple[dict[str, list[int]] | None, int]:
    """The times with one more, and how many left for it; None where it lies beyond the bound.

    Copies of one touch are one touch, and automated if any copy says so (contract §2).
    """
    twin = _TWIN[letter]
    if ms in times.get(letter, ()) or (letter not in IS_AUTOMATED and ms in times.get(twin, ())):
        return times, 0
    more = sorted((*times.get(letter, ()), ms))
    kept = more if len(more) <= LATEST_TIMES_KEPT + 1 else [more[0], *more[-LATEST_TIMES_KEPT:]]
    if ms not in kept:
        return None, 0
    changed = {**times, letter: kept}
    if ms in times.get(twin, ()):
        changed[twin] = [known for known in times[twin] if known != ms]
    return {name: values for name, values in changed.items() if values}, len(more) - len(kept)


def _add_message(packed: bytes, message: Message, tags: list[str] | None) -> Added:
    if tags:
        message = message._replace(tags=tuple(sorted(set(tags))))
    entry = pack(message)
    if len(packed) < BYTES_BELOW_BOUND or _has_room(packed, entry):
        return Added(packed + entry, None, message, 0)
    oldest = _oldest_of(packed, message.channel)
    if (message.first, message.campaign, message.message) < (oldest.first, oldest.campaign, oldest.message):
        return Added(packed, None, None, 0)
    start = packed.find(entry_key(oldest.channel, oldest.campaign, oldest.message))
    end = packed.find(RS, start + 1)
    return Added(packed[:start] + (b"" if end < 0 else packed[end:]) + entry, None, message, 1)


def _oldest_of(packed: bytes, channel: str) -> Message:
    """The message of a channel that goes first where there are too many.

    A contact that gets everything (a colleague who checks the mails) comes here with each message: only what may be the
    oldest is unpacked.
    """
    entries = _entries_of(channel).findall(packed)
    first = min(_HEX.findall(b"".join(times for _, times in entries)), key=_MS_OF_HEX)
    maybe = (unpack_entry(entry + times) for entry, times in entries if first in times)
    return min(maybe, key=lambda known: (known.first, known.campaign, known.message))


@lru_cache(maxsize=1_024)
def _entries_of(channel: str) -> re.Pattern[bytes]:
    """Finds the entries of a channel: each as it begins, without its RS, and its times."""
    return re.compile(RS + b"(" + re.escape(channel.encode()) + b"\x1f[^\x1f]*\x1f[^\x1f]*\x1f)([^\x1e\x1f]+)")


def full_channels(packed: bytes) -> tuple[str, ...]:
    """The channels of which a contact has `MESSAGES_MOST` messages, by name."""
    counts = Counter(message.channel for message in unpack(packed))
    return tuple(sorted(channel for channel, count in counts.items() if count >= MESSAGES_MOST))


def split(message: Message, ms: int) -> tuple[Message | None, Message | None]:
    """A message's touches up to an instant, and those after it; None where there are none. Both keep its tags."""
    early = {letter: [t for t in times if t <= ms] for letter, times in message.times.items()}
    late = {letter: [t for t in times if t > ms] for letter, times in message.times.items()}
    halves = [{letter: times for letter, times in half.items() if times} for half in (early, late)]
    first, second = (message._replace(times=half) if half else None for half in halves)
    return first, second


def without_older(packed: bytes, ms: int) -> tuple[bytes, int]:
    """The messages whose latest touch is not before `ms`, and ms of the latest touch of those that left.

    A message leaves whole, so its first times stay with it. The same object, and `ms`, where none left.
    """
    entries = packed.split(RS)[1:]
    latest = [unpack_entry(entry).latest for entry in entries]
    left = [touched_at for touched_at in latest if touched_at < ms]
    if not left:
        return packed, ms
    kept = [entry for entry, touched_at in zip(entries, latest, strict=True) if touched_at >= ms]
    return b"".join(RS + entry for entry in kept), max(left)


def touches_in(packed: bytes) -> int:
    """How many touches a contact's messages hold."""
    return sum(len(times) for message in unpack(packed) for times in message.times.values())
