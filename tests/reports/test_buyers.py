"""Who bought in a period, from a campaign."""

from __future__ import annotations

import redis

from reports.buyers import read_buyers
from state.times import parse_time
from tests.reports.shop import Sale, Shop, period, view_of

DAY = "2026-01-02"


def test_each_buyer_once_with_the_latest_order(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        [
            Sale("o1", f"{DAY}T08:00:00Z", credited=("sms", "a"), contact="c1"),
            Sale("o2", f"{DAY}T09:00:00Z", credited=("email", "a"), contact="c1"),
            Sale("o3", f"{DAY}T10:00:00Z", credited=("sms", "a"), contact="c2"),
            Sale("o4", f"{DAY}T10:00:00Z", credited=("sms", "b"), contact="c3"),
            Sale("o5", f"{DAY}T10:00:00Z", status="IN_PROGRESS", expected=("sms", "a"), contact="c4"),
            Sale("o6", f"{DAY}T10:00:00Z", contact=None),
        ]
    )
    of_day = period(DAY, DAY)
    assert read_buyers(valkey, view_of(), of_day, campaign="a", channel=None, most=10) == {
        "c1": parse_time(f"{DAY}T09:00:00Z"),
        "c2": parse_time(f"{DAY}T10:00:00Z"),
    }
    assert read_buyers(valkey, view_of(), of_day, campaign="a", channel="email", most=10).keys() == {"c1"}
    assert read_buyers(valkey, view_of(), of_day, campaign="nothing", channel=None, most=10) == {}


def test_more_pages_than_one_and_no_more_than_it_takes(valkey: redis.Redis) -> None:
    Shop(valkey).write(
        Sale(f"o{n:04}", f"{DAY}T08:00:00Z", credited=("sms", "a"), contact=f"c{n}") for n in range(1_100)
    )
    of_day = period(DAY, DAY)
    assert len(read_buyers(valkey, view_of(), of_day, campaign="a", channel=None, most=5_000)) == 1_100
    assert 10 < len(read_buyers(valkey, view_of(), of_day, campaign="a", channel=None, most=10)) <= 1_000
