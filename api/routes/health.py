"""`/healthz` and `/readyz`: whether the process lives, and what it needs is there."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
import redis
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec

from api.access import OPEN
from api.doors import Doors

State = Literal["ok", "away", "none"]


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """What the server needs: `ok`, `away`, or `none` where it is not configured."""

    redis: State
    kafka: State


@get("/healthz", opt={OPEN: True}, sync_to_thread=False)
def healthz() -> Health:
    """Whether the process lives."""
    return Health()


@get(
    "/readyz",
    opt={OPEN: True},
    sync_to_thread=True,
    responses={503: ResponseSpec(Readiness, description="Something is away.", generate_examples=False)},
)
def readyz(doors: NamedDependency[Doors]) -> Response[Readiness]:
    """Whether Redis and Kafka are there; 503 when one is not. For people and alerts: probes ask `/healthz`."""
    readiness = Readiness(_redis_state(doors), doors.kafka_state())
    is_ready = "away" not in {readiness.redis, readiness.kafka}
    return Response(readiness, status_code=200 if is_ready else 503)


def _redis_state(doors: Doors) -> State:
    try:
        doors.redis.ping()
    except redis.RedisError:
        return "away"
    return "ok"


ROUTES: Final[tuple[Any, ...]] = (healthz, readyz)
