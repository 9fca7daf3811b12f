"""What many ask for at the same time is found out once for all of them; who asks all the time hardly waits."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

from litestar.concurrency import sync_to_thread

PATIENCE_S: Final = 0.01
AGE_S_MAX: Final = 1.0
OFTEN: Final = 3
"""So many questions within `AGE_S_MAX` are often."""
KEYS_MOST: Final = 256

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Freshness:
    """Which answer will do for a question that is asked often. One that is asked seldom always gets a new one."""

    patience_s: float = PATIENCE_S
    """How long it waits for one that is begun after it has asked; after that one that is there will do."""
    age_s_max: float = AGE_S_MAX
    """How long ago that one may have been begun."""


@dataclass(slots=True)
class _Asked:
    """What is known of one question."""

    lately: deque[float] = field(default_factory=lambda: deque(maxlen=OFTEN))
    """When it was asked last."""
    next: asyncio.Task[Any] | None = None
    """Not begun yet."""
    running: asyncio.Task[Any] | None = None
    found: tuple[float, Any] | None = None
    """When the newest answer was begun, and what it is."""


class CoalescedAnswers:
    """For handlers, on the event loop. Answers are found out in threads, of a key one at a time.

    An answer is begun after each of those that get it has asked, so that it is as fresh as its own would be. Only where
    many ask all the time, and it takes long, they get the one before: no reader sees figures go back, for each answer
    that is there has been begun after all that were given.
    """

    def __init__(self, freshness: Freshness | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds."""
        self._freshness, self._clock = freshness or Freshness(), clock
        self._asked: dict[Hashable, _Asked] = {}
        """The key that was asked last stands last."""
        self._changed_s = 0.0

    async def get(self, key: Hashable, find_out: Callable[[], _Answer]) -> _Answer:
        """What `find_out` answers, or another's for the same key; raises what it raises."""
        asked = self._known(key, self._clock())
        if asked.next is None:
            asked.next = asyncio.create_task(self._find_out(asked, find_out))
            asked.next.add_done_callback(_look_at)
        # Whoever hangs up takes nothing away from the others.
        answer = asyncio.shield(asked.next)
        if self._is_often(asked):
            done, _ = await asyncio.wait([answer], timeout=self._freshness.patience_s)
            since_s = max(self._changed_s, self._clock() - self._freshness.age_s_max)
            if not done and asked.found is not None and asked.found[0] > since_s:
                answer.add_done_callback(_look_at)
                return cast("_Answer", asked.found[1])
        return cast("_Answer", await answer)

    def changed(self) -> None:
        """Somebody has changed something by way of this server, and is to see it: no answer from before will do."""
        self._changed_s = self._clock()

    def known(self) -> int:
        """How many questions it remembers: at most `KEYS_MOST`, and those under way."""
        return len(self._asked)

    def _known(self, key: Hashable, now_s: float) -> _Asked:
        asked = self._asked.pop(key, None) or _Asked()
        asked.lately.append(now_s)
        self._asked[key] = asked
        while self._is_old(oldest := next(iter(self._asked)), now_s):
            del self._asked[oldest]
        return asked

    def _is_old(self, key: Hashable, now_s: float) -> bool:
        asked = self._asked[key]
        if asked.next is not None or asked.running is not None:
            return False
        return asked.lately[-1] < now_s - self._freshness.age_s_max or len(self._asked) > KEYS_MOST

    def _is_often(self, asked: _Asked) -> bool:
        times = asked.lately
        return len(times) == OFTEN and times[-1] - times[0] <= self._freshness.age_s_max

    async def _find_out(self, asked: _Asked, find_out: Callable[[], object]) -> object:
        if (running := asked.running) is not None:
            await asyncio.wait([running])
        # Whoever asks from here on needs an answer that is begun later.
        task = asked.running = asked.next
        asked.next = None
        begun_s = self._clock()
        try:
            answer = await sync_to_thread(find_out)
        finally:
            if asked.running is task:
                asked.running = None
        # Never an older one than this, which somebody gets.
        asked.found = found = (begun_s, answer) if self._is_often(asked) else None
        if found is not None:
            asyncio.get_running_loop().call_later(self._freshness.age_s_max, _let_go, asked, found)
        return answer


def _let_go(asked: _Asked, found: tuple[float, Any]) -> None:
    """It is too old for whoever asks from here on."""
    if asked.found is found:
        asked.found = None


def _look_at(task: asyncio.Future[Any]) -> None:
    """A failure that nobody waits for any more is no news."""
    if not task.cancelled():
        task.exception()
