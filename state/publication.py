"""What comes of it when decisions are published, and what may publish them many at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from state.changes import UNKNOWN, Outcome
from state.ledger import CountChange
from state.order_sums import SumOrders
from state.packed_values import PackedValues, ValueDict

PublishedRow = tuple[Outcome | bytes, int]
"""A decision, perhaps packed, and the day (an ordinal) that the order's row stands under until it is published."""


@dataclass(slots=True)
class Publication:
    """What became of decisions."""

    rows: list[PublishedRow] = field(default_factory=list)
    """Those that are published, in the order in which they came."""
    counted: list[CountChange] = field(default_factory=list)
    """What they change in the ledger, each order from where it counted to where it counts."""
    entries: list[tuple[str, bytes]] = field(default_factory=list)
    """The same of other orders: account → packed list of (`state.ledger.Counted`, 1 or -1)."""
    decided: Counter[str] = field(default_factory=Counter)
    """Reason → how many of the decisions have it that a record is published of."""
    read: dict[tuple[str, int], int] = field(default_factory=dict)
    """(account, wall clock in ms) → how many decisions come of events that were read then."""

    def note_read(self, account: str, read_ms: int, events: int) -> None:
        """So many decisions come of events that were read then."""
        if read_ms != UNKNOWN:
            self.read[account, read_ms] = self.read.get((account, read_ms), 0) + events

    def take_rows(self) -> list[PublishedRow]:
        """Those since the last call."""
        taken, self.rows = self.rows, []
        return taken


DUE, OTHERS, UNDONE, DROPPED = range(-3, 1)
"""In the place of a day, what became of a decision: nothing yet; it is of another account, that nothing was done for;
nothing was done; it is out of date."""


class PublishedHere(NamedTuple):
    """What became of decisions of one account."""

    days: list[int]
    """Of each of them the day (an ordinal) that its order's row stood under, or `OTHERS`, `UNDONE` or `DROPPED`."""
    published: int
    """How many of them are."""
    read: list[tuple[int, int]]
    """When the events were read (ms, or `UNKNOWN`) that those come of which are published, and how many were then."""
    entries: bytes
    """As of `Publication`; b"": nothing was changed."""
    corrections: Sequence[int]
    """By the place of the cause in `state.decision_history.CAUSES`: credits taken back or moved."""
    decided: Sequence[int]
    """By the place of the reason in `state.attribution.Reason`: decisions that a record is published of."""


class PublishedValues(PackedValues, Protocol):
    """What was published of an account's orders: order → packed `state.published.PublishedOrder`."""

    def publish(self, text: bytes, count: int, now_ms: int, *, is_found: bool) -> PublishedHere:
        """Publish those of the account's decisions that are usual.

        `text`: a packed list of packed decisions and what was forgotten, of any account, `count` of them.
        `now_ms`: wall clock. `is_found`: the call before was for another account and the same text.
        """


class PublishedTables(Protocol):
    """Makes what publishes many decisions at once."""

    @property
    def sum_orders(self) -> SumOrders:
        """Adds up what decisions change in the ledger."""

    def published(self, account: str, packed: bytes) -> PublishedValues:
        """What was published of an account's orders: a packed map, order → packed `state.published.PublishedOrder`."""


PublishedTablesFor = Callable[[int], PublishedTables | None]
"""What makes a table for so many orders; None: they stay in a dictionary."""

PublishedOfAccount = ValueDict | PublishedValues
