"""Asking the running dataflow on behalf of a request, in threads of their own: others never wait for it to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import Any, Final, TypeVar

import redis
from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.exceptions import ClientException

from api.problems import Away, unavailable
from connectors.patience import Patience
from connectors.questions.asking import ANSWER_TIMEOUT_S, Asker, NotAnswered
from connectors.view.client import LASTING_READER_SILENCE_TIMEOUT_S
from state.questions import Asks

ASKERS_MOST: Final = 32
"""Requests that ask at once; others wait for their turn, as long as for an answer."""
REDIS_TIMEOUT_S: Final = LASTING_READER_SILENCE_TIMEOUT_S

_Result = TypeVar("_Result")


class Dataflow:
    """The running dataflow, as the requests of one server ask it."""

    def __init__(self, timeout_s: float = ANSWER_TIMEOUT_S, redis_timeout_s: float = REDIS_TIMEOUT_S) -> None:
        """`timeout_s`: for an answer; `redis_timeout_s`: for Redis to say whether there is anybody to answer."""
        self._timeout_s = timeout_s
        self._redis_timeout_s = redis_timeout_s
        self._threads = ThreadPoolExecutor(ASKERS_MOST, thread_name_prefix="asking")
        # Who asks many questions takes no turn from those who have one.
        self._long_threads = ThreadPoolExecutor(ASKERS_MOST, thread_name_prefix="asking-long")

    async def answer(
        self,
        request: Request[Any, Any, Any],
        client: redis.Redis,
        use: Callable[[Asks], _Result],
        *,
        within_s: float | None = None,
        each_within_s: float | None = None,
    ) -> _Result:
        """What `use` makes of the dataflow's answers. Nothing more is asked once the request's sender has hung up.

        `within_s`: for all of several answers; `each_within_s`: for one of them. Raises `Problem` and `NotAnswered`
        where there is none in time, and what `use` raises.
        """
        is_over = Event()
        asker = Asker(client, each_within_s or self._timeout_s, is_wanted=lambda: not is_over.is_set())
        hung_up = asyncio.create_task(_hung_up(request))
        try:
            # Without a run that answers nobody is made to wait. One that was killed seems to answer for half a minute.
            looking = asyncio.ensure_future(sync_to_thread(asker.answering_store))
            if await _result_of(looking, hung_up, self._redis_timeout_s, "redis") is None:
                raise NotAnswered("no dataflow is live")
            threads = self._threads if within_s is None else self._long_threads
            asking = asyncio.get_running_loop().run_in_executor(threads, use, asker)
            # The asker gives up by itself, unless it has no turn, or reading Redis takes longer besides.
            timeout_s = self._timeout_s + self._redis_timeout_s if within_s is None else within_s
            return await _result_of(asking, hung_up, timeout_s, "dataflow")
        finally:
            is_over.set()
            hung_up.cancel()


async def _result_of(
    work: asyncio.Future[_Result], hung_up: asyncio.Future[None], timeout_s: float, away: Away
) -> _Result:
    """Raises `Problem` where there is none in time, or nobody to tell it to, and what the work raises."""
    await Patience(timeout_s).wait({work, hung_up})
    if work.done():
        return work.result()
    # It ends soon, and nobody is there for what it raises then.
    work.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    raise unavailable(away)


async def _hung_up(request: Request[Any, Any, Any]) -> None:
    with suppress(ClientException):
        while (await request.receive())["type"] != "http.disconnect":
            pass
