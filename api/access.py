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

from api.envelope import ANSWER_HEADERS, VARIES_BY
from api.known_tokens import KnownTokens
from api.problems import Problem
from api.rates import Rates
from config.http_limits import HttpLimits
from config.tokens_file import Role, Token

Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]

OPEN: Final = "open"
"""Option of a route that everybody may ask, without a token."""
TOKEN_IN_QUERY: Final = "token_in_query"  # noqa: S105 - an option's name
"""Option of a route that takes `?token=T`, which nothing logs: some senders can give it in no other way."""
SOURCE: Final = "source"
"""Parameter of the path of webhooks: a token that is bound to a source opens that one, and nothing else."""
CHALLENGE: Final = "challenge"
"""Option of a route: `WWW-Authenticate` of its 401. A browser that is asked for Basic shows a dialogue of its own."""
RATE: Final = "rate"
"""Option of a route: which of a token's rates it counts for, by default `RATE_DEFAULT`."""
RATE_DEFAULT: Final = "requests"
RATE_OF_INTAKE: Final = "intake"
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


def is_still(principal: Principal, tokens: KnownTokens) -> bool:
    """Whether the token is what it was when the request came: it may have been revoked, or given another role."""
    token = tokens.of_id(principal.token_id)
    return token is not None and principal_of(token) == principal


class Access:
    """Finds out who asks. One for each application: it counts."""

    def __init__(self, tokens: KnownTokens, limits: HttpLimits) -> None:
        self._tokens = tokens
        per_minute, intake_burst = limits.requests_per_minute, limits.intake_burst
        wrong = limits.wrong_tokens_per_second
        self._rates = {
            RATE_DEFAULT: (Rates(per_minute / 60, per_minute), f'"token";q={per_minute};w=60'),
            RATE_OF_INTAKE: (
                Rates(limits.intake_requests_per_second, intake_burst),
                f'"token";q={intake_burst};w={max(1, intake_burst // limits.intake_requests_per_second)}',
            ),
        }
        """With the policy as `RateLimit-Policy` says it."""
        self._wrong = Rates(wrong, wrong)

    async def authenticate(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """The guard of all routes. Raises `Problem`; else the connection's user is the `Principal`."""
        if handler.opt.get(OPEN) or connection.scope.get("method") == "OPTIONS":
            return
        connection.scope["state"][VARIES_BY].update(("Authorization", "Cookie"))
        secret, is_cookie = _secret_of(connection)
        if is_cookie and handler.opt.get(TOKEN_IN_QUERY) and "token" in connection.query_params:
            secret, is_cookie = str(connection.query_params["token"])[:_SECRET_CHARACTERS_MAX], False
        token = self.require_known(connection, secret, handler.opt.get(CHALLENGE, CHALLENGE_DEFAULT))
        self._count(connection, token, handler.opt.get(RATE, RATE_DEFAULT))
        if is_cookie and connection.scope.get("method") not in _CHANGES_NOTHING:
            require_page_header(connection)
        principal = principal_of(token)
        if principal.source is not None and connection.path_params.get(SOURCE) != principal.source:
            raise Problem("forbidden", f"This token is bound to the webhook {principal.source} and opens nothing else.")
        principal.require_account(connection.query_params.get("account"))
        connection.scope["user"] = principal

    def require_known(self, connection: Connection, secret: str | None, challenge: str = CHALLENGE_DEFAULT) -> Token:
        """The token that this text is. Raises `Problem`, and another one to an address that tries too many."""
        token = None if secret is None else self._tokens.find(secret)
        if token is not None:
            return token
        address = "" if connection.client is None else connection.client.host
        if secret is not None and not (taken := self._wrong.take(address)).is_allowed:
            raise Problem(
                "rate_limited",
                "Too many tokens that are not known here.",
                headers={"Retry-After": str(taken.retry_after_s)},
            )
        said = "This token is not known here." if secret else "Give a token: Authorization: Bearer T."
        raise Problem("unauthorized", said, headers={"WWW-Authenticate": challenge})

    def _count(self, connection: Connection, token: Token, rate: str) -> None:
        rates, policy = self._rates[rate]
        taken = rates.take(token.id)
        connection.scope["state"][ANSWER_HEADERS] = {
            "RateLimit-Policy": policy,
            "RateLimit": f'"token";r={taken.remaining};t={taken.full_after_s}',
        }
        if not taken.is_allowed:
            raise Problem(
                "rate_limited",
                "This token asks more often than it may.",
                headers={"Retry-After": str(taken.retry_after_s)},
            )


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
    """The dependency `principal`. The parameter is checked by `Access`, and stands here for the OpenAPI."""
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
    """Whatever the user is called, and in whatever encoding: what stands behind the first colon."""
    try:
        _, _, password = base64.b64decode(credentials.encode(), validate=True).partition(b":")
        return password.decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
