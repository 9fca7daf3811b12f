"""Whether what the server needs is there: looked at once at a time, however many want to know."""

from __future__ import annotations

import asyncio
from typing import Literal

import msgspec
import redis
from litestar.concurrency import sync_to_thread

from api.doors import Doors

State = Literal["ok", "away", "none"]


class Readiness(msgspec.Struct, frozen=True):
    """What the server needs: `ok`, `away`, or `none` where it is not configured."""

    redis: State
    kafka: State

    @property
    def is_ready(self) -> bool:
        """Whether nothing is away."""
        return "away" not in {self.redis, self.kafka}


class ReadinessProbe:
    """Anybody may ask, without a token: a broker that is away keeps one thread waiting, not all of them."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._looking: asyncio.Task[Readiness] | None = None

    async def ask(self) -> Readiness:
        """What is found now, or by whoever is looking already."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(sync_to_thread(self._look))
        return await asyncio.shield(self._looking)

    def _look(self) -> Readiness:
        return Readiness(self._redis_state(), self._doors.kafka_state())

    def _redis_state(self) -> State:
        try:
            self._doors.redis.ping()
        except redis.RedisError:
            return "away"
        return "ok"
