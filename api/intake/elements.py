"""What comes of each element of a payload: events, nothing, or the reason why it does not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from api.intake.fields import Fields
from api.intake.identities import Declaration
from api.intake.json_text import json_text
from state.bad_events import BadEvent, Code


@dataclass(frozen=True, slots=True)
class Accepted:
    """An element that became events."""

    events: tuple[bytes, ...]
    """Contract events, JSON on one line each."""
    declares: tuple[Declaration, ...] = ()
    """Whose the addresses are that it was sent to."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """An element that says nothing about messages or orders."""

    why: str
    notice: Mapping[str, str] = field(default_factory=dict)
    """What the operator has to hear of, for the log."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An element that does not fit."""

    code: Code
    field: str | None
    """The sender's name of the field, with its path; None where it is the element as a whole."""
    message: str
    raw: bytes
    """The element's JSON, for the dead letters."""
    id: str | None = None
    """The sender's id of it, where its answer names one."""

    @property
    def reason(self) -> str:
        """As dead letters say it."""
        return f"{self.field}: {self.message}" if self.field else self.message


Element = Accepted | Ignored | Rejected
MapOne = Callable[[Fields], Accepted | Ignored]
"""Maps one element, or raises `BadEvent`."""


def map_each(values: Sequence[object], map_one: MapOne, now_ms: int, *, null_text: bool = False) -> list[Element]:
    """Each element by itself: one that does not fit leaves the others as they are."""
    return [mapped(value, map_one, now_ms, null_text=null_text) for value in values]


def mapped(value: object, map_one: MapOne, now_ms: int, *, null_text: bool = False) -> Element:
    """What comes of one element. `null_text`: whether a text "null" is not given."""
    try:
        if not isinstance(value, dict):
            raise BadEvent("not_an_object", None, "not a JSON object; send one")
        return map_one(Fields(value, now_ms, null_text=null_text))
    except BadEvent as error:
        return rejected(error, json_text(value))


def rejected(error: BadEvent, raw: bytes) -> Rejected:
    """An element that `error` says the reason of."""
    return Rejected(error.code, error.field, error.message, raw)
