"""`/v1/reports/…`: the reports of the commands, as JSON or CSV (contract §7)."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.access import READERS, Principal, allows
from api.doors import Doors
from api.period import AskedPeriod
from api.representation import Representation
from reports import arguments as asked
from reports.campaigns import CampaignsReport, read_campaigns
from reports.paging import LIMIT_MAX

Channel = Annotated[str | None, QueryParameter(description="Only this channel.")]
Currency = Annotated[
    str | None, QueryParameter(description="ISO 4217: which orders count; by default the account's currency.")
]
Limit = Annotated[int | None, QueryParameter(ge=1, le=LIMIT_MAX, description="At most so many rows.")]


@get("/v1/reports/campaigns", guards=[allows(*READERS)], sync_to_thread=True)
def campaigns(
    doors: NamedDependency[Doors],
    principal: NamedDependency[Principal],
    period: NamedDependency[AskedPeriod],
    representation: NamedDependency[Representation],
    channel: Channel = None,
    currency: Currency = None,
    limit: Limit = None,
) -> Response[CampaignsReport]:
    """What each campaign of a period earned, sent and got opened. `limit` cuts the rows; `total` is of all."""
    of_channel = None if channel is None else asked.channel(channel)
    in_currency = None if currency is None else asked.currency(currency)
    view = doors.account_view(principal.account)
    between = period.in_zone(view.time_zone)
    report = read_campaigns(doors.redis, view, between, channel=of_channel, currency=in_currency)
    return representation.answer(msgspec.structs.replace(report, campaigns=report.campaigns[:limit]), "campaigns")


ROUTES: Final[tuple[Any, ...]] = (campaigns,)
