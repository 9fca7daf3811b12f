"""`/v1/live`: what an account earns today, told as it changes (server-sent events)."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from api.access import READERS, Principal, allows, is_still
from api.doors import Doors
from api.envelope import HEAD_ONLY
from api.live_feed import LiveReader, Sees
from api.live_readers import LiveReaders
from api.streams import UNCOMPRESSED

EVENT_STREAM: Final = "text/event-stream"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    # For proxies that would collect an answer before they pass it on.
    "X-Accel-Buffering": "no",
}


class LiveResponse(ASGIResponse):
    """The stream to one reader. Goes on until the reader, or the server, ends it."""

    _should_set_content_length = False

    def __init__(self, live: LiveReaders, doors: Doors, principal: Principal, *, is_head_only: bool) -> None:
        super().__init__(media_type=EVENT_STREAM, headers=_HEADERS, is_head_response=is_head_only)
        self.headers.setdefault("Content-Type", f"{EVENT_STREAM}; charset={self.encoding}")
        self._live = live
        self._streams = doors.streams
        self._account = principal.account
        self._is_allowed = partial(is_still, principal, doors.tokens)
        self._sees = Sees.EVERYTHING if principal.sees_persons else Sees.NOTHING

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `Problem` where there are too many readers."""
        with self._streams.joined():
            await super().__call__(scope, receive, send)

    async def send_body(self, send: Send, receive: Receive) -> None:
        """All that is told."""
        reader = self._live.open(self._account, self._sees, self._is_allowed)
        leaving = asyncio.create_task(_leave_when_gone(reader, receive))
        try:
            while (frame := await self._live.next(reader)) is not None:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            leaving.cancel()
            self._live.leave(self._account, reader)


async def _leave_when_gone(reader: LiveReader, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    reader.leave()


@get(
    "/v1/live",
    guards=[allows(*READERS)],
    opt={UNCOMPRESSED: True},
    media_type=EVENT_STREAM,
    responses={
        200: ResponseSpec(
            str,
            generate_examples=False,
            media_type=EVENT_STREAM,
            description=(
                "Events `totals` (today, whole each time: an object as `LiveReport`), `stale` (Redis is away: "
                '`{"age_s"}`, how old what was told is) and `bye` (the server ends, or the token was revoked: connect '
                "again); comments between them keep the line open."
            ),
        )
    },
    sync_to_thread=False,
)
def live(
    request: Request[Any, Any, Any],
    doors: NamedDependency[Doors],
    principal: NamedDependency[Principal],
    live: NamedDependency[LiveReaders],
) -> ASGIResponse:
    """What today has earned: at once, and again when something changed, at most four times a second."""
    return LiveResponse(live, doors, principal, is_head_only=request.scope["state"][HEAD_ONLY])


ROUTES: Final[tuple[Any, ...]] = (live,)
