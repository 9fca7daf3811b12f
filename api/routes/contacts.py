"""`/v1/contacts/{contact}`: what is known of a contact, as the running dataflow knows it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter

from api.access import Principal, allows
from api.doors import Doors
from api.problems import Problem
from api.representation import as_json
from config.tokens_file import Role
from reports import arguments as asked
from reports.contact_card import ContactCard, read_contact_card


@get("/v1/contacts/{contact:str}", guards=[allows(Role.MARKETER, Role.ADMIN)])
async def contact_card(
    request: Request[Any, Any, Any],
    contact: Annotated[str, PathParameter(description="The contact's id, percent-encoded.")],
    doors: NamedDependency[Doors],
    principal: NamedDependency[Principal],
) -> Response[ContactCard]:
    """Who a contact is, when it was reached and answered last, its newest orders and what they brought."""
    asked.identifier("contact", contact)
    account = principal.account
    card = await doors.dataflow.answer(request, doors.redis, lambda asks: read_contact_card(asks, account, contact))
    if card is None:
        raise Problem("not_found", "Nobody has heard of a contact with this id.")
    return as_json(card, principal)


ROUTES: Final[tuple[Any, ...]] = (contact_card,)
