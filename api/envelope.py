"""What all answers have in common, whatever gave them: an id, headers, and a line in the access log."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, unquote_to_bytes

import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.preferences import takes_gzip
from api.server_metrics import ServerMetrics

REQUEST_ID: Final = "X-Request-Id"
ANSWER_HEADERS: Final = "answer_headers"
"""In a request's state: headers that its answer has, whatever gives it."""
VARIES_BY: Final = "varies_by"
"""In a request's state: headers of the request that its answer depends on, besides how it is packed (a set)."""
HEAD_ONLY: Final = "head_only"
"""In a request's state: whether nothing but the head of the answer is sent, though its method says GET."""

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer that does not say otherwise."""
_ACCEPT_ENCODING: Final = b"accept-encoding"

_log = structlog.get_logger("http")


class Envelope:
    """The outermost of the ASGI applications."""

    def __init__(self, app: ASGIApp, metrics: ServerMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request its id and a path that can be routed, and the answer its headers."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = _request_id(scope)
        # A copy: the server's own scope says whether a body may be sent, which after HEAD it may not.
        inner = scope.copy()
        varies_by: set[str] = set()
        inner["state"] = {
            **scope.get("state", {}),
            "request_id": request_id,
            HEAD_ONLY: scope["method"] == "HEAD",
            VARIES_BY: varies_by,
        }
        inner["path"] = routable_path(scope["raw_path"].partition(b"?")[0])
        inner["headers"] = [*_with_plain_coding(scope["headers"])]
        inner["method"] = HttpMethod.GET if scope["method"] == "HEAD" else scope["method"]
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableScopeHeaders(message)
                headers[REQUEST_ID] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                # In any case: what is short, or asked for plain, is the answer to that request, too.
                headers["Vary"] = ", ".join(sorted({"Accept-Encoding", *varies_by}))
                for name, value in inner["state"].get(ANSWER_HEADERS, {}).items():
                    headers[name] = value
            await send(message)

        try:
            await self._app(inner, receive, send_with_headers)
        finally:
            took_s = time.perf_counter() - began
            route = inner.get("path_template")
            if status:
                self._metrics.answered(route, status, took_s)
            _log.info(
                "request",
                method=scope["method"],
                route=route or "(none)",
                status=status,
                duration_ms=round(took_s * 1_000, 1),
                request_id=request_id,
            )


def routable_path(raw_path: bytes) -> str:
    """The path with each of its parts percent-encoded in one way, whatever way they came in."""
    return "/".join(quote(unquote_to_bytes(part), safe="") for part in raw_path.split(b"/"))


def _with_plain_coding(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """The headers of a request, with `Accept-Encoding` saying gzip or nothing: routes look for that word only."""
    codings: list[str] = []
    for name, value in headers:
        if name.lower() == _ACCEPT_ENCODING:
            codings.append(value.decode("latin-1"))
        else:
            yield name, value
    if codings and takes_gzip(",".join(codings)):
        yield _ACCEPT_ENCODING, b"gzip"


def _request_id(scope: Scope) -> str:
    """The one that a proxy gave it, where that is a UUID: anything else might say something about a person."""
    given = next((value for name, value in scope["headers"] if name.lower() == b"x-request-id"), b"")
    try:
        return str(uuid.UUID(given.decode("ascii")))
    except ValueError:
        return str(uuid.uuid4())
