"""What can be asked of the running dataflow, and what it answers: plain values, as they travel.

A question is no fact: nothing is kept of it, and asking changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, NamedTuple, Protocol

import msgspec

from state.changes import Outcome
from state.contact_card import Card
from state.events import Id
from state.explanation import Explanation
from state.key_groups import GROUPS
from state.timeline import Version

_Group = Annotated[int, msgspec.Meta(ge=0, lt=GROUPS)]
_Day = Annotated[int, msgspec.Meta(ge=1)]
"""An ordinal."""
_Part = Annotated[int, msgspec.Meta(ge=0)]


class _Question(msgspec.Struct, frozen=True, tag_field="kind", gc=False):
    account: Id


class ExplainOrder(_Question, frozen=True, tag="explain"):
    """Why an order is credited where it is. Answered by an `Explanation`."""

    order: Id


class FindOrder(_Question, frozen=True, tag="order"):
    """An order as the lists show it. Answered by an `Outcome`."""

    order: Id


class ShowContact(_Question, frozen=True, tag="contact"):
    """A contact's card. Answered by a `Card`."""

    contact: Id


class AccountVersions(_Question, frozen=True, tag="versions"):
    """All versions of an account's settings. Answered by a tuple of `Version`; None: nobody has heard of it."""


class PreviewOrders(_Question, frozen=True, tag="preview"):
    """What one version of the settings more would change of the orders of one key group of contacts.

    Answered by an `OrdersSlice`: where there are many, for a part of them alone, so that nothing waits for long.
    """

    version: Version
    first: _Day
    last: _Day
    group: _Group
    part: _Part = 0
    parts: _Part = 0
    """Into how many the contacts are dealt; 0: whoever answers says so, and begins with the first."""


class CountedSales(_Question, frozen=True, tag="sales"):
    """What one key group of totals counts of sales on the days from `first` to `last`. Answered by `Sums`."""

    first: _Day
    last: _Day
    group: _Group


Question = ExplainOrder | FindOrder | ShowContact | AccountVersions | PreviewOrders | CountedSales

Sums = list[tuple[str, str, str, str]]
"""(channel, campaign, field as in `state.ledger`, amount as decimal text: it may be greater than what 64 bits hold)."""


class OrdersSlice(msgspec.Struct, frozen=True, gc=False):
    """What would come to the counters by the orders of some contacts."""

    parts: int
    """Into how many the contacts of the key group are dealt; the others are to be asked for."""
    sums: Sums


Found = Explanation | Outcome | Card | tuple[Version, ...] | OrdersSlice | Sums | None


class Asks(Protocol):
    """Whoever answers questions: the running dataflow, or what it has stored."""

    def ask(self, question: Question) -> Answer:
        """The answer."""

    def ask_all(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """The answers in the order of the questions; whoever stops iterating drops the rest."""

    def catching_up(self) -> bool:
        """Whether a restart or an import is under way."""


class Answer(NamedTuple):
    """What the dataflow found; None: it has not heard of it."""

    as_of: int | None
    """ms: event time of the account's newest event counted; None where that was not asked for."""
    found: Found


_decode_answer: Final = msgspec.msgpack.Decoder(tuple[int | None, msgspec.Raw]).decode
_DECODERS: Final[Mapping[type, msgspec.msgpack.Decoder[Any]]] = {
    ExplainOrder: msgspec.msgpack.Decoder(Explanation | None),
    FindOrder: msgspec.msgpack.Decoder(Outcome | None),
    ShowContact: msgspec.msgpack.Decoder(Card | None),
    AccountVersions: msgspec.msgpack.Decoder(tuple[Version, ...] | None),
    PreviewOrders: msgspec.msgpack.Decoder(OrdersSlice),
    CountedSales: msgspec.msgpack.Decoder(Sums),
}

encode_question: Final = msgspec.json.Encoder().encode
decode_question: Final = msgspec.json.Decoder(Question).decode
"""Raises `msgspec.MsgspecError` for what is none."""
encode_answer: Final = msgspec.msgpack.Encoder().encode


def decode_answer(question: Question, answer: bytes) -> Answer:
    """The answer to a question, as `encode_answer` encoded it."""
    as_of, found = _decode_answer(answer)
    return Answer(as_of, _DECODERS[type(question)].decode(found))
