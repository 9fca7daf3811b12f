"""The tables of a worker, by what they hold."""

from __future__ import annotations

from kernels.byte_table import Shared
from kernels.message_table import MessageTable


class Tables(Shared):
    """Makes the tables of a worker."""

    def messages(self, packed: bytes) -> MessageTable:
        """A table of these messages: a packed map, contact → packed messages."""
        return MessageTable(self, packed)
