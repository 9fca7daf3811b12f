"""What is checked of every request before its handler: its query, its body, and the ids in its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from litestar import Litestar, Request, Response
from litestar.exceptions import SerializationException
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from api.parameter_values import Allowed, allowed_values
from api.problems import PARAMETERS, FieldError, Problem, allowed_methods, invalid

READS_BODY_ITSELF: Final = "reads_body_itself"
"""Option of a route whose body is not one JSON value, and which checks it by itself."""

_TAKES_JSON: Final = "takes_json"
_ALLOWED: Final = "allowed_methods"
_ALLOWED_VALUES: Final = "allowed_values"
_FIELDS_MAX: Final = 100


def note_parameters(app: Litestar) -> None:
    """Write down at each handler, in its options, which parameters it takes; once, when the app is made."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler, model in route.route_handler_map.values():
                handler.opt[PARAMETERS] = {one.field_name: one.field_alias for one in model.expected_query_params}
                handler.opt[_ALLOWED_VALUES] = dict(allowed_values(handler))
                takes_data = "data" in handler.parsed_fn_signature.parameters
                handler.opt[_TAKES_JSON] = takes_data and not handler.opt.get(READS_BODY_ITSELF)
                handler.opt[_ALLOWED] = allowed_methods(route.methods)


async def check_request(request: Request[Any, Any, Any]) -> Response[None] | None:
    """Litestar's hook before each handler. Raises `Problem` for unknown parameters, and for what is no JSON."""
    if request.method == "OPTIONS":
        # Litestar's own answer has the methods of the first handler of a path only.
        return Response(None, status_code=204, headers={"Allow": request.route_handler.opt[_ALLOWED]})
    _check_query(request)
    if request.route_handler.opt[_TAKES_JSON]:
        await _check_json(request)
    return None


def _check_query(request: Request[Any, Any, Any]) -> None:
    known = frozenset(request.route_handler.opt[PARAMETERS].values())
    try:
        text = request.scope["query_string"].decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX)
    except UnicodeDecodeError:
        raise Problem("invalid", "The query is not UTF-8, percent-encoded.") from None
    except ValueError:
        raise Problem("invalid", f"The query has more than {_FIELDS_MAX} parameters.") from None
    names = [name for name, _ in pairs]
    unknown = sorted(set(names) - known)
    if unknown:
        hint = f"is not known here; there are {', '.join(sorted(known))}" if known else "is not known here"
        errors = [FieldError(name[:100], hint) for name in unknown]
        raise Problem("invalid", f"{errors[0].field}: {hint}", errors=errors)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise invalid(twice, "is given twice")
    allowed: Mapping[str, Allowed] = request.route_handler.opt[_ALLOWED_VALUES]
    for name, value in pairs:
        if name in allowed and (complaint := allowed[name].complaint(value)) is not None:
            raise invalid(name, complaint)


async def _check_json(request: Request[Any, Any, Any]) -> None:
    media_type, parameters = request.content_type
    if media_type != "application/json" or parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise Problem("unsupported_media_type", "Content-Type: send application/json, in UTF-8.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Problem("unsupported_media_type", "Content-Encoding: send the body as it is.")
    try:
        if not await request.body():
            raise Problem("bad_json", "The body is empty; send a JSON object.")
        await request.json()
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Problem("bad_json", f"The body is not JSON: {_why(error)}.") from error
    except SerializationException as error:
        raise Problem("bad_json", f"The body is not JSON: {error.detail}.") from error


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else "it cannot be read"


class IdsInPath:
    """Middleware: ids come to the handler decoded; until then `%2F` belongs to the id and divides nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            # The router keeps the dictionary for the next request to the same path.
            parameters = scope.get("path_params", {})
            scope["path_params"] = {name: unquote(value, errors="strict") for name, value in parameters.items()}
        except UnicodeDecodeError:
            raise Problem("not_found", "There is nothing at this address: it is not UTF-8.") from None
        await self._app(scope, receive, send)
