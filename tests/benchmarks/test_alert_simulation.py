"""How the simulation of alerts fills recording rules in."""

from __future__ import annotations

import pytest

from benchmarks.alert_simulation import LOOKS_BACK, RECORDED, Rules, files_of_rules, layers

FILES = list(files_of_rules())


@pytest.mark.parametrize("rules", FILES, ids=lambda rules: next(iter(rules.alerts)))
def test_each_rule_is_filled_in_once_and_after_those_it_needs(rules: Rules) -> None:
    filled: list[int] = []
    for _, layer in layers(rules):
        places = [rules.recorded.index(rule) for rule in layer]
        for place, rule in zip(places, layer, strict=True):
            named = RECORDED.findall(rule["expr"])
            assert {at for at, other in enumerate(rules.recorded[:place]) if other["record"] in named} <= set(filled)
        filled += places
    assert sorted(filled) == list(range(len(rules.recorded)))


@pytest.mark.parametrize("rules", FILES, ids=lambda rules: next(iter(rules.alerts)))
def test_what_is_looked_back_at_for_weeks_is_filled_in_from_the_first_day(rules: Rules) -> None:
    looked_at = set(LOOKS_BACK.findall(rules.text))
    assert looked_at
    for first_step, layer in layers(rules):
        for rule in layer:
            assert first_step == 0 or rule["record"] not in looked_at


def test_every_alert_on_money_is_played() -> None:
    assert {alert for rules in FILES for alert in rules.alerts} >= {"LasttouchOrdersLow", "LasttouchChannelSilent"}
    assert all(rules.kinds() for rules in FILES)
