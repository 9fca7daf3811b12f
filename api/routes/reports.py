"""`/v1/reports/…`: the reports of the commands, as JSON or CSV (contract §7)."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.access import READERS, Principal, allows
from api.doors import Doors
from api.period import AskedPeriod
from api.representation import Encoded, Representation
from reports import arguments as asked
from reports.campaigns import CampaignsReport, read_campaigns
from reports.channels import ChannelsReport, read_channels
from reports.orders import OrdersReport, only_order, read_orders
from reports.paging import LIMIT_MAX, AskedPage
from reports.purchases import PurchasesReport, read_purchases
from state.events import STATUSES
from state.questions import Asks

Channel = Annotated[str | None, QueryParameter(description="Only this channel.")]
Currency = Annotated[
    str | None, QueryParameter(description="ISO 4217: which orders count; by default the account's currency.")
]
Limit = Annotated[int | None, QueryParameter(ge=1, le=LIMIT_MAX, description="At most so many rows.")]
Campaign = Annotated[str, QueryParameter(description="On all its channels, or on one.")]
Order = Annotated[str | None, QueryParameter(description="List this one alone, whatever its day.")]
Status = Annotated[str | None, QueryParameter(description=f"List only {', '.join(STATUSES)}; `totals` are of all.")]


@get("/v1/reports/campaigns", guards=[allows(*READERS)])
async def campaigns(
    doors: NamedDependency[Doors],
    principal: NamedDependency[Principal],
    period: NamedDependency[AskedPeriod],
    representation: NamedDependency[Representation],
    channel: Channel = None,
    currency: Currency = None,
    limit: Limit = None,
) -> Response[CampaignsReport]:
    """What each campaign of a period earned, sent and got opened. `limit` cuts the rows; `total` is of all."""
    of_channel, in_currency = known_channel(channel), known_currency(currency)

    def read() -> Encoded:
        view = doors.account_view(principal.account)
        between = period.in_zone(view.time_zone)
        report = read_campaigns(
            doors.redis, view, between, channel=of_channel, currency=in_currency, reader=doors.campaigns
        )
        return representation.encode(msgspec.structs.replace(report, campaigns=report.campaigns[:limit]), "campaigns")

    asked = "campaigns", principal.account, period, of_channel, in_currency, limit, representation.kind
    return representation.respond(await doors.coalesced.get(asked, read))


@get("/v1/reports/channels", guards=[allows(*READERS)], sync_to_thread=True)
def channels(
    doors: NamedDependency[Doors],
    principal: NamedDependency[Principal],
    period: NamedDependency[AskedPeriod],
    representation: NamedDependency[Representation],
    currency: Currency = None,
) -> Response[ChannelsReport]:
    """Every channel beside each other, with what no channel earned."""
    in_currency = known_currency(currency)
    view = doors.account_view(principal.account)
    report = read_channels(doors.redis, view, period.in_zone(view.time_zone), currency=in_currency)
    return representation.answer(report, "channels")


@get("/v1/reports/purchases", guards=[allows(*READERS)], sync_to_thread=True)
def purchases(
    doors: NamedDependency[Doors],
    principal: NamedDependency[Principal],
    period: NamedDependency[AskedPeriod],
    page: NamedDependency[AskedPage],
    representation: NamedDependency[Representation],
    campaign: Campaign,
    channel: Channel = None,
    currency: Currency = None,
) -> Response[PurchasesReport]:
    """Who bought: the orders credited to one campaign, newest first."""
    of_campaign, of_channel = asked.identifier("campaign", campaign), known_channel(channel)
    in_currency = known_currency(currency)
    view = doors.account_view(principal.account)
    between = period.in_zone(view.time_zone)
    report = read_purchases(
        doors.redis, view, between, page, campaign=of_campaign, channel=of_channel, currency=in_currency
    )
    return representation.answer(report, "purchases")


@get("/v1/reports/orders", guards=[allows(*READERS)])
async def orders(  # noqa: PLR0913, PLR0917 - Litestar reads the parameters off the signature
    request: Request[Any, Any, Any],
    doors: NamedDependency[Doors],
    principal: NamedDependency[Principal],
    period: NamedDependency[AskedPeriod],
    page: NamedDependency[AskedPage],
    representation: NamedDependency[Representation],
    status: Status = None,
    order: Order = None,
    currency: Currency = None,
) -> Response[OrdersReport]:
    """The orders of a period, newest first, with its revenue by status; with `order` that one, whatever its day."""
    of_status = None if status is None else asked.status(status)
    in_currency = known_currency(currency)

    def answer(asks: Asks | None) -> Response[OrdersReport]:
        view = doors.account_view(principal.account)
        between = period.in_zone(view.time_zone)
        report = read_orders(doors.redis, view, between, page, status=of_status, currency=in_currency)
        if asks is not None and order is not None:
            report = only_order(report, asks, order, of_status)
        return representation.answer(report, "orders")

    if order is None:
        return await sync_to_thread(answer, None)
    asked.identifier("order", order)
    return await doors.dataflow.answer(request, doors.redis, answer)


def known_channel(channel: str | None) -> str | None:
    """The channel that is asked for. Raises `UserError` for what can be none."""
    return None if channel is None else asked.channel(channel)


def known_currency(currency: str | None) -> str | None:
    """The currency that is asked for. Raises `UserError` for what is none."""
    return None if currency is None else asked.currency(currency)


ROUTES: Final[tuple[Any, ...]] = (campaigns, channels, purchases, orders)
