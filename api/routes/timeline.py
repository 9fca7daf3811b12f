"""`/v1/reports/timeline`: days of a period, or the hours of one."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.access import READERS, Principal, allows
from api.doors import Doors
from api.period import AskedPeriod
from api.representation import Representation
from api.routes.reports import Channel, Currency, known_channel, known_currency
from reports import arguments as asked
from reports.hours import HoursReport, read_hours, require_one_day
from reports.timeline import TimelineReport, read_timeline

OneCampaign = Annotated[str | None, QueryParameter(description="Only this campaign, on all its channels or on one.")]
By = Annotated[
    Literal["channel", "hour"] | None,
    QueryParameter(description="channel: in each day its channels. hour: the 24 hours of one day of the account."),
]


@get("/v1/reports/timeline", guards=[allows(*READERS)], sync_to_thread=True)
def timeline(
    doors: NamedDependency[Doors],
    principal: NamedDependency[Principal],
    period: NamedDependency[AskedPeriod],
    representation: NamedDependency[Representation],
    channel: Channel = None,
    campaign: OneCampaign = None,
    currency: Currency = None,
    by: By = None,
) -> Response[TimelineReport | HoursReport]:
    """What each day of a period brought, or each hour of a day by the account's clock."""
    of_channel, in_currency = known_channel(channel), known_currency(currency)
    of_campaign = None if campaign is None else asked.identifier("campaign", campaign)
    view = doors.account_view(principal.account)
    between = period.in_zone(view.time_zone)
    if by == "hour":
        require_one_day(between, of_channel, of_campaign)
        return representation.answer(read_hours(doors.redis, view, between, currency=in_currency), "timeline")
    report = read_timeline(
        doors.redis,
        view,
        between,
        channel=of_channel,
        campaign=of_campaign,
        currency=in_currency,
        by_channel=by == "channel",
    )
    return representation.answer(report, "timeline")


ROUTES: Final[tuple[Any, ...]] = (timeline,)
