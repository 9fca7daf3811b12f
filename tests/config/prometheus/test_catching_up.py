"""Alerts on money hold their tongue while an account catches up, and until the longest window that they compare has
passed since. An even shop whose checkout dies meanwhile, played through promtool with a sample an hour."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from benchmarks.alert_shops import STEPS_A_DAY, Shop, labels_text
from tests.house.sources import ROOT

pytestmark = [pytest.mark.prometheus, pytest.mark.timeout(600)]

STEPS_AN_HOUR: Final = STEPS_A_DAY // 24
DEAD_H: Final = 22 * 24
"""When the checkout dies."""
LAST_H: Final = DEAD_H + 3
"""When the account is seen to catch up for the last time."""
HOURS: Final = LAST_H + 30
CHECK: Final = 60.0


def test_money_is_judged_once_the_longest_window_has_passed_since(tmp_path: Path) -> None:
    fired = 'count by (alertname) (ALERTS{alertstate="firing"})'
    pages = ("LasttouchOrdersLow", "LasttouchClicksWithoutPurchases", "LasttouchRevenueLow")
    told: list[tuple[int, tuple[str, ...]]] = [
        *((hour, ()) for hour in range(DEAD_H, LAST_H + 3)),
        (LAST_H + 3, pages[:1]),
        (LAST_H + 12, pages[:1]),
        (LAST_H + 24, pages[:1]),
        (LAST_H + 25, pages),
    ]
    test = {
        "interval": "1h",
        "input_series": list(series()),
        "promql_expr_test": [
            {"expr": fired, "eval_time": f"{hour}h", "exp_samples": [*samples(alerts)]} for hour, alerts in told
        ],
    }
    rules = str(ROOT / "config" / "prometheus" / "rules" / "money.yml")
    file = tmp_path / "catching_up.test.yml"
    file.write_text(json.dumps({"rule_files": [rules], "evaluation_interval": "1h", "tests": [test]}))
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def series() -> Iterator[Mapping[str, str]]:
    """Twenty orders an hour, half of them earned by a channel and delivered at once; a hundred clicks."""
    shop = Shop(0, HOURS * STEPS_AN_HOUR)
    shop.catching_up.update(hour * STEPS_AN_HOUR for hour in range(DEAD_H - 1, LAST_H + 1))
    for hour in range(HOURS):
        step = hour * STEPS_AN_HOUR
        shop.add(step, "lasttouch_messages", 100, channel="email", event="clicked")
        if hour < DEAD_H:
            shop.add(step, "lasttouch_orders", 20, status="DELIVERED", currency="EUR")
            for channel in ("email", "(unattributed)"):
                shop.add(step, "lasttouch_purchases", 10, channel=channel, currency="EUR")
                shop.add(step, "lasttouch_revenue", 10 * CHECK, channel=channel, currency="EUR")
    for (name, own), values in shop.values():
        labels = labels_text({"account": "acme", **dict(own), "instance": "a:9460"})
        yield {
            "series": f"{name}{{{labels}}}",
            "values": " ".join(f"{value:.10g}" for value in values[::STEPS_AN_HOUR]),
        }


def samples(alerts: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    for alert in alerts:
        yield {"labels": f'{{alertname="{alert}"}}', "value": 1}
