"""Who asks: the token of a request, its account and its role, and what each role may do (docs/http.md)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from api.doors import Doors
from api.problems import Problem
from config.tokens_file import Role, Token

Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]

OPEN: Final = "open"
"""Option of a route that everybody may ask, without a token."""
CHALLENGE: Final = "challenge"
"""Option of a route: `WWW-Authenticate` of its 401. A browser that is asked for Basic shows a dialogue of its own."""
SESSION_COOKIE: Final = "lasttouch_session"
PAGE_HEADER: Final = "X-Requested-With"
PAGE_NAME: Final = "lasttouch"
CHALLENGE_DEFAULT: Final = 'Bearer realm="lasttouch"'

_CHANGES_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SECRET_CHARACTERS_MAX: Final = 512


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever a request comes from, as the token says it."""

    token_id: str
    account: str
    role: Role
    name: str | None
    source: str | None
    """The one webhook that the token opens; None: it is not bound to one."""
    signing_key: str | None = field(repr=False)
    delivered_when: str | None

    @property
    def sees_persons(self) -> bool:
        """Whether names, emails and phones are shown."""
        return self.role in {Role.MARKETER, Role.ADMIN}

    def require_account(self, account: object) -> None:
        """Raises `Problem` when a request names another account than the token's."""
        if account is not None and account != self.account:
            raise Problem("forbidden", "account: this token belongs to another account")


def principal_of(token: Token) -> Principal:
    """The principal that a token stands for."""
    return Principal(
        token_id=token.id,
        account=token.account,
        role=token.role,
        name=token.name,
        source=token.source,
        signing_key=token.signing_key,
        delivered_when=token.delivered_when,
    )


def authenticates(doors: Doors) -> Guard:
    """The guard of all routes: finds out who asks, and that no other account is asked about."""

    async def authenticate(connection: Connection, handler: BaseRouteHandler) -> None:
        if handler.opt.get(OPEN) or connection.scope.get("method") == "OPTIONS":
            return
        secret, is_cookie = _secret_of(connection)
        token = None if secret is None else doors.tokens.find(secret)
        if token is None:
            said = "This token is not known here." if secret else "Give a token: Authorization: Bearer T."
            challenge = handler.opt.get(CHALLENGE, CHALLENGE_DEFAULT)
            raise Problem("unauthorized", said, headers={"WWW-Authenticate": challenge})
        if is_cookie and connection.scope.get("method") not in _CHANGES_NOTHING:
            require_page_header(connection)
        principal = principal_of(token)
        principal.require_account(connection.query_params.get("account"))
        connection.scope["user"] = principal

    return authenticate


def allows(*roles: Role) -> Guard:
    """A guard of routes that only these roles may ask."""

    async def authorize(connection: Connection, handler: BaseRouteHandler) -> None:
        del handler
        if connection.scope.get("method") == "OPTIONS":
            return
        role = connection.scope["user"].role
        if role not in roles:
            allowed = ", ".join(one.value for one in roles)
            raise Problem("forbidden", f"A token with the role {role.value} may not; one of {allowed} may.")

    return authorize


READERS: Final = (Role.VIEWER, Role.MARKETER, Role.ADMIN)


def provide_principal(
    request: Request[Any, Any, Any],
    asked_account: Annotated[
        str | None, QueryParameter(name="account", description="The token's account; another one is 403.")
    ] = None,
) -> Principal:
    """The dependency `principal`. The parameter is checked by `authenticates`, and stands here for the OpenAPI."""
    del asked_account
    principal = request.scope["user"]
    assert isinstance(principal, Principal)
    return principal


def require_page_header(connection: Connection) -> None:
    """Raises `Problem` for a change by cookie that some other site may have sent."""
    if connection.headers.get(PAGE_HEADER) != PAGE_NAME:
        raise Problem("forbidden", f"{PAGE_HEADER}: give {PAGE_NAME} with every change by cookie")


def _secret_of(connection: Connection) -> tuple[str | None, bool]:
    """The token as it was given, and whether the session's cookie has it."""
    header = connection.headers.get("Authorization")
    if header is None:
        return connection.cookies.get(SESSION_COOKIE), True
    scheme, _, given = header.strip().partition(" ")
    given = given.strip()
    match scheme.lower():
        case "bearer":
            secret = given
        case "basic":
            secret = _password_of(given)
        case _:
            secret = ""
    return secret[:_SECRET_CHARACTERS_MAX], False


def _password_of(credentials: str) -> str:
    try:
        _, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password
