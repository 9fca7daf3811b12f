"""`/openapi.json` and `/docs`: what there is to ask, for programs and for people; open to all."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import MediaType, Request, Response, get

from api.access import OPEN
from api.docs_page import CONTENT_SECURITY_POLICY, docs_page
from api.openapi import document

_CACHED: Final = {"Cache-Control": "public, max-age=300"}


@get("/openapi.json", opt={OPEN: True}, sync_to_thread=False)
def openapi(request: Request[Any, Any, Any]) -> Response[Any]:
    """This API as an OpenAPI 3.1 document."""
    return Response(msgspec.json.encode(document(request.app)), media_type=MediaType.JSON, headers=_CACHED)


@get("/docs", opt={OPEN: True}, media_type=MediaType.HTML, sync_to_thread=False)
def docs(request: Request[Any, Any, Any]) -> Response[str]:
    """The same as a page."""
    headers = _CACHED | {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    return Response(docs_page(document(request.app)), media_type=MediaType.HTML, headers=headers)


ROUTES: Final[tuple[Any, ...]] = (openapi, docs)
