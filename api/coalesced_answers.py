"""What many ask for at the same time is found out once for all of them, never from before they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from litestar.concurrency import sync_to_thread

_Answer = TypeVar("_Answer")


class CoalescedAnswers:
    """For handlers, on the event loop. An answer is begun after each of those that get it has asked.

    So it is as fresh as its own would be. Answers are found out in threads, of a key one at a time.
    """

    def __init__(self) -> None:
        self._next: dict[Hashable, asyncio.Task[Any]] = {}
        """Not begun yet."""
        self._running: dict[Hashable, asyncio.Task[Any]] = {}

    async def get(self, key: Hashable, find_out: Callable[[], _Answer]) -> _Answer:
        """What `find_out` answers, or another's for the same key; raises what it raises."""
        task = self._next.get(key)
        if task is None:
            task = self._next[key] = asyncio.create_task(self._find_out(key, find_out))
            task.add_done_callback(_look_at)
        # Whoever hangs up takes nothing away from the others.
        return cast("_Answer", await asyncio.shield(task))

    async def _find_out(self, key: Hashable, find_out: Callable[[], object]) -> object:
        if (running := self._running.get(key)) is not None:
            await asyncio.wait([running])
        # Whoever asks from here on needs an answer that is begun later.
        task = self._running[key] = self._next.pop(key)
        try:
            return await sync_to_thread(find_out)
        finally:
            if self._running[key] is task:
                del self._running[key]


def _look_at(task: asyncio.Task[Any]) -> None:
    """A failure that nobody waits for any more is no news."""
    if not task.cancelled():
        task.exception()
