"""Texts that other people's programs chose (ids, names, tags), made safe to print in a line of a terminal."""

from __future__ import annotations

from typing import Final

NOTHING: Final = "–"
"""What is shown for null."""


def shown(value: object) -> str:
    """A value in one line that cannot steer a terminal, whatever an id holds."""
    if value is None:
        return NOTHING
    text = str(value)
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
