"""Where metrics are served, as flags and the environment have it."""

from __future__ import annotations

import pytest

from config.errors import UserError
from config.metrics_address import MetricsAddress, MoneyLimits, metrics_address, money_limits


def test_without_a_word_the_default_port_holds_and_nobody_has_chosen_it() -> None:
    assert metrics_address("127.0.0.1", None, 9464, below=1) == MetricsAddress("127.0.0.1", 9464, was_chosen=False)
    assert metrics_address("::1", 9464, 9464) == MetricsAddress("::1", 9464, was_chosen=True)


def test_port_0_is_none() -> None:
    assert metrics_address("127.0.0.1", 0, 9464, below=1) is None


@pytest.mark.parametrize(("port", "below", "above"), [(-1, 0, 0), (1, 1, 0), (65_536, 0, 0), (65_533, 1, 3)])
def test_a_port_that_is_none_or_has_none_beside_it_is_refused_by_name(port: int, below: int, above: int) -> None:
    with pytest.raises(UserError, match=f"--metrics-port: {port} "):
        metrics_address("127.0.0.1", port, 9464, below=below, above=above)


def test_how_many_series_the_money_has() -> None:
    assert money_limits({}) == money_limits({"LASTTOUCH_METRICS_ACCOUNTS_MAX": " "}) == MoneyLimits(1_000, 0)
    given = {"LASTTOUCH_METRICS_ACCOUNTS_MAX": "5", "LASTTOUCH_METRICS_CAMPAIGNS": "20"}
    assert money_limits(given) == MoneyLimits(5, 20)


@pytest.mark.parametrize("text", ["many", "-1", "1.5", "1000000000"])
def test_a_limit_that_is_no_number_is_refused_by_name(text: str) -> None:
    for variable in ("LASTTOUCH_METRICS_ACCOUNTS_MAX", "LASTTOUCH_METRICS_CAMPAIGNS"):
        with pytest.raises(UserError, match=variable):
            money_limits({variable: text})
