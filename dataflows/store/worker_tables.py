"""Where a worker keeps what it knows of many contacts and orders: in tables, once its kernels are loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from state.contact_messages import MessageTables
from state.kept_orders import OrderTables
from state.packed_words import WordTables
from state.publication import PublishedTables

if TYPE_CHECKING:
    from kernels.loading import Kernels
    from kernels.tables import Tables

IDS_MIN: Final = 256
"""Fewer take less memory in a dictionary: a table is some pages of memory, and kernels are as much as 70 MiB."""


class StateTables(MessageTables, OrderTables, PublishedTables, WordTables, Protocol):
    """Makes tables for all stages."""


StateTablesFor = Callable[[int], StateTables | None]
"""What makes tables for so many ids; None: they stay in dictionaries."""


class WorkerTables:
    """The tables of a worker (`StateTablesFor`), whose key groups share what is needed for a call."""

    def __init__(self, kernels: Callable[[], Kernels | None]) -> None:
        """`kernels`: gives them, as soon as there are any."""
        self._kernels = kernels
        self._tables: Tables | None = None

    def __call__(self, ids: int) -> Tables | None:
        """What makes one for so many; None: that is few, kernels are not loaded yet, or they cannot be had."""
        if ids < IDS_MIN:
            return None
        if self._tables is None:
            kernels = self._kernels()
            if kernels is not None:
                from kernels.tables import Tables

                self._tables = Tables(kernels)
        return self._tables
