"""Errors as every route answers them: RFC 9457, with this API's codes (docs/http.md)."""

from __future__ import annotations

import re
import traceback
from collections.abc import Collection, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Literal

import msgspec
import redis
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    InternalServerException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)

from config.errors import UserError
from connectors.kafka.topics import BrokerUnavailable, MissingTopic, TopicRefused
from connectors.questions.asking import NotAnswered
from connectors.view.refusals import is_for_now

_log = structlog.get_logger("http")

Code = Literal[
    "bad_json",
    "unauthorized",
    "forbidden",
    "not_found",
    "unknown_source",
    "method_not_allowed",
    "changed",
    "too_large",
    "too_many",
    "unsupported_media_type",
    "invalid",
    "rate_limited",
    "internal",
    "unavailable",
]
Away = Literal["redis", "kafka", "dataflow", "no_kafka"]

STATUSES: Final[Mapping[Code, int]] = {
    "bad_json": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "unknown_source": 404,
    "method_not_allowed": 405,
    "changed": 412,
    "too_large": 413,
    "too_many": 413,
    "unsupported_media_type": 415,
    "invalid": 422,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
}
MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 5
"""When to try again what something that is away could not answer."""

PARAMETERS: Final = "parameters"
"""Option of every handler: what its parameters are called in the query, by their names in Python."""

_MISSING: Final = re.compile(r"Missing required \w+ parameter '([^']+)'")
_MEMBER: Final = re.compile(r"(?:required|unknown) field `([^`]+)`")
_EXPECTED: Final = re.compile(r"Expected (?P<kinds>[a-z| ]+), got (?P<got>[a-z]+)")
_LENGTH: Final = re.compile(r"Expected \w+ of length (?P<side>[<>])= (?P<bound>[0-9]+)")
_KINDS: Final = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
"""What JSON knows, by the names that Litestar has for it."""
_FIELD: Final = re.compile(r"-{0,2}[\w.\[\]-]{1,100}", re.ASCII)


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field of a request."""

    field: str
    message: str


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """An error as it is answered; `errors` where fields are wrong, `away` where something is."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: Code
    request_id: str
    errors: list[FieldError] | msgspec.UnsetType = msgspec.UNSET
    away: Away | msgspec.UnsetType = msgspec.UNSET


class Problem(Exception):
    """A request that is answered with an error. `detail` is one sentence for the person who sent it."""

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        away: Away | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.away = away
        self.headers = dict(headers or {})
        if code == "unavailable":
            self.headers.setdefault("Retry-After", str(RETRY_AFTER_S))

    @property
    def status(self) -> int:
        """Of the answer."""
        return STATUSES[self.code]

    def encode(self, request_id: str, status: int | None = None) -> bytes:
        """The body of the answer, by default with the code's own status."""
        status = status or self.status
        return msgspec.json.encode(
            ProblemBody(
                title=HTTPStatus(status).phrase,
                status=status,
                detail=self.detail,
                code=self.code,
                request_id=request_id,
                errors=self.errors or msgspec.UNSET,
                away=self.away or msgspec.UNSET,
            )
        )


def invalid(field: str, message: str) -> Problem:
    """One wrong parameter or field."""
    return Problem("invalid", f"{field}: {message}", errors=[FieldError(field, message)])


def unavailable(away: Away) -> Problem:
    """Something that the answer needs is away for now."""
    what = {
        "redis": "Redis, which has the figures, cannot be reached",
        "kafka": "Kafka, which takes what is written, cannot be reached",
        "dataflow": "the dataflow, which knows the answer, does not answer",
        "no_kafka": "this server reads only: no Kafka is configured",
    }
    return Problem("unavailable", what[away], away=away)


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The answer to an error of any kind; Litestar's exception handler for all of them."""
    problem = problem_answered(request, error)
    return Response(
        problem.encode(request_id_of(request)),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def problem_answered(request: Request[Any, Any, Any], error: Exception) -> Problem:
    """What is answered to an error of any kind; a fault of this program's own is in the log then."""
    problem = _of_fields(error, request) if isinstance(error, ValidationException) else problem_of(error)
    if problem is None and isinstance(error, InternalServerException) and "disconnected" in error.detail:
        # Of Litestar, when the body ends in the middle: nobody is there to read the answer.
        problem = Problem("invalid", "The body has not come to its end.")
    if problem is None:
        _log.error("request_failed", request_id=request_id_of(request), traceback="".join(_traceback(error)))
        problem = Problem("internal", "Something went wrong here; it is in the server's log under the request's id.")
    return problem


def problem_of(error: Exception) -> Problem | None:
    """What an error means to the person who sent the request; None: it is a fault of this program."""
    match error:
        case Problem():
            return error
        case BrokerUnavailable() | MissingTopic() | TopicRefused():
            return unavailable("kafka")
        case UserError():
            return _of_user_error(error)
        case NotAnswered():
            return unavailable("dataflow")
        case redis.RedisError():
            return unavailable("redis") if is_for_now(error) else None
        case HTTPException():
            return _of_framework_error(error)
        case _:
            return None


def allowed_methods(methods: Collection[str]) -> str:
    """`Allow` of an address whose routes have these methods: what answers GET answers HEAD, too."""
    return ", ".join(sorted({*methods} | ({"HEAD"} if "GET" in methods else set())))


def request_id_of(request: Request[Any, Any, Any]) -> str:
    """The id under which the log has the request, as `X-Request-Id` says it."""
    return str(request.scope["state"]["request_id"])


def _of_user_error(error: UserError) -> Problem:
    """By the house's rule its message begins with the field."""
    field, colon, message = str(error).partition(": ")
    if colon and _FIELD.fullmatch(field):
        return invalid(field.removeprefix("--"), message)
    return Problem("invalid", str(error))


def _of_framework_error(error: HTTPException) -> Problem | None:
    """Of what Litestar itself refuses."""
    match error:
        case NotFoundException():
            return Problem("not_found", "There is nothing at this address.")
        case MethodNotAllowedException():
            allowed = allowed_methods(str((error.headers or {}).get("allow", "")).split(", "))
            return Problem("method_not_allowed", f"This address takes {allowed} only.", headers={"Allow": allowed})
        case HTTPException(status_code=413):
            return Problem("too_large", "The body is longer than this address takes.")
        case _:
            return Problem("invalid", error.detail) if error.status_code < 500 else None


def _of_fields(error: ValidationException, request: Request[Any, Any, Any]) -> Problem:
    errors = list(_field_errors(error, request.route_handler.opt.get(PARAMETERS, {})))
    detail = "; ".join(f"{one.field}: {one.message}" for one in errors)
    return Problem("invalid", detail or "The request has a field that is wrong.", errors=errors)


def _field_errors(error: ValidationException, names: Mapping[str, str]) -> Iterator[FieldError]:
    missing = _MISSING.search(error.detail)
    if missing:
        yield FieldError(missing[1], "is required")
    for one in error.extra if isinstance(error.extra, list) else ():
        key, message = str(one.get("key", "body")), str(one.get("message", "is wrong"))
        member = _MEMBER.search(message)
        if member:
            # The key is then the object's that the member is missing from, or unknown in.
            where = "" if key == "data" else f"{key}."
            yield FieldError(where + member[1], "is required" if "required" in message else "is not known here")
        else:
            yield FieldError("body" if key == "data" else names.get(key, key), _in_words(message.replace("`", "")))


def _in_words(message: str) -> str:
    """What Litestar says of a value, to somebody who does not know what Python calls it."""
    if length := _LENGTH.fullmatch(message):
        word, most = ("short", "least") if length["side"] == ">" else ("long", "most")
        return f"is too {word}; give at {most} {length['bound']} character{'s' * (length['bound'] != '1')}"
    expected = _EXPECTED.fullmatch(message)
    if expected is None:
        return message
    kinds = [kind for kind in expected["kinds"].split(" | ") if kind != "null"]
    wanted = " or ".join(_KINDS.get(kind, kind) for kind in kinds)
    return f"is {_KINDS.get(expected['got'], expected['got'])}; give {wanted}"


def _traceback(error: Exception) -> Iterator[str]:
    yield from traceback.format_exception(error)
