"""Every alert fires on what it is there for, by when it has to, and on nothing else: series played through promtool."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from benchmarks.alert_shops import HEALTHY, STEP_MIN, STEPS_A_DAY, Kind, labels_text, made_up
from tests.house.sources import ROOT

pytestmark = [pytest.mark.prometheus, pytest.mark.timeout(1800)]

RULES: Final = sorted((ROOT / "config" / "prometheus" / "rules").glob("*.yml"))
ALERTS: Final = tuple(
    rule
    for file in RULES
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
    if "alert" in rule
)
MONEY: Final = [file for file in RULES if file.stem != "stream"]
INSTANCES: Final = ("a:9460", "b:9460")
ORDERS_A_DAY: Final = 200
BREAK_STEP: Final = 22 * STEPS_A_DAY + STEPS_A_DAY // 2
"""Noon of the day after three weeks."""

FIRES_WITHIN_H: Final[Mapping[Kind, Mapping[str, int]]] = {
    Kind.CHECKOUT_DEAD: {"LasttouchOrdersLow": 2, "LasttouchRevenueLow": 48, "LasttouchClicksWithoutPurchases": 48},
    Kind.TRACKING_BROKEN: {"LasttouchClicksWithoutPurchases": 24, "LasttouchUnattributedShareHigh": 36},
    Kind.AMOUNTS_TRIPLED: {"LasttouchRevenueHigh": 24},
    Kind.CHANNEL_SILENT: {"LasttouchChannelSilent": 24},
    Kind.UNATTRIBUTED: {"LasttouchUnattributedShareHigh": 36},
    Kind.CONTACTS_UNKNOWN: {"LasttouchUnknownContactsHigh": 36},
    Kind.CANCELLED: {"LasttouchCancelledShareHigh": 36},
    Kind.REFUNDED: {"LasttouchRefundedShareHigh": 36},
}
ALSO: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.TRACKING_BROKEN: frozenset({"LasttouchRevenueLow"}),
    Kind.UNATTRIBUTED: frozenset({"LasttouchRevenueLow"}),
}
"""What a break may set off besides."""


def test_the_rules_are_sound() -> None:
    done = subprocess.run(["promtool", "check", "rules", *RULES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_is_sound() -> None:
    folder = ROOT / "config" / "prometheus"
    for *command, file in (
        ("promtool", "check", "config", "prometheus.yml"),
        ("amtool", "check-config", "alertmanager.example.yml"),
    ):
        done = subprocess.run([*command, str(folder / file)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_how_grave_it_is_what_is_usual_and_where_its_chapter_stands(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert "usual" in rule["annotations"]["summary"]
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    chapters = re.findall(r"^## (\w+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert rule["alert"] in chapters
    assert anchor == rule["alert"].lower()


def test_the_alerts_of_the_stream() -> None:
    play(Path(__file__).with_name("stream.test.yml"))


def test_money_that_breaks_is_told_in_time_and_all_else_is_let_alone(tmp_path: Path) -> None:
    """Two copies of serve, a sample each quarter of an hour, three weeks and three days of a shop of each kind."""
    written = tmp_path / "money.test.yml"
    test = {
        "interval": f"{STEP_MIN}m",
        "input_series": list(series_of_all_kinds()),
        "promql_expr_test": [*fire(), *fire_nothing_else()],
    }
    rules = [str(file) for file in MONEY]
    written.write_text(json.dumps({"rule_files": rules, "evaluation_interval": f"{STEP_MIN}m", "tests": [test]}))
    play(written)


def play(file: Path) -> None:
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def series_of_all_kinds() -> Iterator[Mapping[str, str]]:
    for kind in Kind:
        shop = made_up(kind, 1, orders_a_day=ORDERS_A_DAY, days=25, break_step=BREAK_STEP)
        blank = f"_x{shop.first_step - 1} " if shop.first_step else ""
        for (name, own), values in shop.values():
            for instance in INSTANCES if kind is Kind.USUAL else INSTANCES[:1]:
                labels = {"account": kind.value, **dict(own), "job": "lasttouch-serve", "instance": instance}
                yield {
                    "series": f"{name}{{{labels_text(labels)}}}",
                    "values": blank + " ".join(f"{value:.10g}" for value in values),
                }


def fire() -> Iterator[Mapping[str, Any]]:
    for kind, alerts in FIRES_WITHIN_H.items():
        for alert, hours in alerts.items():
            firing = f'ALERTS{{alertname="{alert}",account="{kind}",alertstate="firing"}}'
            yield expected(f"count({firing})", hours, [{"labels": "{}", "value": 1}])


def fire_nothing_else() -> Iterator[Mapping[str, Any]]:
    """In healthy shops nothing in all three weeks (but for the holiday itself), in broken ones nothing before that,
    and what the break does not explain never."""
    seen = 'count by (alertname) (count_over_time(ALERTS{{alertstate="firing",account=~"{}",alertname!~"{}"}}[{}]))'
    others = "|".join(kind for kind in HEALTHY if kind is not Kind.HOLIDAY_BEFORE)
    yield expected(seen.format(others, "", "24d"), 48, [])
    yield expected(seen.format(Kind.HOLIDAY_BEFORE, "", "5d"), 48, [])
    for kind, alerts in FIRES_WITHIN_H.items():
        yield expected(seen.format(kind, "", "22d"), 0, [])
        yield expected(seen.format(kind, "|".join({*alerts, *ALSO.get(kind, ())}), "24d"), 48, [])


def expected(expression: str, hours: int, samples: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What an expression gives so many hours after the break."""
    return {"expr": expression, "eval_time": f"{BREAK_STEP * STEP_MIN + hours * 60}m", "exp_samples": list(samples)}
