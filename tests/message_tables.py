"""Tables for the messages of contacts, however few: so tests of whatever holds contacts are tests of kernels, too."""

from __future__ import annotations

from functools import cache

from config.kernels_switch import kernels_are_on
from kernels.loading import load
from kernels.tables import Tables


@cache
def _tables() -> Tables:
    return Tables(load())


def message_tables(contacts: int) -> Tables | None:
    """See `state.contact_messages.TablesFor`. With LASTTOUCH_KERNELS=off there are none."""
    del contacts
    return _tables() if kernels_are_on() else None
