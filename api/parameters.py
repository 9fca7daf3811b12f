"""What is checked of every request before its handler: its query, its body, and the ids in its path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal, get_args, get_origin
from urllib.parse import parse_qsl, unquote

from litestar import Litestar, Request, Response
from litestar.exceptions import SerializationException
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.typing import FieldDefinition

from api.problems import PARAMETERS, FieldError, Problem, allowed_methods, invalid

READS_BODY_ITSELF: Final = "reads_body_itself"
"""Option of a route whose body is not one JSON value, and which checks it by itself."""

_TAKES_JSON: Final = "takes_json"
_ALLOWED: Final = "allowed_methods"
_NOT_TEXT: Final = "not_text"
"""Option of every handler: those of its parameters that are no free text, and what they may be."""
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,20}", re.ASCII)
_SHOWN_CHARACTERS_MAX: Final = 40
_FIELDS_MAX: Final = 100


def note_parameters(app: Litestar) -> None:
    """Write down at each handler, in its options, which parameters it takes; once, when the app is made."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler, model in route.route_handler_map.values():
                handler.opt[PARAMETERS] = {one.field_name: one.field_alias for one in model.expected_query_params}
                handler.opt[_NOT_TEXT] = dict(_kinds(handler))
                takes_data = "data" in handler.parsed_fn_signature.parameters
                handler.opt[_TAKES_JSON] = takes_data and not handler.opt.get(READS_BODY_ITSELF)
                handler.opt[_ALLOWED] = allowed_methods(route.methods)


def _kinds(handler: BaseRouteHandler) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(name, what it may be) of the parameters that are no free text; nothing: whole numbers.

    Litestar would read null as not given, and 1e2 as 100.
    """
    signatures = (
        handler.parsed_fn_signature,
        *(one.parsed_fn_signature for one in handler.resolve_dependencies().values()),
    )
    for signature in signatures:
        for name, field in signature.parameters.items():
            if isinstance(field.kwarg_definition, QueryParameter) and (allowed := _allowed(field)) is not None:
                yield field.kwarg_definition.name or name, allowed


def _allowed(field: FieldDefinition) -> tuple[str, ...] | None:
    kinds = [field.annotation, *get_args(field.annotation)]
    choices = next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), None)
    return () if choices is None and int in kinds else choices


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
    not_text = request.route_handler.opt[_NOT_TEXT]
    for name, value in pairs:
        if name in not_text:
            _check_value(name, value, not_text[name])


def _check_value(name: str, value: str, choices: tuple[str, ...]) -> None:
    shown = repr(value[:_SHOWN_CHARACTERS_MAX])
    if choices and value not in choices:
        raise invalid(name, f"{shown} is not one of {', '.join(choices)}")
    if not choices and not _WHOLE_NUMBER.fullmatch(value):
        raise invalid(name, f"{shown} is no whole number")


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
