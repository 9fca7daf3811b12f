"""`/v1/reports/campaigns/{channel}/{campaign}`: all about one campaign."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.access import READERS, Principal, allows
from api.doors import Doors, wall_clock_ms
from api.period import AskedPeriod
from api.representation import Representation
from api.routes.reports import Currency, known_currency
from reports import arguments as asked
from reports.campaign_page import CampaignPage, read_campaign_page


@get("/v1/reports/campaigns/{channel:str}/{campaign:str}", guards=[allows(*READERS)], sync_to_thread=True)
def campaign_page(
    channel: FromPath[str],
    campaign: FromPath[str],
    doors: NamedDependency[Doors],
    principal: NamedDependency[Principal],
    period: NamedDependency[AskedPeriod],
    representation: NamedDependency[Representation],
    currency: Currency = None,
) -> Response[CampaignPage]:
    """One campaign: its row, its days, and what makes a sale of it, in words. As CSV: its days."""
    on_channel, of_campaign = asked.channel(channel), asked.identifier("campaign", campaign)
    in_currency = known_currency(currency)
    view = doors.account_view(principal.account)
    page = read_campaign_page(
        doors.redis,
        view,
        period.in_zone(view.time_zone),
        doors.settings.of(principal.account),
        wall_clock_ms(),
        channel=on_channel,
        campaign=of_campaign,
        currency=in_currency,
    )
    return representation.answer(page, "campaign")


ROUTES: Final[tuple[Any, ...]] = (campaign_page,)
