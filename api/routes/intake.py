"""Where events come in from other systems, and what came of them (docs/intake.md)."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.access import CHALLENGE, OPEN, RATE, RATE_OF_INTAKE, READERS, TOKEN_IN_QUERY, Principal, allows
from api.doors import Doors, wall_clock_ms
from api.intake import contract_events, yespo_events, yespo_orders
from api.intake.answers import (
    EventsAnswer,
    HookAnswer,
    OrdersAnswer,
    events_answer,
    hook_answer,
    orders_answer,
    rejections,
)
from api.intake.refusals import RequestRefused
from api.intake.sources import HOOKS
from api.intake_door import Entrance, IntakeDoor
from api.intake_problems import BASIC, respond_as_problem, respond_to_yespo
from api.problems import Problem, request_id_of
from api.representation import as_json
from config.tokens_file import Role
from connectors.intake.record import Rejection, SourceCounts, read_rejections, read_sources
from state.times import format_time

_SENDERS: Final = allows(Role.INGEST, Role.ADMIN)
_OPTIONS: Final = {RATE: RATE_OF_INTAKE, CHALLENGE: BASIC}
_WOOCOMMERCE_TIMEOUT_S: Final = 30.0
"""WooCommerce never repeats itself, and switches a webhook off that failed seven times in a row."""

EVENTS: Final = Entrance("events", contract_events.map_request, other_encoding="unsupported_media_type")
ORDERS: Final = Entrance("api:orders", yespo_orders.map_request, letters="api:orders")
EVENT: Final = Entrance("api:event", yespo_events.map_request, letters="api:event")
HOOK_ENTRANCES: Final = {
    name: Entrance(name, source.map_request, source.is_signed, letters=f"hook:{name}")
    if name != "woocommerce"
    else Entrance(name, source.map_request, source.is_signed, f"hook:{name}", _WOOCOMMERCE_TIMEOUT_S)
    for name, source in HOOKS.items()
}


class Ready(msgspec.Struct, frozen=True):
    """Said to whoever asks before it sends."""

    source: str
    ready: Literal[True] = True


class ShownSource(msgspec.Struct, frozen=True):
    """What came of a source, in elements."""

    source: str
    last_received_at: str
    accepted: int
    ignored: int
    rejected: int


class ShownRejection(msgspec.Struct, frozen=True):
    """What was refused lately, and why."""

    at: str
    source: str
    code: str
    field: str | None
    message: str


class IntakeReport(msgspec.Struct, frozen=True):
    """Of the last 30 days."""

    sources: list[ShownSource]
    rejections: list[ShownRejection]


async def _any_query(_: Request[Any, Any, Any]) -> None:
    """Senders add parameters of their own."""


@post(
    "/v1/events",
    status_code=200,
    guards=[_SENDERS],
    opt=_OPTIONS,
    request_max_body_size=None,
    exception_handlers={Exception: respond_as_problem},
)
async def events(
    request: Request[Any, Any, Any], principal: NamedDependency[Principal], intake: NamedDependency[IntakeDoor]
) -> Response[EventsAnswer]:
    """Contract events: one, a list of them, or one a line. 207 where any was rejected."""
    elements = await intake.take(EVENTS, request, principal)
    answer = events_answer(request_id_of(request), elements)
    return Response(answer, status_code=207 if answer.rejected else 200)


@post(
    "/api/v1/orders",
    status_code=200,
    guards=[_SENDERS],
    opt=_OPTIONS,
    request_max_body_size=None,
    before_request=_any_query,
    exception_handlers={Exception: respond_to_yespo},
)
async def orders(
    request: Request[Any, Any, Any], principal: NamedDependency[Principal], intake: NamedDependency[IntakeDoor]
) -> Response[OrdersAnswer] | Response[bytes]:
    """Orders as Yespo takes them. An empty body: all were taken."""
    elements = await intake.take(ORDERS, request, principal)
    answer = orders_answer(request_id_of(request), elements)
    return _nothing() if answer is None else Response(answer)


@post(
    ["/api/v1/event", "/api/v2/event", "/api/v3/event"],
    status_code=200,
    guards=[_SENDERS],
    opt=_OPTIONS,
    request_max_body_size=None,
    before_request=_any_query,
    exception_handlers={Exception: respond_to_yespo},
)
async def event(
    request: Request[Any, Any, Any], principal: NamedDependency[Principal], intake: NamedDependency[IntakeDoor]
) -> Response[bytes]:
    """An event as Yespo takes it. An empty body: it was taken, or is of no interest."""
    elements = await intake.take(EVENT, request, principal)
    for _, rejected in rejections(elements):
        raise RequestRefused.unfit(rejected.code, rejected.field, rejected.message)
    return _nothing()


@post(
    "/v1/hooks/{source:str}",
    status_code=200,
    guards=[_SENDERS],
    opt={**_OPTIONS, TOKEN_IN_QUERY: True},
    request_max_body_size=None,
    before_request=_any_query,
    exception_handlers={Exception: respond_as_problem},
)
async def hook(
    request: Request[Any, Any, Any],
    source: FromPath[str],
    principal: NamedDependency[Principal],
    intake: NamedDependency[IntakeDoor],
) -> Response[HookAnswer]:
    """A webhook of a sender that is known here. 200 whatever its elements hold."""
    elements = await intake.take(_entrance(source), request, principal)
    return Response(hook_answer(request_id_of(request), elements))


@get(
    "/v1/hooks/{source:str}",
    opt={OPEN: True},
    before_request=_any_query,
    exception_handlers={Exception: respond_as_problem},
    sync_to_thread=False,
)
def ready(source: FromPath[str]) -> Ready:
    """Whether there is such a webhook; Yespo asks before it saves one."""
    return Ready(_entrance(source).name)


@get("/v1/intake", guards=[allows(*READERS)], sync_to_thread=True)
def report(
    doors: NamedDependency[Doors], principal: NamedDependency[Principal], intake: NamedDependency[IntakeDoor]
) -> Response[IntakeReport]:
    """What came of each source in the last 30 days, and the 50 latest rejections."""
    # Whoever was answered by this server finds what came of it.
    intake.record.flush()
    now_ms = wall_clock_ms()
    sources = read_sources(doors.redis, principal.account, now_ms)
    latest = read_rejections(doors.redis, principal.account, now_ms)
    shown = IntakeReport([_shown_source(one) for one in sources], [_shown_rejection(one) for one in latest])
    return as_json(shown, principal)


def _nothing() -> Response[bytes]:
    return Response(b"", media_type=MediaType.TEXT)


def _entrance(source: str) -> Entrance:
    try:
        return HOOK_ENTRANCES[source]
    except KeyError:
        raise Problem("unknown_source", f"source: there are webhooks of {', '.join(HOOK_ENTRANCES)}.") from None


def _shown_source(one: SourceCounts) -> ShownSource:
    return ShownSource(one.source, format_time(one.last_received_at), one.accepted, one.ignored, one.rejected)


def _shown_rejection(one: Rejection) -> ShownRejection:
    return ShownRejection(format_time(one.at), one.source, one.code, one.field, one.message)


ROUTES: Final[tuple[Any, ...]] = (events, orders, event, hook, ready, report)
