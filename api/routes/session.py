"""`/v1/session`: signing in and out on the page; the cookie is the token itself."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any, Final

import msgspec
from litestar import Request, Response, delete, post
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.access import OPEN, SESSION_COOKIE, Access, require_page_header
from api.doors import Doors
from api.problems import invalid
from api.sign_in_links import redeem


class SignIn(msgspec.Struct, frozen=True):
    """What a person signs in with: a token, or the code of a link."""

    token: str | None = None
    link: str | None = None


@post("/v1/session", opt={OPEN: True}, status_code=204)
async def sign_in(
    request: Request[Any, Any, Any],
    data: JSONBody[SignIn],
    doors: NamedDependency[Doors],
    access: NamedDependency[Access],
) -> Response[None]:
    """Sets a cookie that stands for the token, for pages. Changes by cookie need `X-Requested-With: lasttouch`."""
    if (data.token is None) == (data.link is None):
        raise invalid("token", "give a token, or the link that stands for one")
    if data.token is None:
        assert data.link is not None
        # A code that is unknown counts as a token that is: nobody can try many.
        token = await sync_to_thread(redeem, doors.redis, data.link) or data.link
    else:
        token = data.token
    access.require_known(request, token)
    return Response(None, headers={"Set-Cookie": _cookie(doors, token)})


@delete("/v1/session", opt={OPEN: True}, sync_to_thread=False)
def sign_out(request: Request[Any, Any, Any], doors: NamedDependency[Doors]) -> Response[None]:
    """Removes the cookie."""
    if SESSION_COOKIE in request.cookies:
        require_page_header(request)
    return Response(None, headers={"Set-Cookie": _cookie(doors, "", max_age=0)})


def _cookie(doors: Doors, value: str, max_age: int | None = None) -> str:
    """`Set-Cookie`, its attributes spelt as docs/http.md has them."""
    is_https = (doors.public_url or "").lower().startswith("https:")
    cookies: SimpleCookie = SimpleCookie({SESSION_COOKIE: value})
    cookie = cookies[SESSION_COOKIE]
    for attribute, said in {"path": "/", "httponly": True, "samesite": "Strict", "secure": is_https}.items():
        cookie[attribute] = said
    if max_age is not None:
        cookie["max-age"] = max_age
    return cookie.OutputString()


ROUTES: Final[tuple[Any, ...]] = (sign_in, sign_out)
