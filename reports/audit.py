"""The audit: the counters recomputed from the order rows and compared, and the ledger's identity checked (contract §7).

Channels and unattributed are together what was delivered, and what is expected of them what is on the way; so are the
hours of a day. Per currency, on every day and over all days.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

import msgspec
import redis

from connectors.view import layout
from connectors.view.layout import text_of
from reports.account import AccountView
from reports.period import Period, days_with_data
from reports.reading import (
    CAMPAIGN_HASHES_PER_TRIP,
    DAY_HASHES_PER_TRIP,
    Hash,
    add_up,
    batches,
    read_hashes,
)
from reports.recount import is_of_orders, recount
from state.events import DELIVERED, ON_THE_WAY
from state.ledger import HOUR
from state.times import day_text
from state.totals import ALL_DAYS

DIFFERENCES_SHOWN_MAX: Final = 1_000
PASSES_MAX: Final = 5
SETTLE_S: Final = 1.0
"""A row is in Redis up to so long before its counters are; what differs is looked at again after it."""
_CAMPAIGNS_PER_TRIP: Final = 1_000


class Difference(msgspec.Struct, frozen=True, order=True):
    """A figure that is not what it has to be; numbers as Redis holds them (money in minor units)."""

    key: str
    field: str
    """Of the hash at `key`; for the identity, the sum that is `found` and has to be that of the orders' statuses."""
    expected: int
    found: int


class AuditReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an audit of some days found."""

    account: str
    from_: str = msgspec.field(name="from")
    to: str
    equal: bool
    days: int
    """Days with any data."""
    expired: list[str]
    """Those of them whose rows have left (retention): not recounted, and not wrong (contract §8)."""
    orders: int
    """Rows counted."""
    figures: int
    """Counters compared."""
    totals: bool
    """Whether the figures over all days were compared too: the period covers all of them."""
    differing: int
    differences: list[Difference]
    """The first `DIFFERENCES_SHOWN_MAX` of them."""
    moving: bool
    """Whether figures changed while they were read, so that differences may be of the moment only."""
    as_of: str | None
    catching_up: bool


@dataclass(frozen=True, slots=True)
class _Audited:
    """What one look at some keys found."""

    differences: tuple[Difference, ...]
    figures: int
    orders: int = 0


def read_audit(client: redis.Redis, view: AccountView, period: Period) -> AuditReport:
    """Audit the days of a period. Reads every order row of it, in bounded memory."""
    account = view.account
    days = days_with_data(client, account, period)
    expired = [day for day in days if view.rows_from is not None and day < view.rows_from]

    def look(at: Iterable[int]) -> dict[int, _Audited]:
        return {day: _audit_day(client, view, day, has_rows=day not in expired) for day in at}

    audited, moving = _settled(look, days)
    covers_all = bool(days) and client.zcard(layout.days_key(account)) == len(days)
    if covers_all:
        of_days = [difference for one in audited for difference in one.differences]

        def look_at_totals(at: Iterable[int]) -> dict[int, _Audited]:
            return {place: _audit_totals(client, account, days, of_days) for place in at}

        totals, moved = _settled(look_at_totals, [ALL_DAYS])
        audited += totals
        moving = moving or moved
    differences = sorted(difference for one in audited for difference in one.differences)
    return AuditReport(
        account=account,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        equal=not differences,
        days=len(days),
        expired=[day_text(day) for day in expired],
        orders=sum(one.orders for one in audited),
        figures=sum(one.figures for one in audited),
        totals=covers_all,
        differing=len(differences),
        differences=list(islice(differences, DIFFERENCES_SHOWN_MAX)),
        moving=moving and bool(differences),
        as_of=view.as_of,
        catching_up=view.catching_up,
    )


def _settled(look: Callable[[Iterable[int]], dict[int, _Audited]], days: list[int]) -> tuple[list[_Audited], bool]:
    """Each day's audit, and whether figures were still changing. A live stream's rows are ahead of its counters."""
    audited = look(days)
    for _ in range(PASSES_MAX):
        doubtful = [day for day, one in audited.items() if one.differences]
        if not doubtful:
            return list(audited.values()), False
        time.sleep(SETTLE_S)
        again = look(doubtful)
        rests = all(again[day] == audited[day] for day in doubtful)
        audited |= again
        if rests:
            return list(audited.values()), False
    return list(audited.values()), True


def _audit_day(client: redis.Redis, view: AccountView, day: int, *, has_rows: bool) -> _Audited:
    account = view.account
    keys = layout.day_key(account, day), layout.campaigns_key(account, day)
    pipeline = client.pipeline(transaction=True)
    for key in keys:
        pipeline.hgetall(key)
    found = [_numbers(values) for values in pipeline.execute()]
    unbalanced = list(_unbalanced(keys[0], found[0], has_hours=True))
    if not has_rows:
        return _Audited(tuple(unbalanced), 0)
    counted = recount(client, account, day, view.time_zone)
    expected = (counted.day, counted.campaigns)
    compared = [
        _compared(key, right, {name: value for name, value in there.items() if is_of_orders(name)})
        for key, right, there in zip(keys, expected, found, strict=True)
    ]
    differences = [difference for one in compared for difference in one.differences]
    return _Audited((*differences, *unbalanced), sum(one.figures for one in compared), counted.orders)


def _audit_totals(client: redis.Redis, account: str, days: list[int], of_days: list[Difference]) -> _Audited:
    """The figures over all days against the sums of the days, each day as its rows say it has to be."""
    key = layout.total_key(account)
    of_all_days = _sums(client, [layout.day_key(account, day) for day in days], DAY_HASHES_PER_TRIP, of_days)
    expected = {name: value for name, value in of_all_days.items() if not name.startswith(HOUR)}
    there = _numbers(client.hgetall(key))
    compared = [_compared(key, expected, there), _Audited(tuple(_unbalanced(key, there, has_hours=False)), 0)]
    campaign_keys = [layout.campaigns_key(account, day) for day in days]
    compared += _audit_campaigns(client, account, _sums(client, campaign_keys, CAMPAIGN_HASHES_PER_TRIP, of_days))
    differences = tuple(difference for one in compared for difference in one.differences)
    return _Audited(differences, sum(one.figures for one in compared))


def _sums(client: redis.Redis, keys: list[str], per_trip: int, of_days: list[Difference]) -> Mapping[str, int]:
    """The hashes added up, each as it has to be."""
    sums = Counter(add_up(read_hashes(client, keys, per_trip)))
    wanted = frozenset(keys)
    for one in of_days:
        if one.key in wanted and not _is_identity(one.field):
            sums[one.field] += one.expected - one.found
    return sums


def _audit_campaigns(client: redis.Redis, account: str, sums: Mapping[str, int]) -> Iterator[_Audited]:
    """Every campaign's own key, those that no day knows of too."""
    expected: dict[str, Counter[str]] = {}
    for name, value in sums.items():
        channel, campaign, figure = layout.parse_campaign_field(name)
        own = figure.name if figure.currency is None else f"{figure.name}:{figure.currency}"
        expected.setdefault(layout.campaign_key(account, channel, campaign), Counter())[own] = value
    pattern = layout.account_tag(account) + "campaign:*"
    there = map(text_of, client.scan_iter(match=pattern, count=_CAMPAIGNS_PER_TRIP))
    for keys in batches(sorted({*expected, *there}), _CAMPAIGNS_PER_TRIP):
        for key, values in zip(keys, read_hashes(client, keys, _CAMPAIGNS_PER_TRIP), strict=True):
            yield _compared(key, expected.get(key, Counter()), _numbers(values))


def _compared(key: str, expected: Mapping[str, int], found: Mapping[str, int]) -> _Audited:
    names = {name for name, value in expected.items() if value} | found.keys()
    differences = (
        Difference(key, name, expected.get(name, 0), found.get(name, 0))
        for name in names
        if expected.get(name, 0) != found.get(name, 0)
    )
    return _Audited(tuple(sorted(differences)), len(names))


def _unbalanced(key: str, found: Mapping[str, int], *, has_hours: bool) -> Iterator[Difference]:
    """Where the ledger's identity does not hold in a day's or the total hash; `has_hours`: a day's."""
    of_channels: Counter[tuple[str, str]] = Counter()
    of_hours: Counter[tuple[str, str]] = Counter()
    for name, value in found.items():
        of_channel = layout.parse_channel_field(name)
        if of_channel is not None and of_channel[1].currency is not None:
            of_channels[of_channel[1].name, of_channel[1].currency] += value
        elif name.startswith(HOUR):
            *_, figure, currency = name.split(":")
            of_hours[figure, currency] += value
    for currency in sorted({name.rpartition(":")[2] for name in found if is_of_orders(name)}):
        for figure, fields in _dues(currency):
            due = sum(found.get(field, 0) for field in fields)
            unattributed = layout.sale_field(figure, currency, layout.UNATTRIBUTED)
            sold = of_channels[figure, currency] + found.get(unattributed, 0)
            sums = {f"channel:*:{figure}:{currency} + {unattributed}": sold}
            if has_hours:
                sums[f"hour:*:{figure}:{currency} + hour:*:{unattributed}"] = of_hours[figure, currency]
            yield from (Difference(key, name, due, total) for name, total in sums.items() if total != due)


def _dues(currency: str) -> Iterator[tuple[str, list[str]]]:
    """(figure of sales, the fields of the orders' statuses whose sum it has to be)."""
    for figures, statuses in (
        ((layout.PURCHASES, layout.REVENUE), (DELIVERED,)),
        ((layout.EXPECTED_PURCHASES, layout.EXPECTED_REVENUE), ON_THE_WAY),
    ):
        for figure, field in zip(figures, (layout.orders_field, layout.amount_field), strict=True):
            yield figure, [field(status, currency) for status in statuses]


def _is_identity(name: str) -> bool:
    return " " in name


def _numbers(values: Hash) -> dict[str, int]:
    return {text_of(name): int(value) for name, value in values.items()}
