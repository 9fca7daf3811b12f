"""Where a page of a list of orders begins: after a position, which a cursor carries from page to page."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, NamedTuple

import msgspec

from config.errors import UserError
from reports.arguments import ID_CHARACTERS_MAX

LIMIT_DEFAULT: Final = 100
LIMIT_MAX: Final = 1_000
"""Orders on one page."""

_SCORE_MAX: Final = 2**53
"""Scores of a sorted set are doubles: integers so far."""
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class ListPosition(NamedTuple):
    """An order's place in a list: newest `ordered_at` (ms) first, orders of one instant by id, ascending."""

    ordered_at: int
    order: str

    def is_before(self, other: ListPosition) -> bool:
        """Whether a list shows this order before the other one."""
        return (-self.ordered_at, self.order) < (-other.ordered_at, other.order)


class AskedPage(NamedTuple):
    """Which part of a list is asked for; without anything said, its beginning."""

    limit: int = LIMIT_DEFAULT
    """How many orders it has at most."""
    after: ListPosition | None = None
    """Where the page before ended; None: there is none."""


def encode_cursor(last: ListPosition) -> str:
    """The cursor of the page after the one that ends with `last`; nothing in it needs escaping in a URL."""
    return urlsafe_b64encode(msgspec.json.encode(last)).decode().rstrip("=")


def decode_cursor(text: str) -> ListPosition:
    """The position that `encode_cursor` was given. Raises `UserError` for anything that it did not write."""
    try:
        if not _ALPHABET.fullmatch(text):
            raise ValueError
        position = msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=ListPosition)
        if not _could_be(position) or encode_cursor(position) != text:
            raise ValueError
    except ValueError:
        raise UserError(f'cursor: {text[:40]!r} is not one; take "next" of the page before, as it is') from None
    return position


def parse_page(limit: int, cursor: str | None) -> AskedPage:
    """The page that a reader asks for. Raises `UserError`, which names `limit` or `cursor`."""
    if not 1 <= limit <= LIMIT_MAX:
        raise UserError(f"limit: {limit} is not between 1 and {LIMIT_MAX}")
    return AskedPage(limit, None if cursor is None else decode_cursor(cursor))


def _could_be(position: ListPosition) -> bool:
    return abs(position.ordered_at) <= _SCORE_MAX and 1 <= len(position.order) <= ID_CHARACTERS_MAX
