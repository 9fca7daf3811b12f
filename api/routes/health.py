"""`/healthz` and `/readyz`: whether the process lives, and what it needs is there."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec

from api.access import OPEN
from api.readiness import Readiness, ReadinessProbe


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["ok"] = "ok"


@get("/healthz", opt={OPEN: True}, sync_to_thread=False)
def healthz() -> Health:
    """Whether the process lives."""
    return Health()


@get(
    "/readyz",
    opt={OPEN: True},
    responses={503: ResponseSpec(Readiness, description="Something is away.", generate_examples=False)},
)
async def readyz(probe: NamedDependency[ReadinessProbe]) -> Response[Readiness]:
    """Whether Redis and Kafka are there; 503 when one is not. For people and alerts: probes ask `/healthz`."""
    readiness = await probe.ask()
    return Response(readiness, status_code=200 if readiness.is_ready else 503)


ROUTES: Final[tuple[Any, ...]] = (healthz, readyz)
