"""What a reader asks for by name, checked: an account, a campaign, a channel, a currency, a status."""

from __future__ import annotations

from typing import Final

from config.errors import UserError
from state.events import STATUSES
from state.money import DIGITS
from state.settings import CHANNEL_NAME

ID_CHARACTERS_MAX: Final = 256
"""The longest id (contract §1)."""


def identifier(field: str, text: str) -> str:
    """The id of an account or a campaign. Raises `UserError` for what no event could have as an id."""
    if not 1 <= len(text) <= ID_CHARACTERS_MAX:
        raise UserError(f"{field}: {text[:40]!r} has {len(text)} characters; an id has 1–{ID_CHARACTERS_MAX}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UserError(f"{field}: {text[:40]!r} is not UTF-8; write the id as its events have it") from None
    return text


def channel(text: str) -> str:
    """A channel's name. Raises `UserError`."""
    if not CHANNEL_NAME.fullmatch(text):
        raise UserError(f"channel: {text[:40]!r} is not a channel; its name is 1–32 of a–z, 0–9, _ and -")
    return text


def currency(text: str) -> str:
    """A currency's code. Raises `UserError`."""
    if text not in DIGITS:
        raise UserError(f"currency: {text[:40]!r} is not an ISO 4217 code; write one such as EUR")
    return text


def status(text: str) -> str:
    """An order's status. Raises `UserError`."""
    if text not in STATUSES:
        raise UserError(f"status: {text[:40]!r} is not a status; write one of {', '.join(STATUSES)}")
    return text
