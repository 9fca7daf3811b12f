"""docs/metrics.md, made from `config.metric_names`: `python -m config.metrics_page > docs/metrics.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Final

from config import metric_names as names
from config.metric_names import Kind, Metric
from config.metrics_address import (
    METRICS_ACCOUNTS_MAX,
    METRICS_CAMPAIGNS,
    METRICS_HOST,
    METRICS_HOST_DEFAULT,
    METRICS_PORT,
    METRICS_PORT_DEFAULT,
    SERVE_METRICS_PORT,
    SERVE_METRICS_PORT_DEFAULT,
    MoneyLimits,
)

_WORKERS_AT: Final = f"`{METRICS_HOST_DEFAULT}`, port {METRICS_PORT_DEFAULT} + i"
_SERVER_AT: Final = f"`{METRICS_HOST_DEFAULT}`, port {SERVE_METRICS_PORT_DEFAULT}"
_INTRODUCTION: Final = f"""\
# Metrics

For Prometheus. Every process serves them at `/metrics` on a port of its own, and says `ok` at `/healthz` there.
This page is made from `config/metric_names.py`.

| process | address | set by |
| --- | --- | --- |
| worker i of `lasttouch run`, from 0 | {_WORKERS_AT} | `{METRICS_HOST}`, `{METRICS_PORT}` |
| of a cluster (`--addresses`): the processes of one machine | the same, i counted on that machine | the same |
| its supervisor | a port below the first worker's: {METRICS_PORT_DEFAULT - 1} | the same |
| `lasttouch serve` | {_SERVER_AT} | `{METRICS_HOST}`, `{SERVE_METRICS_PORT}` |

Port 0 means none. A port that was set and is taken ends the start with one line; where none was set and one is taken,
there is one warning, and nothing is served. `lasttouch run FILE` serves metrics only where a port is set. Metrics have
no password: leave them on an address that only Prometheus reaches.

No label holds a contact, an order, a message or free text. The {MoneyLimits().accounts_max:,} accounts with the most
orders (`{METRICS_ACCOUNTS_MAX}`) have series of their own; the rest are summed up as account
`{names.OTHER_ACCOUNTS}`. `{METRICS_CAMPAIGNS}`, a number, gives so many campaigns of each account and currency a
series: those with the most revenue on the day of the account's newest event.
"""
_STREAM: Final = """\
## The stream

From each worker: sum over them. Counters begin at 0 with the process; what a replay after a crash repeats is counted
again.
"""
_SUPERVISOR: Final = """\
## The supervisor
"""
_MONEY: Final = """\
## The money

From `lasttouch serve`, read from Redis at each scrape: exact, absolute, over all days, the same from every server and
right after a restart; so these are gauges, and rules look at their differences over time (take the greatest of several
servers). They are absent, never 0, until the view of a first import is whole, and while Redis is away. An account has
every status, and every channel that it has a figure of, at 0 where there is none yet.
"""
_SERVER: Final = """\
## The server
"""
_COST: Final = """\
## What they cost

Nothing is counted event by event: batches, activations and writes are. What the state holds is counted while it is
packed for the recovery store. Lag, the recovery store's size and the money are looked up at the scrape.

`make bench` sets no port, and measures none of it. With a port, 300,000 events of 30,000 contacts took 11.2 to 13.4 s
of processor time in four runs, scraped every 5 s; in four runs between them without, 10.7 to 12.8 s: no more than runs
differ. The time inside the calls that metrics add, less what taking it costs, is about 2 % of all, most of it the
counting of what the state holds, once an epoch.
"""


def metrics_page() -> str:
    """The page."""
    groups = (
        (_STREAM, names.STREAM),
        (_SUPERVISOR, names.SUPERVISOR),
        (_MONEY, names.MONEY),
        (_SERVER, names.SERVER),
    )
    parts = [f"{text}\n{_table(metrics)}" for text, metrics in groups]
    return "\n".join([_INTRODUCTION, *parts, _COST])


def _table(metrics: Iterable[Metric]) -> str:
    return "\n".join(["| name | type | labels | what |", "| --- | --- | --- | --- |", *map(_row, metrics), ""])


def _row(metric: Metric) -> str:
    labels = ", ".join(_labels(metric)) or "–"
    more = (
        f" Buckets: {', '.join(f'{bound:g}' for bound in metric.buckets)} s." if metric.kind is Kind.HISTOGRAM else ""
    )
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help}{more} |"


def _labels(metric: Metric) -> Iterator[str]:
    for label in metric.labels:
        values = metric.values.get(label)
        yield f"`{label}`" + (f" ({', '.join(values)})" if values else "")


if __name__ == "__main__":
    sys.stdout.write(metrics_page())
