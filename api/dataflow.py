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
from litestar.exceptions import ClientException

from api.problems import unavailable
from connectors.questions.asking import ANSWER_TIMEOUT_S, Asker, NotAnswered
from state.questions import Asks

ASKERS_MOST: Final = 32
"""Requests that ask at once; others wait for their turn, as long as for an answer."""

_Result = TypeVar("_Result")


class Dataflow:
    """The running dataflow, as the requests of one server ask it."""

    def __init__(self, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        """`timeout_s`: for an answer."""
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(ASKERS_MOST, thread_name_prefix="asking")

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

        `within_s`: for all of it; `each_within_s`: for one of several answers. Raises `Problem` where there is none in
        time, and what `use` raises.
        """
        is_over, awaits_redis = Event(), Event()
        asker = Asker(client, each_within_s or self._timeout_s, is_wanted=lambda: not is_over.is_set())
        asking = asyncio.get_running_loop().run_in_executor(self._threads, _ask, asker, use, awaits_redis)
        hung_up = asyncio.create_task(_hung_up(request))
        try:
            first: set[asyncio.Future[Any]] = {asking, hung_up}
            timeout_s = within_s or self._timeout_s
            await asyncio.wait(first, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            is_over.set()
            hung_up.cancel()
        if asking.done():
            return asking.result()
        # It ends soon, and nobody is there for what it raises then.
        asking.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        raise unavailable("redis" if awaits_redis.is_set() else "dataflow")


def _ask(asker: Asker, use: Callable[[Asks], _Result], awaits_redis: Event) -> _Result:
    """Without a run that answers nobody is made to wait. One that was killed seems to answer for half a minute.

    `awaits_redis` is set for as long as Redis has not said whether there is one.
    """
    awaits_redis.set()
    store = asker.answering_store()
    awaits_redis.clear()
    if store is None:
        raise NotAnswered("no dataflow is live")
    return use(asker)


async def _hung_up(request: Request[Any, Any, Any]) -> None:
    with suppress(ClientException):
        while (await request.receive())["type"] != "http.disconnect":
            pass
