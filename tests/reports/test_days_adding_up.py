"""Whatever an account sold and sent, its days add up to its other reports, and its hours to their day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import product

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.campaigns import CampaignRow, read_campaigns
from reports.channels import ChannelRow, Earned, read_channels
from reports.hours import Hour, read_hours
from reports.timeline import Day, DayChannel, read_timeline
from state.money import parse_amount
from state.settings import EVENTS
from tests.reports.shop import Sale, Shop, Touched, period, view_of
from tests.reports.test_adding_up import CAMPAIGNS, CHANNELS, SALES

MONEY = ("purchases", "revenue", "expected_purchases", "expected_revenue")
TOUCHES = st.lists(
    st.builds(
        Touched,
        day=st.integers(1, 10).map("2026-01-{:02}".format),
        channel=st.sampled_from(CHANNELS),
        campaign=st.sampled_from(CAMPAIGNS),
        event=st.sampled_from(EVENTS),
        messages=st.integers(1, 9),
    ),
    max_size=10,
)

Row = Day | DayChannel | Hour | CampaignRow | ChannelRow | Earned


def sums(rows: Iterable[Row], currency: str, *figures: str, of: str = "") -> Counter[str]:
    """What the figures come to; money in minor units. `of`: what stands before their names in the rows."""
    total: Counter[str] = Counter()
    for row, figure in product(rows, figures):
        value = getattr(row, of + figure)
        total[figure] += parse_amount(value, currency) if isinstance(value, str) else value
    return total


@given(SALES, TOUCHES, st.sampled_from(["EUR", "JPY"]), st.sampled_from(["UTC", "Pacific/Apia", "America/New_York"]))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_days_add_up_to_the_reports_and_hours_to_their_day(
    valkey: redis.Redis, sales: list[Sale], touches: list[Touched], currency: str, zone: str
) -> None:
    valkey.flushall()
    Shop(valkey, time_zone=zone).write(sales, touches)
    view, asked = view_of(currency=currency, time_zone=zone), period("2026-01-02", "2026-01-09")
    every = (*MONEY, *EVENTS)

    channels, campaigns = read_channels(valkey, view, asked), read_campaigns(valkey, view, asked).campaigns
    account = read_timeline(valkey, view, asked, by_channel=True).days
    assert len(account) == 8

    def summed(rows: Iterable[Row], *figures: str, of: str = "") -> Counter[str]:
        return sums(rows, currency, *figures, of=of)

    assert summed(account, *MONEY) == summed(channels.channels, *MONEY)
    assert summed(account, *every) == summed(campaigns, *every)
    assert summed(account, *MONEY, of="unattributed_") == summed([channels.unattributed], *MONEY)
    for day in account:
        assert isinstance(day.channels, list)
        assert summed(day.channels, *MONEY) == summed([day], *MONEY)
        hours = read_hours(valkey, view, period(day.day, day.day)).hours
        for of in ("", "unattributed_"):
            assert summed(hours, *MONEY, of=of) == summed([day], *MONEY, of=of)
    for channel in CHANNELS:
        days = read_timeline(valkey, view, asked, channel=channel).days
        assert summed(days, *MONEY) == summed((row for row in channels.channels if row.channel == channel), *MONEY)
        assert summed(days, *every) == summed((row for row in campaigns if row.channel == channel), *every)
        assert [row for day in account for row in day.channels or () if row.channel == channel] == [
            row
            for day in read_timeline(valkey, view, asked, channel=channel, by_channel=True).days
            for row in day.channels or ()
        ]
    for campaign in CAMPAIGNS:
        rows = [row for row in campaigns if row.campaign == campaign]
        on_all = read_timeline(valkey, view, asked, campaign=campaign, by_channel=True).days
        assert summed(on_all, *every) == summed(rows, *every)
        for channel in CHANNELS:
            on_one = read_timeline(valkey, view, asked, campaign=campaign, channel=channel).days
            assert summed(on_one, *every) == summed((row for row in rows if row.channel == channel), *every)
