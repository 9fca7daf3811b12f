"""What was published of an order and when, kept small: of an order it would otherwise be most of what is kept.

Most changes of an order name the same touch, and all of them a few words: a touch stands once, words as their places in
lists of words.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Final

import msgspec

from state.attribution import Credit, Decision, Reason
from state.events import STATUSES

CHANGES_KEPT: Final = 20
"""Changes of a decision that `explain` can tell of (contract §8)."""

CAUSES: Final = ("order", "touch", "settings", "identity", "erasure")
"""What can change a decision: `identity` is a declaration of an address."""
_REASONS: Final = tuple(str(reason) for reason in Reason)
_CAUSE_PLACES: Final = {cause: place for place, cause in enumerate(CAUSES)}
_STATUS_PLACES: Final = {status: place for place, status in enumerate(STATUSES)}
_REASON_PLACES: Final = {reason: place for place, reason in enumerate(_REASONS)}


_pack: Final[Callable[[Credit], bytes]] = msgspec.msgpack.Encoder().encode
_unpack: Final[Callable[[bytes], Credit]] = msgspec.msgpack.Decoder(Credit).decode
_CHANGE: Final = Struct(">Q5B")
"""ms, and the places of cause, status, reason, credit and expected, of these two in `DecisionHistory.touches`."""
_NONE: Final = 255
"""In the place of a touch where there is none."""


class DecisionChange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A decision as it was published once."""

    at_ms: int
    """Wall clock."""
    cause: str
    """What changed, of `CAUSES`."""
    status: str
    reason: str
    credit: Credit | None
    """Of an order that has moved since, without the id of the message, which was another contact's."""
    expected: Credit | None = None
    """Likewise."""


class DecisionHistory(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The latest `CHANGES_KEPT` changes of an order's decision."""

    touches: tuple[bytes, ...] = ()
    """Those that the changes name, each a packed `Credit`: as such they compare, and most are never looked at."""
    changes: bytes = b""
    """Oldest first, each a `_CHANGE`."""

    def all(self) -> tuple[DecisionChange, ...]:
        """The changes, oldest first."""
        return tuple(self._unpacked(*change) for change in _CHANGE.iter_unpack(self.changes))

    def last_credit(self) -> Credit | None:
        """The touch that the order was credited to last."""
        return self._touch(self.changes[-2]) if self.changes else None

    def with_decision(self, at_ms: int, cause: str, status: str, decision: Decision) -> DecisionHistory:
        """With a decision, if it differs from the last one; the same object if not."""
        touches, credit, expected = self.touches, _NONE, _NONE
        if decision.credit is not None:
            touches, credit = _with_touch(touches, decision.credit)
        if decision.expected is not None:
            touches, expected = _with_touch(touches, decision.expected)
        decided = _STATUS_PLACES[status], _REASON_PLACES[decision.reason], credit, expected
        change = _CHANGE.pack(at_ms, _CAUSE_PLACES[cause], *decided)
        if change[-len(decided) :] == self.changes[-len(decided) :]:
            return self
        if len(self.changes) >= CHANGES_KEPT * _CHANGE.size:
            return self._without_oldest().with_decision(at_ms, cause, status, decision)
        return DecisionHistory(touches, self.changes + change)

    def without_messages(self) -> DecisionHistory:
        """Without the ids of messages."""
        shorn = (_pack(without_message(_unpack(touch))) for touch in self.touches)
        return DecisionHistory(tuple(shorn), self.changes)

    def _without_oldest(self) -> DecisionHistory:
        """Without the oldest change, and without a touch that only it names."""
        kept = list(_CHANGE.iter_unpack(self.changes))[1:]
        named = sorted({place for *_, credit, expected in kept for place in (credit, expected)} - {_NONE})
        places = {place: number for number, place in enumerate(named)} | {_NONE: _NONE}
        changes = (_CHANGE.pack(*words, places[credit], places[expected]) for *words, credit, expected in kept)
        return DecisionHistory(tuple(self.touches[place] for place in named), b"".join(changes))

    def _unpacked(self, at_ms: int, cause: int, *decided: int) -> DecisionChange:
        status, reason, credit, expected = decided
        words = CAUSES[cause], STATUSES[status], _REASONS[reason]
        return DecisionChange(at_ms, *words, self._touch(credit), self._touch(expected))

    def _touch(self, place: int) -> Credit | None:
        return None if place == _NONE else _unpack(self.touches[place])


NO_HISTORY: Final = DecisionHistory()


def without_message(touch: Credit) -> Credit:
    """A touch without the id of its message."""
    return msgspec.structs.replace(touch, message="")


def _with_touch(touches: tuple[bytes, ...], touch: Credit) -> tuple[tuple[bytes, ...], int]:
    """With a touch that may be there already, and its place."""
    packed = _pack(touch)
    return (touches, touches.index(packed)) if packed in touches else ((*touches, packed), len(touches))
