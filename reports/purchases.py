"""The purchases report: who bought, the orders credited to one campaign (contract §7)."""

from __future__ import annotations

import msgspec
import redis

from connectors.view.layout import (
    PURCHASES,
    OrderRow,
    campaign_key,
    campaign_prefix,
    campaigns_key,
    parse_channel_field,
    sale_field,
    text_of,
    total_key,
)
from reports.account import AccountView
from reports.order_list import read_page
from reports.orders import rows_expired
from reports.paging import AskedPage
from reports.period import Period, days_with_data
from reports.reading import DAY_HASHES_PER_TRIP, batches
from state.events import DELIVERED


class Purchase(msgspec.Struct, frozen=True):
    """One order credited to the campaign, in any currency, and the touch that earned it."""

    order: str
    contact: str | None
    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None
    amount: str
    currency: str
    ordered_at: str
    channel: str | None
    event: str | None
    touched_at: str | None


class PurchasesReport(msgspec.Struct, frozen=True, kw_only=True):
    """As contract §7 has it, and how fresh it is (§8)."""

    account: str
    campaign: str
    from_: str = msgspec.field(name="from")
    to: str
    currency: str
    purchases: list[Purchase]
    """Newest first; orders of one instant by id."""
    next: str | None
    rows_from: str | msgspec.UnsetType = msgspec.UNSET
    """The day from which on the list is whole; there only when purchases of the period have expired."""
    as_of: str | None
    catching_up: bool


def read_purchases(
    client: redis.Redis,
    view: AccountView,
    period: Period,
    asked: AskedPage,
    *,
    campaign: str,
    channel: str | None = None,
    currency: str | None = None,
) -> PurchasesReport:
    """One page of the orders credited to a campaign, on one channel or over all its channels."""
    fields = _purchases_fields(client, view.account, campaign, channel)
    days = _days_with_any(client, view.account, days_with_data(client, view.account, period), fields)
    page = read_page(
        client,
        view.account,
        days,
        asked,
        wanted=lambda row: row.campaign == campaign and channel in (None, row.channel) and row.status == DELIVERED,
    )
    return PurchasesReport(
        account=view.account,
        campaign=campaign,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        currency=currency or view.currency,
        purchases=[_purchase(row) for row in page.rows],
        next=page.next,
        rows_from=rows_expired(view, days) or msgspec.UNSET,
        as_of=view.as_of,
        catching_up=view.catching_up,
    )


def _days_with_any(client: redis.Redis, account: str, days: list[int], fields: list[str]) -> list[int]:
    """Those of the days on which campaigns have any of these fields; asks each day's hash for no others."""
    if not fields:
        return []
    found: list[int] = []
    for batch in batches(days, DAY_HASHES_PER_TRIP):
        pipeline = client.pipeline(transaction=False)
        for day in batch:
            pipeline.hmget(campaigns_key(account, day), fields)
        answers = zip(batch, pipeline.execute(), strict=True)
        found += [day for day, counts in answers if any(count is not None for count in counts)]
    return found


def _purchases_fields(client: redis.Redis, account: str, campaign: str, channel: str | None) -> list[str]:
    """The fields that count the campaign's purchases, by each channel asked for and currency it earned in."""
    parsed = [parse_channel_field(text_of(field)) for field in client.hgetall(total_key(account))]
    earned = sorted(
        {
            (of[0], of[1].currency)
            for of in parsed
            if of and of[1].name == PURCHASES and of[1].currency and channel in (None, of[0])
        }
    )
    pipeline = client.pipeline(transaction=False)
    for on, currency in earned:
        pipeline.hget(campaign_key(account, on, campaign), sale_field(PURCHASES, currency))
    return [
        sale_field(PURCHASES, currency, campaign_prefix(on, campaign))
        for (on, currency), count in zip(earned, pipeline.execute(), strict=True)
        if count is not None
    ]


def _purchase(row: OrderRow) -> Purchase:
    return Purchase(**{field: getattr(row, field) for field in Purchase.__struct_fields__})
