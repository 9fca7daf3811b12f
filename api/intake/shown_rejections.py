"""What of a rejection everybody of an account may read: no personal data (http.md §5)."""

from __future__ import annotations

from typing import Final

from api.intake.elements import Rejected

_PLAIN_FIELDS: Final = frozenset(
    {
        *("type", "channel", "event", "status", "time", "ordered_at", "effective_from"),
        *("amount", "refunded", "currency", "partial", "automated"),
    }
)
"""Fields of the contract's events whose values are nobody's name, address or id."""
_CONTRACT_FIELDS: Final = frozenset(
    {
        *("account", "contact", "campaign", "message", "order", "tags", "name", "by", "items"),
        *("email", "phone", "external_customer_id", "first_name", "last_name"),
    }
)
_IN_WORDS: Final = {
    "missing": "not given, or blank",
    "too_long": "more than 256 characters",
    "wrong_type": "of a type that it may not have",
}


def without_values(rejected: Rejected) -> str:
    """The message, in other words where it may show an id or an address.

    Messages about foreign fields show the values of statuses, amounts, currencies and times only.
    """
    if rejected.field is None or rejected.field in _PLAIN_FIELDS or rejected.field not in _CONTRACT_FIELDS:
        return rejected.message
    return _IN_WORDS.get(rejected.code, "it does not fit")
