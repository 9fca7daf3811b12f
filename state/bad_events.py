"""Why an event does not fit: a word for machines, the field, and a person's words (contract §6.3)."""

from __future__ import annotations

import json
from typing import Final, Literal

Code = Literal[
    "bad_json",
    "not_an_object",
    "missing",
    "too_long",
    "wrong_type",
    "bad_time",
    "in_future",
    "bad_amount",
    "unknown_currency",
    "not_allowed",
    "too_large",
    "too_late",
    "ambiguous",
    "forbidden",
]
"""What is wrong with an event, in one word; the doors use the same words."""

_SHOWN_MAX: Final = 60
"""Characters of a value that a message shows."""


class BadEvent(ValueError):
    """An event that does not fit; its text is the reason that a person reads."""

    def __init__(self, code: Code, field: str | None, message: str) -> None:
        """`message` says what is wrong, and what to send instead; `field` is None where it is the event as a whole."""
        super().__init__(f"{field}: {message}" if field else message)
        self.code: Code = code
        self.field = field
        self.message = message

    @property
    def kind(self) -> str:
        """What refused events are counted by: the code and the field, never what stood there ("missing (campaign)")."""
        return f"{self.code} ({self.field})" if self.field else self.code


def shown(text: str) -> str:
    """A text as it may stand in a one-line message: as JSON, and not the whole of a long one."""
    return shown_json(json.dumps(text[: _SHOWN_MAX + 1], ensure_ascii=False))


def shown_json(raw: str) -> str:
    """The same of any JSON."""
    text = "".join(character if character.isprintable() else "�" for character in raw[: _SHOWN_MAX + 1])
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"
