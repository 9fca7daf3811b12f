"""Few orders by chance, many cancelled ones and one large order set off nothing; what breaks beside them does. Even
shops, an account each, played through promtool with a sample an hour."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from benchmarks.alert_shops import STEPS_A_DAY, Shop, labels_text
from tests.house.sources import ROOT

pytestmark = [pytest.mark.prometheus, pytest.mark.timeout(600)]

STEPS_AN_HOUR: Final = STEPS_A_DAY // 24
HOURS: Final = 25 * 24
BREAK_H: Final = 22 * 24
CHECK: Final = 60.0

Play = Callable[[Shop, int], None]
"""What happens to a shop in an hour, counted from its first."""


def test_only_what_is_beyond_chance_and_more_than_one_order_is_told(tmp_path: Path) -> None:
    told = 'count by (account, alertname) (count_over_time(ALERTS{alertstate="firing"}[25d]))'
    test = {
        "interval": "1h",
        "input_series": list(series()),
        "promql_expr_test": [
            {"expr": told, "eval_time": f"{BREAK_H}h", "exp_samples": []},
            {"expr": told, "eval_time": f"{BREAK_H + 24}h", "exp_samples": [*fired()]},
            {"expr": told, "eval_time": f"{HOURS - 1}h", "exp_samples": [*fired()]},
        ],
    }
    rules = str(ROOT / "config" / "prometheus" / "rules" / "money.yml")
    file = tmp_path / "even.test.yml"
    file.write_text(json.dumps({"rule_files": [rules], "evaluation_interval": "1h", "tests": [test]}))
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def usual(shop: Shop, hour: int) -> None:
    """Two orders earned by a channel and two by none, one of each cancelled every four hours; twenty clicks."""
    orders(shop, hour, 2)
    cancel(shop, hour, hour % 4 == 0)
    clicks(shop, hour)


def quiet_night(shop: Shop, hour: int) -> None:
    """In twelve hours 14 orders are earned where 24 are usual, and 13 that were are cancelled."""
    if BREAK_H <= hour < BREAK_H + 12:
        orders(shop, hour, 1 + (hour % 6 == 0))
        cancel(shop, hour, 1 + (hour % 12 == 0))
        clicks(shop, hour)
    else:
        usual(shop, hour)


def tracking_broken(shop: Shop, hour: int) -> None:
    """Whatever is cancelled goes on, what is ordered is nobody's."""
    if hour >= BREAK_H:
        orders(shop, hour, 0, unearned=4)
        cancel(shop, hour, hour % 4 == 0)
        clicks(shop, hour)
    else:
        usual(shop, hour)


def cancelled_at_once(shop: Shop, hour: int) -> None:
    """A hundred old orders are tidied away in one hour."""
    usual(shop, hour)
    if hour == BREAK_H:
        cancel(shop, hour, 50)


def large_order(shop: Shop, hour: int) -> None:
    """It is on its way for a day and a half, then delivered."""
    usual(shop, hour)
    if hour in {BREAK_H, BREAK_H + 36}:
        expect(shop, hour, 1 if hour == BREAK_H else -1, amount=150 * CHECK)
    if hour == BREAK_H + 36:
        deliver(shop, hour, 1, amount=150 * CHECK)


def large_order_cancelled(shop: Shop, hour: int) -> None:
    usual(shop, hour)
    if hour in {BREAK_H, BREAK_H + 36}:
        expect(shop, hour, 1 if hour == BREAK_H else -1, amount=150 * CHECK)


def amounts_tripled(shop: Shop, hour: int) -> None:
    """Not one of these orders is delivered yet."""
    orders(shop, hour, 2, amount=3 * CHECK if hour >= BREAK_H else CHECK)
    cancel(shop, hour, hour % 4 == 0)
    clicks(shop, hour)


def amounts_of_cents(shop: Shop, hour: int) -> None:
    """As many orders; not one of them is delivered yet."""
    orders(shop, hour, 2, amount=CHECK / 100 if hour >= BREAK_H else CHECK)
    cancel(shop, hour, hour % 4 == 0)
    clicks(shop, hour)


def few_deliveries_of_cents(shop: Shop, hour: int) -> None:
    """Thirty-six a day, as many as before."""
    clicks(shop, hour)
    deliver(shop, hour, 1 + hour % 2, amount=CHECK / 100 if hour >= BREAK_H else CHECK)


def told_only_of_deliveries(shop: Shop, hour: int) -> None:
    """Neither orders nor what is on its way have series; then nothing is credited."""
    clicks(shop, hour)
    deliver(shop, hour, 2 if hour < BREAK_H else 0)


SHOPS: Final[tuple[Play, ...]] = (
    usual,
    quiet_night,
    tracking_broken,
    cancelled_at_once,
    large_order,
    large_order_cancelled,
    amounts_tripled,
    amounts_of_cents,
    few_deliveries_of_cents,
    told_only_of_deliveries,
)
FIRES: Final[Mapping[Play, tuple[str, ...]]] = {
    tracking_broken: ("LasttouchClicksWithoutPurchases", "LasttouchRevenueLow"),
    amounts_tripled: ("LasttouchRevenueHigh",),
    amounts_of_cents: ("LasttouchRevenueLow",),
    few_deliveries_of_cents: ("LasttouchRevenueLow",),
    told_only_of_deliveries: ("LasttouchClicksWithoutPurchases", "LasttouchRevenueLow"),
}


def orders(shop: Shop, hour: int, earned: int, *, unearned: int = 2, amount: float = CHECK) -> None:
    shop.add(hour * STEPS_AN_HOUR, "lasttouch_orders", earned + unearned, status="IN_PROGRESS", currency="EUR")
    expect(shop, hour, earned, amount=amount)


def cancel(shop: Shop, hour: int, earned: int) -> None:
    """So many that a channel had earned, and as many that none had."""
    shop.add(hour * STEPS_AN_HOUR, "lasttouch_orders", -2 * earned, status="IN_PROGRESS", currency="EUR")
    shop.add(hour * STEPS_AN_HOUR, "lasttouch_orders", 2 * earned, status="CANCELLED", currency="EUR")
    expect(shop, hour, -earned)


def expect(shop: Shop, hour: int, count: int, *, amount: float = CHECK) -> None:
    step, labels = hour * STEPS_AN_HOUR, {"channel": "email", "currency": "EUR"}
    shop.add(step, "lasttouch_expected_purchases", count, **labels)
    shop.add(step, "lasttouch_expected_revenue", count * amount, **labels)


def deliver(shop: Shop, hour: int, count: int, *, amount: float = CHECK) -> None:
    step, labels = hour * STEPS_AN_HOUR, {"channel": "email", "currency": "EUR"}
    shop.add(step, "lasttouch_purchases", count, **labels)
    shop.add(step, "lasttouch_revenue", count * amount, **labels)


def clicks(shop: Shop, hour: int) -> None:
    shop.add(hour * STEPS_AN_HOUR, "lasttouch_messages", 20, channel="email", event="clicked")


def series() -> Iterator[Mapping[str, str]]:
    for play in SHOPS:
        shop = Shop(0, HOURS * STEPS_AN_HOUR)
        for hour in range(HOURS):
            play(shop, hour)
        for (name, own), values in shop.values():
            labels = labels_text({"account": play.__name__, **dict(own), "instance": "a:9460"})
            yield {
                "series": f"{name}{{{labels}}}",
                "values": " ".join(f"{value:.10g}" for value in values[::STEPS_AN_HOUR]),
            }


def fired() -> Iterator[Mapping[str, Any]]:
    for play, names in FIRES.items():
        for name in names:
            yield {"labels": f'{{account="{play.__name__}", alertname="{name}"}}', "value": 1}
