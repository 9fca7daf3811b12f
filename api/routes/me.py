"""`/v1/me`: whose token this is, and what its account's reports are in."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from api.access import Principal
from api.doors import Doors
from api.representation import as_json


class Me(msgspec.Struct, frozen=True):
    """The token that the request came with."""

    account: str
    role: str
    name: str | None
    currency: str
    """What the account's reports are in unless asked otherwise."""
    time_zone: str


@get("/v1/me", sync_to_thread=True)
def me(doors: NamedDependency[Doors], principal: NamedDependency[Principal]) -> Response[Me]:
    """Whose token this is; every role may ask."""
    view = doors.account_view(principal.account)
    found = Me(principal.account, principal.role.value, principal.name, view.currency, view.time_zone)
    return as_json(found, principal)


ROUTES: Final[tuple[Any, ...]] = (me,)
