"""Money and days: minor units, currencies, and the account's own calendar (contract §4)."""

from __future__ import annotations

from tests.reference.reference import View
from tests.reference.scenario import TOTAL, on_day, order, seen, total, touch


def test_money_is_kept_apart_by_currency_and_counted_in_its_minor_units() -> None:
    view = seen(
        touch("clicked", "03-01 10:00"),
        order("03-01 12:00", order="o1", amount="0.10"),
        order("03-01 12:00", order="o2", amount=0.2),
        order("03-01 12:00", order="o3", amount="1500", currency="JPY"),
        order("03-01 12:00", order="o4", amount="1.005", currency="KWD"),
    )
    assert view.redis["lasttouch:{acme}:campaign:email:spring"] == {
        "clicked": "1",
        "purchases:EUR": "2",
        "revenue:EUR": "30",
        "purchases:JPY": "1",
        "revenue:JPY": "1500",
        "purchases:KWD": "1",
        "revenue:KWD": "1005",
    }
    assert [view.rows["acme", name]["amount"] for name in ("o1", "o3", "o4")] == ["0.10", "1500", "1.005"]


def test_an_order_over_nothing_is_a_purchase_without_revenue() -> None:
    view = seen(touch("clicked", "03-01 10:00"), order("03-01 12:00", amount="0"))
    assert total(view, "purchases:EUR", "orders:DELIVERED:EUR") == [1, 1]
    assert not {"revenue:EUR", "amount:DELIVERED:EUR"} & set(view.redis[TOTAL])


def days_of(view: View) -> list[str]:
    return sorted(key.rpartition(":")[2] for key in view.redis if ":day:" in key)


def test_the_day_of_a_sale_is_the_account_s_own_and_that_of_the_purchase() -> None:
    events = [touch("clicked", "03-01 21:59"), order("03-01 22:30", "03-04 12:00")]
    assert days_of(seen(*events)) == ["2026-03-01"]
    kyiv = seen(*events, time_zone="Europe/Kyiv")
    assert on_day(kyiv, "03-01", "clicked", "purchases:EUR") == [1, 0]
    assert on_day(kyiv, "03-02", "clicked", "purchases:EUR") == [0, 1]


def test_days_of_23_and_25_hours_and_a_day_that_never_was() -> None:
    forward = [order(f"2026-03-29T{clock}:00Z", order=clock) for clock in ("20:59", "21:00")]
    assert days_of(seen(*forward, time_zone="Europe/Kyiv")) == ["2026-03-29", "2026-03-30"]
    back = [order(f"2025-11-{day}:00Z", order=day) for day in ("02T04:00", "03T04:59", "03T05:00")]
    assert days_of(seen(*back, time_zone="America/New_York")) == ["2025-11-02", "2025-11-03"]
    samoa = [order(f"2011-12-30T{clock}Z", order=clock) for clock in ("09:59:59.999", "10:00:00")]
    assert days_of(seen(*samoa, time_zone="Pacific/Apia")) == ["2011-12-29", "2011-12-31"]
