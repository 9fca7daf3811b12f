"""Answers that do not end by themselves: how many there may be, and how they learn that the server ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from api.problems import Problem
from config.http_limits import HttpLimits

RETRY_AFTER_S = 5
UNCOMPRESSED = "uncompressed"
"""Option of a route whose answer is read while it goes on."""


class OpenStreams:
    """Those of one server; used in its event loop only."""

    def __init__(self, most: int = HttpLimits().live_readers_max) -> None:
        self._most = most
        self.ending = asyncio.Event()
        """Set when the server ends."""
        self.open = 0
        """How many there are: their connections are counted apart from others."""

    @contextmanager
    def joined(self) -> Iterator[asyncio.Event]:
        """For as long as an answer goes on. The event is set when the server ends: say `bye`, and end the answer.

        Raises `Problem` when there are as many already as there may be.
        """
        if self.open >= self._most:
            words = f"{self._most} follow live already; try again, or ask another server."
            raise Problem("rate_limited", words, headers={"Retry-After": str(RETRY_AFTER_S)})
        self.open += 1
        try:
            yield self.ending
        finally:
            self.open -= 1

    def end(self) -> None:
        """Tell all of them."""
        self.ending.set()
