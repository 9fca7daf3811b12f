"""The money as metrics: gauges read from the view when somebody scrapes them, the same from every server."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from heapq import nsmallest
from typing import Final

import redis
import structlog
from prometheus_client.metrics_core import Metric as Family

from api.doors import wall_clock_ms
from config import metric_names as names
from config.metrics_address import MoneyLimits
from connectors.metrics.series import Labels, gauge
from connectors.view.layout import (
    EXPECTED_PURCHASES,
    EXPECTED_REVENUE,
    PURCHASES,
    REVENUE,
    SALES,
    UNATTRIBUTED,
    amount_field,
    channel_prefix,
    orders_field,
    parse_channel_field,
    parse_orders_field,
    sale_field,
)
from reports.account_figures import (
    AccountFigures,
    AccountNames,
    read_accounts,
    read_best_campaigns,
    read_run_state,
)
from state.events import STATUSES
from state.ledger import CONTACT_UNKNOWN, REFUNDED
from state.money import digits
from state.settings import EVENTS

_METRIC_OF: Final = {
    PURCHASES: names.PURCHASES,
    REVENUE: names.REVENUE,
    EXPECTED_PURCHASES: names.EXPECTED_PURCHASES,
    EXPECTED_REVENUE: names.EXPECTED_REVENUE,
}
_AMOUNTS: Final = {names.ORDER_AMOUNT.name, names.REVENUE.name, names.EXPECTED_REVENUE.name, names.REFUNDED_AMOUNT.name}
"""Those of `_Sums` that are money."""
_SUMMED: Final = (
    names.ORDERS,
    names.ORDER_AMOUNT,
    *_METRIC_OF.values(),
    names.REFUNDED_AMOUNT,
    names.UNKNOWN_CONTACT_ORDERS,
    names.MESSAGES,
)

_LOG: Final = structlog.get_logger("metrics")


class MoneyMetrics:
    """What Redis shows of all accounts, whoever asks."""

    def __init__(self, client: redis.Redis, limits: MoneyLimits, now_ms: Callable[[], int] = wall_clock_ms) -> None:
        self._client, self._limits, self._now_ms = client, limits, now_ms
        self._names = AccountNames(client)
        self._lock = threading.Lock()
        self._is_away = False

    def families(self) -> Iterable[Family]:
        """All of it as it stands; nothing while Redis is away."""
        with self._lock:
            try:
                families = list(self._read())
            except redis.RedisError as error:
                if not self._is_away:
                    _LOG.warning("the money is not measured: redis is away", error=str(error))
                self._is_away = True
                return []
            self._is_away = False
            return families

    def _read(self) -> Iterator[Family]:
        run = read_run_state(self._client)
        accounts = list(read_accounts(self._client, self._names.read()))
        own = self._with_own_series(accounts)
        as_of: dict[Labels, float] = {}
        for figures in accounts:
            labels = (_shown(figures, own),)
            as_of[labels] = max(figures.as_of_ms / 1_000, as_of.get(labels, 0.0))
        yield gauge(names.AS_OF, as_of)
        yield gauge(names.ACCOUNT_CATCHING_UP, dict.fromkeys(as_of, float(run.catching_up)))
        if not run.is_whole:
            return
        sums = _Sums()
        for figures in accounts:
            sums.add(_shown(figures, own), figures)
        yield from sums.families()
        if self._limits.campaigns:
            yield self._campaigns(figures for figures in accounts if figures.account in own)

    def _with_own_series(self, accounts: list[AccountFigures]) -> set[str]:
        most = nsmallest(self._limits.accounts_max, accounts, key=lambda one: (-one.orders, one.account))
        # An account of that very name is one of the rest.
        return {figures.account for figures in most} - {names.OTHER_ACCOUNTS}

    def _campaigns(self, accounts: Iterable[AccountFigures]) -> Family:
        best = read_best_campaigns(self._client, accounts, self._limits.campaigns, self._now_ms())
        samples: dict[Labels, float] = {
            (account, one.channel, one.campaign, one.currency): _major(one.revenue, one.currency)
            for account, campaigns in best
            for one in campaigns
        }
        return gauge(names.CAMPAIGN_REVENUE, samples)


def _shown(figures: AccountFigures, own: set[str]) -> str:
    return figures.account if figures.account in own else names.OTHER_ACCOUNTS


class _Sums:
    """Figures by metric and labels, of which the last is the currency where there is one. Money in minor units."""

    def __init__(self) -> None:
        self._sums: dict[str, defaultdict[Labels, int]] = {metric.name: defaultdict(int) for metric in _SUMMED}

    def add(self, account: str, figures: AccountFigures) -> None:
        """One more account, under the name that it has series by. What it has none of yet is 0, so that it can grow."""
        totals = figures.totals
        channels = {parsed[0] for parsed in map(parse_channel_field, totals) if parsed}
        currencies = {parsed[1] for parsed in map(parse_orders_field, totals) if parsed} | {figures.currency}
        for currency in currencies:
            for status in STATUSES:
                self._add(names.ORDERS, (account, status, currency), totals.get(orders_field(status, currency), 0))
                self._add(
                    names.ORDER_AMOUNT, (account, status, currency), totals.get(amount_field(status, currency), 0)
                )
            self._add(names.REFUNDED_AMOUNT, (account, currency), totals.get(amount_field(REFUNDED, currency), 0))
            unknown = totals.get(orders_field(CONTACT_UNKNOWN, currency), 0)
            self._add(names.UNKNOWN_CONTACT_ORDERS, (account, currency), unknown)
            earners = [(channel, channel_prefix(channel)) for channel in channels]
            for channel, prefix in [*earners, (names.UNATTRIBUTED_CHANNEL, UNATTRIBUTED)]:
                for figure in SALES:
                    value = totals.get(sale_field(figure, currency, prefix), 0)
                    self._add(_METRIC_OF[figure], (account, channel, currency), value)
        for channel in channels:
            for event in EVENTS:
                self._add(names.MESSAGES, (account, channel, event), totals.get(channel_prefix(channel) + event, 0))

    def _add(self, metric: names.Metric, labels: Labels, value: int) -> None:
        self._sums[metric.name][labels] += value

    def families(self) -> Iterator[Family]:
        for metric in _SUMMED:
            sums = self._sums[metric.name]
            is_money = metric.name in _AMOUNTS
            yield gauge(metric, {of: _major(value, of[-1]) if is_money else value for of, value in sums.items()})


def _major(minor: int, currency: str) -> float:
    return float(minor / 10 ** digits(currency))
