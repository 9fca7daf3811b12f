"""What one stage sends to the next: orders at their contacts, decisions, and what they change in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from state.attribution import Decision
from state.counted_touches import CountedTouches
from state.events import At, Order
from state.ledger import Entries, EntryKey
from state.packed_words import Packed, PackedWords
from state.timeline import Version

UNKNOWN: Final = 0
"""Stands for the time of a reading that is not known, or does not matter."""


class Assigned(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=1):
    """An order at its contact: what the stage by order says of it. `contact` None: known to nobody yet."""

    contact: str | None
    contact_group: int
    """The key group of the contact."""
    sequence: int
    """Grows with every change of the order; what is older is out of date."""
    cause: str
    """What this comes of: `order` (an event of it), `identity` (a declaration of an address) or `erasure`."""
    order: Order
    resend: bool = False
    """True: its record and row are published once more even if nothing changed (a crash may have lost the word)."""
    read_ms: int = UNKNOWN
    """Wall clock: when the event was read that this comes of."""


class Withdrawn(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=2):
    """An order that has left a contact."""

    account: str
    contact: str | None
    contact_group: int
    order: str


class Forgotten(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=3):
    """An order that has grown too old: whoever keeps a part of it lets go; what it counted stays (contract §2)."""

    account: str
    contact: str | None
    contact_group: int
    order: str


class Heard(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=4):
    """An event of an order that is not known yet: an account's newest event may be one of these."""

    account: str
    contact_group: int
    """The order's own key group."""
    time: int
    """ms"""


OrderMessage = Assigned | Heard | Withdrawn | Forgotten
"""What the stage by order sends to the stage by contact."""


class Outcome(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=5):
    """The decision of an order, to be published."""

    sequence: int
    """Of the assignment it was decided under; of two decisions of an order the later assigned counts."""
    order: Order
    decision: Decision
    day: int
    """The day of `ordered_at`, an ordinal."""
    hour: int
    """The hour of that day, 0 to 23."""
    cause: str = "order"
    """What changed: as of `Assigned`, or `touch` or `settings`."""
    publishes_record: bool = True
    """False: the decision is as it was published, only what the lists show has changed."""
    read_ms: int = UNKNOWN
    """Wall clock: when the oldest of the events was read that this may come of."""


unpack_message: Final[Callable[[bytes], OrderMessage]] = msgspec.msgpack.Decoder(OrderMessage).decode
unpack_outcome: Final[Callable[[bytes], Outcome | Forgotten]] = msgspec.msgpack.Decoder(Outcome | Forgotten).decode


def whole_message(message: OrderMessage | bytes) -> OrderMessage:
    """What the stage by order sent, which may be packed."""
    return unpack_message(message) if isinstance(message, bytes) else message


def whole_outcome(outcome: Outcome | Forgotten | bytes) -> Outcome | Forgotten:
    """What the stage by contact sent, which may be packed."""
    return unpack_outcome(outcome) if isinstance(outcome, bytes) else outcome


class TooLate(NamedTuple):
    """A touch or an order's event that is older than what the state may have forgotten (contract §2)."""

    raw: bytes
    at: At
    detail: str


class Seen(NamedTuple):
    """What an account looks like from here."""

    newest: int
    """ms: event time of the newest event counted; `state.retention.NEVER`: none is, but settings have been said."""
    version: Version
    """The settings whose currency and time zone hold for the whole account."""


@dataclass(slots=True)
class Changes:
    """What adding facts to a group changed."""

    now_ms: int = 0
    """Wall clock: how far back facts are kept depends on it (contract §2)."""
    outcomes: list[Outcome | Forgotten | Packed | PackedWords] = field(default_factory=list)
    """Decisions, and the orders that were forgotten, in the order in which they came."""
    counted: dict[tuple[str, int], list[CountedTouches]] = field(default_factory=dict)
    """(account, day) → touches by which messages are newly sent, delivered, opened or clicked."""
    entries: Entries = field(default_factory=dict)
    """What messages count for besides: those that are counted anew. What orders count for comes of their outcomes."""
    seen: dict[str, Seen] = field(default_factory=dict)
    tags: dict[str, dict[str, int]] = field(default_factory=dict)
    """Account → tag → ms of the latest of the touches with it that were added."""
    too_late: list[TooLate] = field(default_factory=list)
    pushed_out: Counter[str] = field(default_factory=Counter)
    """What left because of a bound (contract §2),: `message` or `time`, where a contact has too many;
    `touch` or `order`, which grew too old."""
    read_ms: int = UNKNOWN
    """Wall clock: when the oldest of the facts was read."""

    def read_at(self, read_ms: int) -> None:
        """A fact was read then."""
        if read_ms != UNKNOWN and (self.read_ms == UNKNOWN or read_ms < self.read_ms):
            self.read_ms = read_ms

    def add(self, key: EntryKey, amount: int) -> None:
        """Add to one entry."""
        self.entries[key] = self.entries.get(key, 0) + amount
