"""Whatever an account sold, its reports agree with the plain list of its sales and with each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.audit import read_audit
from reports.campaigns import CampaignRow, read_campaigns
from reports.channels import ChannelRow, read_channels
from reports.orders import read_orders
from reports.paging import AskedPage
from reports.purchases import read_purchases
from state.events import STATUSES
from state.money import format_amount, parse_amount
from state.times import format_time
from tests.reports.shop import Sale, Shop, period, view_of

CHANNELS = ("email", "sms", "viber")
CAMPAIGNS = ("k1", "k:2", "к3")
FIRST_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
DAY_MS = 86_400_000

SALES = st.lists(
    st.builds(
        Sale,
        order=st.text("abcdefgh", min_size=1, max_size=4),
        ordered_at=st.integers(0, 10 * DAY_MS).map(lambda ms: format_time(FIRST_MS + ms)),
        amount=st.integers(0, 10**6),
        currency=st.sampled_from(["EUR", "JPY"]),
        status=st.sampled_from(["DELIVERED", "DELIVERED", *STATUSES]),
        credited=st.none() | st.tuples(st.sampled_from(CHANNELS), st.sampled_from(CAMPAIGNS)),
        contact=st.sampled_from(["c1", "c1", "c2", None]),
    ),
    max_size=25,
    unique_by=lambda sale: sale.order,
).map(lambda sales: [as_its_status_has_it(sale) for sale in sales])

ON_THE_WAY = ("INITIALIZED", "IN_PROGRESS")


def as_its_status_has_it(sale: Sale) -> Sale:
    """Only a delivered order is credited, one on the way is expected there, and that of nobody is neither."""
    where = None if sale.contact is None else sale.credited
    return replace(
        sale,
        credited=where if sale.status == "DELIVERED" else None,
        expected=where if sale.status in ON_THE_WAY else None,
    )


def summed(sales: Iterable[Sale], currency: str) -> tuple[int, str]:
    amounts = [sale.amount for sale in sales if sale.currency == currency]
    return len(amounts), format_amount(sum(amounts), currency)


def earned_by(row: ChannelRow | CampaignRow) -> tuple[int, str, int, str]:
    return row.purchases, row.revenue, row.expected_purchases, row.expected_revenue


@given(SALES, st.sampled_from(["EUR", "JPY"]), st.integers(1, 10), st.integers(1, 10))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_reports_agree_with_the_sales_and_with_each_other(
    valkey: redis.Redis, sales: list[Sale], currency: str, one: int, other: int
) -> None:
    valkey.flushall()
    Shop(valkey).write(sales)
    view = view_of(currency=currency)
    asked = period(f"2026-01-{min(one, other):02}", f"2026-01-{max(one, other):02}")
    inside = [sale for sale in sales if str(asked.first) <= sale.ordered_at[:10] <= str(asked.last)]
    delivered = [sale for sale in inside if sale.status == "DELIVERED"]

    channels = read_channels(valkey, view, asked)
    campaigns = read_campaigns(valkey, view, asked)
    orders = read_orders(valkey, view, asked, AskedPage(limit=1_000))

    assert (channels.total.purchases, channels.total.revenue) == summed(delivered, currency)
    assert channels.total.purchases == channels.unattributed.purchases + sum(row.purchases for row in channels.channels)
    assert parse_amount(channels.total.revenue, currency) == parse_amount(
        channels.unattributed.revenue, currency
    ) + sum(parse_amount(row.revenue, currency) for row in channels.channels)
    delivered_total = orders.totals.delivered
    assert (delivered_total.orders, delivered_total.amount) == (
        channels.total.purchases,
        channels.total.revenue,
    )
    unknown = orders.totals.contact_unknown
    assert (unknown.orders, unknown.amount) == summed((sale for sale in inside if sale.contact is None), currency)
    on_the_way = [sale for sale in inside if sale.status in ON_THE_WAY]
    assert (channels.total.expected_purchases, channels.total.expected_revenue) == summed(on_the_way, currency)
    of_currency = [sale for sale in inside if sale.currency == currency and (sale.credited or sale.expected)]

    def figures(channel: str, campaign: str | None) -> tuple[int, str, int, str]:
        """Of a channel, or of one campaign on it."""
        keys = {(channel, each) for each in CAMPAIGNS if campaign in (None, each)}
        credited = summed((sale for sale in of_currency if sale.credited in keys), currency)
        return *credited, *summed((sale for sale in of_currency if sale.expected in keys), currency)

    earners = {sale.credited or sale.expected for sale in of_currency}
    assert {row.channel: earned_by(row) for row in channels.channels} == {
        earner[0]: figures(earner[0], None) for earner in earners if earner
    }
    credited = [sale for sale in delivered if sale.credited]
    assert (campaigns.total.purchases, campaigns.total.revenue) == summed(credited, currency)
    expected = [sale for sale in inside if sale.expected]
    assert (campaigns.total.expected_purchases, campaigns.total.expected_revenue) == summed(expected, currency)
    assert campaigns.total.campaigns == len(campaigns.campaigns)
    assert {(row.channel, row.campaign): earned_by(row) for row in campaigns.campaigns} == {
        earner: figures(*earner) for earner in earners if earner
    }
    assert read_audit(valkey, view, period("2026-01-01", "2026-01-31")).equal
    assert [row.order for row in orders.orders] == [
        sale.order for sale in sorted(inside, key=lambda sale: (-sale.ms, sale.order))
    ]
    for campaign in CAMPAIGNS:
        bought = read_purchases(valkey, view, asked, AskedPage(limit=1_000), campaign=campaign).purchases
        assert {row.order for row in bought} == {
            sale.order for sale in credited if sale.credited and sale.credited[1] == campaign
        }
