"""Errors of whole requests as senders of events read them (intake.md §1)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response

from api.intake.refusals import RequestRefused
from api.problems import MEDIA_TYPE, Away, problem_answered, request_id_of, respond

BASIC: Final = 'Basic realm="lasttouch"'
"""SNS sends its password only after it has been asked for it so."""
_API_RETRY_AFTER_S: Final = 60
_YESPO_PATHS: Final = "/api/"


class IntakeProblem(msgspec.Struct, frozen=True, kw_only=True):
    """An error of a whole request; `field` where there is one, `message` (the same as `detail`) on `/api/*` only."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    field: str | msgspec.UnsetType = msgspec.UNSET
    message: str | msgspec.UnsetType = msgspec.UNSET
    away: Away | msgspec.UnsetType = msgspec.UNSET


def respond_as_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Of `/v1/events` and the hooks."""
    status, code, detail, headers, more = _said(request, error)
    return _response(request, status, code, detail, headers, MEDIA_TYPE, **more)


def respond_to_yespo(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Of `/api/*`: shop plugins read `message`, retry after 429 and 500, and forget the order after 503."""
    status, code, detail, headers, more = _said(request, error)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        status, headers = HTTPStatus.TOO_MANY_REQUESTS, {**headers, "Retry-After": str(_API_RETRY_AFTER_S)}
    return _response(request, status, code, detail, headers, "application/json", message=detail, **more)


def respond_by_address(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Of addresses and methods that no route takes: below `/api/`, as Yespo's clients read it."""
    return (respond_to_yespo if request.scope["path"].startswith(_YESPO_PATHS) else respond)(request, error)


def _said(request: Request[Any, Any, Any], error: Exception) -> tuple[int, str, str, dict[str, str], dict[str, Any]]:
    """Status, code, detail, headers, and what else the body says."""
    if isinstance(error, RequestRefused):
        headers = {"WWW-Authenticate": BASIC} if error.status == HTTPStatus.UNAUTHORIZED else {}
        return error.status, error.code, error.detail, headers, {"field": error.field or msgspec.UNSET}
    problem = problem_answered(request, error)
    more: dict[str, Any] = {"away": problem.away or msgspec.UNSET}
    if problem.errors:
        more["field"] = problem.errors[0].field
    return problem.status, problem.code, problem.detail, problem.headers, more


def _response(
    request: Request[Any, Any, Any],
    status: int,
    code: str,
    detail: str,
    headers: dict[str, str],
    media_type: str,
    **more: Any,  # noqa: ANN401 - further fields of the body
) -> Response[bytes]:
    body = IntakeProblem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id_of(request),
        **more,
    )
    return Response(msgspec.json.encode(body), status_code=status, media_type=media_type, headers=headers)
