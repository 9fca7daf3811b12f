"""`/` and `/assets/…`: the page that people work with; open to all, since it holds no figure."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from api.access import OPEN
from api.problems import Problem
from api.streams import UNCOMPRESSED
from web.assets import CONTENT_SECURITY_POLICY, Asset, page_assets

_OPTIONS: Final[dict[str, Any]] = {OPEN: True, UNCOMPRESSED: True}
_PAGE_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
}
_ASSET_HEADERS: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


@get("/", opt=_OPTIONS, include_in_schema=False, sync_to_thread=False)
def page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The page."""
    assets = page_assets()
    etag = f'"{assets.version}"'
    if etag in request.headers.get("If-None-Match", ""):
        return Response(b"", status_code=304, headers=_PAGE_HEADERS | {"ETag": etag})
    return _answer(request, assets.page, _PAGE_HEADERS | {"ETag": etag})


@get(
    ["/assets/{version:str}/{file:str}", "/assets/{version:str}/{folder:str}/{file:str}"],
    opt=_OPTIONS,
    include_in_schema=False,
    sync_to_thread=False,
)
def asset(
    request: Request[Any, Any, Any], version: FromPath[str], file: FromPath[str], folder: FromPath[str] = ""
) -> Response[bytes]:
    """One of its files."""
    assets = page_assets()
    found = assets.files.get(f"{folder}/{file}" if folder else file) if version == assets.version else None
    if found is None:
        raise Problem("not_found", "There is nothing at this address.")
    return _answer(request, found, _ASSET_HEADERS)


def _answer(request: Request[Any, Any, Any], found: Asset, headers: dict[str, str]) -> Response[bytes]:
    if found.compressed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(found.compressed, media_type=found.content_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.plain, media_type=found.content_type, headers=headers)


ROUTES: Final[tuple[Any, ...]] = (page, asset)
