"""The days and hours of a small shop, worked out by hand (http.md §3)."""

from __future__ import annotations

from tests.reference.reference import facts_of, read_all
from tests.reference.reports import Report
from tests.reference.scenario import NOW_MS, order, touch
from tests.reference.timeline import days, hours

SHOP = [
    touch("sent", "03-01 09:00"),
    touch("clicked", "03-01 10:00"),
    touch("sent", "03-01 11:00", channel="viber", campaign="chat"),
    order("03-01 12:00", order="o1", amount="10.00"),
    order("03-01 12:59", order="o2", amount="10.01", status="IN_PROGRESS"),
    order("03-02 12:00", order="o3", amount="5.00"),
]
NOTHING = {"purchases": 0, "revenue": "0.00", "expected_purchases": 0, "expected_revenue": "0.00"}
NOTHING_ANYWHERE = NOTHING | {f"unattributed_{name}": value for name, value in NOTHING.items()}
NO_MESSAGES = {"sent": 0, "delivered": 0, "opened": 0, "clicked": 0}
EARNED = {"purchases": 1, "revenue": "10.00", "expected_purchases": 1, "expected_revenue": "10.01"}


def shop(first: str, last: str) -> Report:
    return Report(facts_of(read_all(SHOP, NOW_MS), {}, erase_unnamed=True), "acme", first, last)


def test_days_of_an_account_say_what_was_sent_earned_and_earned_by_nobody() -> None:
    first, second = days(shop("2026-03-01", "2026-03-02"), by_channel=True)["days"]
    assert first == NOTHING_ANYWHERE | NO_MESSAGES | EARNED | {"sent": 2, "clicked": 1} | {
        "day": "2026-03-01",
        "channels": [{"channel": "email", **EARNED}],
    }
    assert second == NOTHING_ANYWHERE | NO_MESSAGES | {
        "day": "2026-03-02",
        "unattributed_purchases": 1,
        "unattributed_revenue": "5.00",
        "channels": [],
    }


def test_days_of_a_campaign_are_its_own() -> None:
    [day] = days(shop("2026-03-01", "2026-03-01"), campaign="chat")["days"]
    assert day == {"day": "2026-03-01", **NOTHING, **NO_MESSAGES, "sent": 1}


def test_hours_are_the_orders_made_in_them() -> None:
    by_hour = {hour["hour"]: hour for hour in hours(shop("2026-03-01", "2026-03-01"))["hours"]}
    assert list(by_hour) == list(range(24))
    assert by_hour[12] == {"hour": 12, **NOTHING_ANYWHERE, **EARNED}
    assert by_hour[13] == {"hour": 13, **NOTHING_ANYWHERE}
