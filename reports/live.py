"""What an account earns today, as a page follows it: whole each time, and quick to read again and again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
import redis

from connectors.view.layout import (
    EXPECTED_PURCHASES,
    EXPECTED_REVENUE,
    PURCHASES,
    REVENUE,
    SALES,
    UNATTRIBUTED,
    OrderRow,
    Text,
    campaigns_key,
    day_key,
    name_field,
    names_key,
    orders_key,
    parse_campaign_field,
    rows_key,
    sale_field,
    text_of,
)
from reports.account import AccountView
from reports.channels import Earned, channel_figures, earned
from reports.order_list import read_page
from reports.orders import OrderEntry, order_entry
from reports.paging import AskedPage
from reports.reading import add_up, scored
from state.times import day_of, day_text

CAMPAIGNS_SHOWN_MOST: Final = 20
ORDERS_SHOWN_MOST: Final = 10

_decode_row: Final = msgspec.json.Decoder(OrderRow).decode


class LiveChannel(msgspec.Struct, frozen=True):
    """What one channel earned today."""

    channel: str
    purchases: int
    revenue: str
    expected_purchases: int
    expected_revenue: str


class LiveCampaign(msgspec.Struct, frozen=True):
    """What one campaign on one channel earned today."""

    channel: str
    campaign: str
    name: str | None
    purchases: int
    revenue: str
    expected_purchases: int
    expected_revenue: str


class LiveReport(msgspec.Struct, frozen=True):
    """The account's today in its currency; amounts are decimal strings."""

    as_of: str | None
    catching_up: bool
    day: str
    """The account's today, by its time zone."""
    currency: str
    purchases: int
    """All DELIVERED of the orders made today, as `revenue`: channels and unattributed."""
    revenue: str
    expected_purchases: int
    """All on their way (INITIALIZED, IN_PROGRESS), as `expected_revenue`."""
    expected_revenue: str
    unattributed: Earned
    channels: list[LiveChannel]
    """Those with a purchase, credited or expected; by revenue, purchases, descending, and channel."""
    campaigns: list[LiveCampaign]
    """Those that earned most, credited and expected together; `CAMPAIGNS_SHOWN_MOST` at most."""
    orders: list[OrderEntry]
    """The newest of the day, of any status and in any currency; `ORDERS_SHOWN_MOST` at most."""


class _Campaign(NamedTuple):
    channel: str
    campaign: str
    figures: Counter[str]

    @property
    def rank(self) -> tuple[int, int, str, str]:
        figures = self.figures
        revenue = figures[REVENUE] + figures[EXPECTED_REVENUE]
        purchases = figures[PURCHASES] + figures[EXPECTED_PURCHASES]
        return -revenue, -purchases, self.channel, self.campaign


def read_live(client: redis.Redis, view: AccountView, now_ms: int) -> LiveReport:
    """Today as it is at `now_ms`, in two round trips where orders of one instant are not too many to be told apart."""
    account, currency, day = view.account, view.currency, day_of(now_ms, view.time_zone)
    pipeline = client.pipeline(transaction=False)
    pipeline.hgetall(day_key(account, day))
    pipeline.hgetall(campaigns_key(account, day))
    pipeline.zrevrange(orders_key(account, day), 0, 2 * ORDERS_SHOWN_MOST - 1, withscores=True)
    of_day, of_campaigns, newest = pipeline.execute()
    sums, campaigns = add_up([of_day]), _top_campaigns(of_campaigns, currency)
    names, rows = _names_and_rows(client, account, day, campaigns, scored(newest))
    channels = channel_figures(sums, currency)
    nobody = Counter({figure: sums.get(sale_field(figure, currency, UNATTRIBUTED), 0) for figure in SALES})
    total = earned(sum((figures for _, figures in channels), nobody), currency)
    return LiveReport(
        as_of=view.as_of,
        catching_up=view.catching_up,
        day=day_text(day),
        currency=currency,
        purchases=total.purchases,
        revenue=total.revenue,
        expected_purchases=total.expected_purchases,
        expected_revenue=total.expected_revenue,
        unattributed=earned(nobody, currency),
        channels=[LiveChannel(channel, *_four(figures, currency)) for channel, figures in channels],
        campaigns=[
            LiveCampaign(one.channel, one.campaign, name, *_four(one.figures, currency))
            for one, name in zip(campaigns, names, strict=True)
        ],
        orders=[order_entry(row) for row in rows],
    )


def _four(figures: Counter[str], currency: str) -> tuple[int, str, int, str]:
    of = earned(figures, currency)
    return of.purchases, of.revenue, of.expected_purchases, of.expected_revenue


def _top_campaigns(fields: Mapping[Text, Text], currency: str) -> list[_Campaign]:
    """Those that earned most; most fields of a day count touches or other currencies, and are not taken apart."""
    ends = f":{currency}".encode()
    figures: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for field, value in fields.items():
        if _as_bytes(field).endswith(ends):
            channel, campaign, figure = parse_campaign_field(text_of(field))
            figures[channel, campaign][figure.name] = int(value)
    campaigns = (_Campaign(*key, of) for key, of in figures.items())
    return sorted(campaigns, key=lambda campaign: campaign.rank)[:CAMPAIGNS_SHOWN_MOST]


def _as_bytes(text: Text) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _names_and_rows(
    client: redis.Redis, account: str, day: int, campaigns: list[_Campaign], newest: list[tuple[str, int]]
) -> tuple[list[str | None], list[OrderRow]]:
    """What the campaigns are called, and the rows of the newest orders; `newest`: twice as many (order, ms)."""
    tied = len(newest) == 2 * ORDERS_SHOWN_MOST and newest[-1][1] == newest[ORDERS_SHOWN_MOST - 1][1]
    # Redis gives the orders of one instant from the greatest id down, the list from the least up.
    orders = [order for order, _ in sorted(newest, key=lambda entry: (-entry[1], entry[0]))[:ORDERS_SHOWN_MOST]]
    pipeline = client.pipeline(transaction=False)
    # No command asks for nothing: a field that is nobody's stands where there is none.
    pipeline.hmget(names_key(account), [name_field(one.channel, one.campaign) for one in campaigns] or [""])
    pipeline.hmget(rows_key(account, day), orders or [""])
    names, rows = pipeline.execute()
    shown = [None if name is None else text_of(name) for name in names[: len(campaigns)]]
    if tied:
        return shown, read_page(client, account, [day], AskedPage(ORDERS_SHOWN_MOST), wanted=None).rows
    # A row can be gone between the two looks: its order moved to another day.
    return shown, [_decode_row(row) for row in rows if row is not None]
