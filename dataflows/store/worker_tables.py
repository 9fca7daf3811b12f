"""Where the messages of many contacts are kept in a worker: in tables, once its kernels are loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kernels.loading import Kernels
    from kernels.tables import Tables

CONTACTS_MIN: Final = 256
"""Fewer take less memory in a dictionary: a table is some pages of memory, and kernels are as much as 70 MiB."""


class WorkerTables:
    """The tables of a worker (`state.contacts.ContactGroup`), whose key groups share what is needed for a call."""

    def __init__(self, kernels: Callable[[], Kernels | None]) -> None:
        """`kernels`: gives them, as soon as there are any."""
        self._kernels = kernels
        self._tables: Tables | None = None

    def __call__(self, contacts: int) -> Tables | None:
        """What makes one for so many; None: that is few, kernels are not loaded yet, or they cannot be had."""
        if contacts < CONTACTS_MIN:
            return None
        if self._tables is None:
            kernels = self._kernels()
            if kernels is not None:
                from kernels.tables import Tables

                self._tables = Tables(kernels)
        return self._tables
