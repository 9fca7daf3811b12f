"""`/v1/orders/{order}`: why an order is credited where it is, as the running dataflow knows it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter

from api.access import READERS, Principal, allows
from api.doors import Doors
from api.problems import Problem
from api.representation import as_json
from reports import arguments as asked
from reports.explanation import ExplanationReport, explain, explanation_report


@get("/v1/orders/{order:str}", guards=[allows(*READERS)])
async def explanation(
    request: Request[Any, Any, Any],
    order: Annotated[str, PathParameter(description="The order's id, percent-encoded.")],
    doors: NamedDependency[Doors],
    principal: NamedDependency[Principal],
) -> Response[ExplanationReport]:
    """Every touch that was considered for an order, what became of it, and how the decision changed."""
    asked.identifier("order", order)
    found = await doors.dataflow.answer(request, doors.redis, lambda asks: explain(asks, principal.account, order))
    if found is None:
        raise Problem("not_found", "Nobody has heard of an order with this id.")
    return as_json(explanation_report(found), principal)


ROUTES: Final[tuple[Any, ...]] = (explanation,)
