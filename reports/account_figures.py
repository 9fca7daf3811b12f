"""What all accounts show over all days, for metrics: read from the view, in minor units."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from heapq import nsmallest
from typing import Final, NamedTuple

import redis

from connectors.view.layout import (
    AS_OF,
    CATCHING_UP,
    CURRENCY,
    PREFIX,
    REVENUE,
    RUN_KEY,
    TIME_ZONE,
    account_key,
    account_of,
    campaign_key,
    campaigns_key,
    parse_campaign_field,
    parse_orders_field,
    sale_field,
    text_of,
    texts_of,
    total_key,
)
from connectors.view.run_status import BUILDING
from reports.reading import CAMPAIGN_HASHES_PER_TRIP, batches, read_fields
from state.events import STATUSES
from state.times import day_of, parse_time

_SCAN_COUNT: Final = 5_000
_ACCOUNTS_PER_TRIP: Final = 200
_SCAN_SHARE: Final = 0.02
"""Of the time, at most so much goes into looking for accounts."""


class RunState(NamedTuple):
    """What the run says of the view."""

    catching_up: bool
    is_whole: bool
    """False: the view is new, and is still being built."""


class AccountFigures(NamedTuple):
    """An account over all days."""

    account: str
    currency: str
    time_zone: str
    as_of_ms: int
    totals: Mapping[str, int]
    """The fields of `connectors.view.layout.total_key`."""

    @property
    def orders(self) -> int:
        """Orders in any status and currency."""
        parsed = ((parse_orders_field(field), count) for field, count in self.totals.items())
        return sum(count for of, count in parsed if of is not None and of[0] in STATUSES)


class CampaignRevenue(NamedTuple):
    """What a campaign earned over all days."""

    channel: str
    campaign: str
    currency: str
    revenue: int


def read_run_state(client: redis.Redis) -> RunState:
    """One round trip."""
    catching_up, building = client.hmget(RUN_KEY, (CATCHING_UP, BUILDING))
    return RunState(
        catching_up=catching_up is not None and text_of(catching_up) == "1",
        is_whole=building is None or text_of(building) != "1",
    )


class AccountNames:
    """All accounts that the view has; looked for seldom where that takes long."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._names: list[str] = []
        self._look_at_s = 0.0

    def read(self) -> list[str]:
        """Sorted. Raises what the client raises."""
        began_s = time.monotonic()
        if began_s >= self._look_at_s:
            keys = map(text_of, self._client.scan_iter(match=f"{PREFIX}{{*}}:account", count=_SCAN_COUNT))
            # A campaign, too, may be called so.
            self._names = sorted({account_of(key) for key in keys if key == account_key(account_of(key))})
            ended_s = time.monotonic()
            self._look_at_s = ended_s + (ended_s - began_s) / _SCAN_SHARE
        return self._names


def read_accounts(client: redis.Redis, names: Iterable[str]) -> Iterator[AccountFigures]:
    """These accounts, those that are gone left out."""
    for batch in batches(names, _ACCOUNTS_PER_TRIP):
        pipeline = client.pipeline(transaction=False)
        for name in batch:
            pipeline.hmget(account_key(name), (CURRENCY, TIME_ZONE, AS_OF))
            pipeline.hgetall(total_key(name))
        answers = iter(pipeline.execute())
        for name, (currency, time_zone, as_of), totals in zip(batch, answers, answers, strict=True):
            if None not in {currency, time_zone, as_of}:
                numbers = {field: int(value) for field, value in texts_of(totals).items()}
                as_of_ms = parse_time(text_of(as_of))
                yield AccountFigures(name, text_of(currency), text_of(time_zone), as_of_ms, numbers)


def read_best_campaigns(
    client: redis.Redis, accounts: Iterable[AccountFigures], most: int, now_ms: int
) -> Iterator[tuple[str, list[CampaignRevenue]]]:
    """(account, the `most` campaigns of each currency that earn most on the account's day, with all they ever earned).

    The day is that of the newest event counted, or today's if that lies ahead.
    """
    for batch in batches(accounts, CAMPAIGN_HASHES_PER_TRIP):
        days = [day_of(min(account.as_of_ms, now_ms), account.time_zone) for account in batch]
        pipeline = client.pipeline(transaction=False)
        for account, day in zip(batch, days, strict=True):
            pipeline.hgetall(campaigns_key(account.account, day))
        for account, fields in zip(batch, pipeline.execute(), strict=True):
            yield account.account, list(_over_all_days(client, account.account, _best(texts_of(fields), most)))


def _best(fields: Mapping[str, str], most: int) -> list[tuple[str, str, str]]:
    """(channel, campaign, currency), of each currency those that earn most."""
    earned: dict[str, Counter[tuple[str, str]]] = {}
    for field, value in fields.items():
        channel, campaign, (name, currency) = parse_campaign_field(field)
        if name == REVENUE and currency is not None:
            earned.setdefault(currency, Counter())[channel, campaign] = int(value)
    best = ((currency, nsmallest(most, of, key=lambda one: (-of[one], one))) for currency, of in earned.items())
    return [(*one, currency) for currency, ones in best for one in ones]


def _over_all_days(
    client: redis.Redis, account: str, campaigns: list[tuple[str, str, str]]
) -> Iterator[CampaignRevenue]:
    currencies = sorted({currency for *_, currency in campaigns})
    keys = [campaign_key(account, channel, campaign) for channel, campaign, _ in campaigns]
    earned = read_fields(client, keys, [sale_field(REVENUE, currency) for currency in currencies])
    for (channel, campaign, currency), revenues in zip(campaigns, earned, strict=True):
        yield CampaignRevenue(channel, campaign, currency, revenues[currencies.index(currency)])
