"""How fast reports are read over HTTP while the stream runs: a month's campaigns report of many campaigns.

    python -m benchmarks.http_reads [--campaigns 1000] [--readers 8] [--every-ms 1000] [--rate 0] [--seconds 20]
        [--apache] [--at-rest]

`lasttouch run` (one worker, from the embedded broker or Apache Kafka) and one `lasttouch serve` over one Valkey, all on
this machine. Every campaign has every figure on each of the 30 days. Events come at half the rate at which the stream
reads a backlog of the same kind, or at `--rate`. The server has been asked once before.

Measured twice: readers whose questions are due at random moments, `--every-ms` apart on average; then readers that ask
as soon as they are answered, and for `/healthz` in between, which costs what any request costs: the ratio is what the
report adds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

import psutil
import redis
from confluent_kafka import Producer

from benchmarks.command import run_command
from benchmarks.cpu_shares import cpu_shares
from benchmarks.lasttouch_runs import run_flags, start_lasttouch, started_broker
from benchmarks.measured_process import MeasuredProcess, ProgramFailed
from benchmarks.month_events import ACCOUNT, DAYS, MonthEvents
from benchmarks.report_readers import Reader, ask_once
from config.http_limits import PREFIX
from config.tokens_file import Role, create_token
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.client import client_config
from connectors.kafka.ingest import ingest_lines
from connectors.kafka.topics import TopicNames
from connectors.view.layout import total_key

_SEED: Final = 1
_BACKLOG: Final = 300_000
"""Events that are read as fast as they can be, to know what half of that is."""
_BATCH_S: Final = 0.02
_LINES_PER_RECORD: Final = 50
_SETTLE_S: Final = 5.0
_PATIENCE_S: Final = 180.0
_HEALTH: Final = "/healthz"
_NO_LIMIT: Final = {PREFIX + "REQUESTS_PER_MINUTE": "1000000"}
"""Of requests: readers ask as fast as they are answered."""


@dataclass(slots=True)
class Measured:
    """What readers of one kind saw."""

    readers: str
    """How they asked."""
    reports: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    answer_bytes: int = 0
    seconds: float = 0.0
    touches: int = 0
    """Counted by the stream in that time."""
    rate: int = 0
    """Events a second that were produced."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Of one core: what each process took."""
    load: float = 0.0
    """Average number of processes that wanted to run, of the whole machine."""


def produce_live(campaigns: int, rate: int, bootstrap_servers: str, ending: Event) -> None:
    """Events at a rate, many a record, until it is told to stop: a process of its own."""
    events, producer = MonthEvents(campaigns, _SEED + 1), _producer(bootstrap_servers)
    began, produced = time.perf_counter(), 0
    while not ending.wait(_BATCH_S):
        due = int((time.perf_counter() - began) * rate) - produced
        _produce(producer, list(events.lines(due)))
        produced += due
    producer.flush()


def measure(
    campaigns: int,
    readers: int,
    every_ms: int,
    rate: int,
    seconds: int,
    *,
    apache: bool = False,
    at_rest: bool = False,
) -> list[Measured]:
    """Start everything, measure, end everything. Raises `Unavailable`. `rate` 0: half of what the stream can do."""
    events = MonthEvents(campaigns, _SEED)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lasttouch-reads-")))
        valkey, broker = stack.enter_context(EmbeddedValkey()), stack.enter_context(started_broker(apache=apache))
        client = stack.enter_context(redis.Redis.from_url(valkey.url))
        ingest_lines(list(events.history()), broker.bootstrap_servers, names=TopicNames())
        arguments = ["run", *run_flags(valkey, folder), "--kafka-bootstrap-servers", broker.bootstrap_servers]
        run = stack.enter_context(start_lasttouch("run", arguments, folder))
        _await_history(client, campaigns * DAYS, run)
        if not (rate or at_rest):
            rate = _backlog_rate(client, campaigns, broker.bootstrap_servers, run) // 2
        tokens = folder / "tokens.toml"
        given = [create_token(tokens, account=ACCOUNT, role=Role.ADMIN) for _ in range(readers)]
        arguments = ["serve", "--port", "0", "--redis-url", valkey.url, "--tokens", str(tokens)]
        server = stack.enter_context(start_lasttouch("serve", arguments, folder, _NO_LIMIT))
        url = _await_url(folder / "serve.out", server)
        pids = {"serve": server.pid, "run": run.pid, "broker": broker.pid, "Redis": valkey.pid, "readers": os.getpid()}
        if not at_rest:
            pids["producer"] = stack.enter_context(_producing(campaigns, rate, broker.bootstrap_servers))
        ask_once(url, given[0], _report_path())
        time.sleep(_SETTLE_S)
        found = []
        for how, paths, every_s in (
            (f"each every {every_ms:,} ms", [_report_path()], every_ms / 1_000),
            ("without a pause", [_report_path(), _HEALTH], 0.0),
        ):
            ending = threading.Event()
            asking = [Reader(url, token, paths, ending, seed, every_s) for seed, token in enumerate(given)]
            with cpu_shares(pids) as shares:
                measured = _watch(asking, ending, client, seconds)
            measured.readers, measured.rate, measured.shares = f"{readers} readers, {how}", rate, shares
            found.append(measured)
        server.ask_to_end()
        server.wait()
    return found


def _watch(readers: Sequence[Reader], ending: threading.Event, client: redis.Redis, seconds: int) -> Measured:
    measured, counted, began = Measured(""), _counted(client), time.perf_counter()
    for reader in readers:
        reader.start()
    time.sleep(seconds)
    measured.seconds, measured.touches = time.perf_counter() - began, _counted(client) - counted
    measured.load = psutil.getloadavg()[0]
    ending.set()
    for reader in readers:
        reader.join()
        if reader.failure is not None:
            raise ProgramFailed(f"serve: {reader.failure}")
        for path, times in reader.times.items():
            (measured.health if path == _HEALTH else measured.reports).extend(times)
        measured.answer_bytes = max(measured.answer_bytes, reader.answer_bytes)
    return measured


@contextmanager
def _producing(campaigns: int, rate: int, bootstrap_servers: str) -> Iterator[int | None]:
    """Yields the process that produces."""
    context = multiprocessing.get_context("spawn")
    ending = context.Event()
    load = context.Process(target=produce_live, args=(campaigns, rate, bootstrap_servers, ending), daemon=True)
    load.start()
    try:
        yield load.pid
    finally:
        ending.set()
        load.join()


def _backlog_rate(client: redis.Redis, campaigns: int, bootstrap_servers: str, run: MeasuredProcess) -> int:
    """Events a second that the stream reads and shows where more are always waiting."""
    lines = list(MonthEvents(campaigns, _SEED + 2).lines(_BACKLOG))
    awaited = _counted(client) + sum(line.startswith(b'{"type":"touch"') for line in lines)
    producer, began = _producer(bootstrap_servers), time.perf_counter()
    _produce(producer, lines)
    producer.flush()
    _await(lambda: _counted(client) >= awaited, f"lasttouch has not counted {awaited:,} touches", run)
    return int(_BACKLOG / (time.perf_counter() - began))


def _producer(bootstrap_servers: str) -> Producer:
    return Producer(client_config(bootstrap_servers, "load", {"linger.ms": "5"}))


def _produce(producer: Producer, lines: Sequence[bytes]) -> None:
    topic = TopicNames().touches
    for start in range(0, len(lines), _LINES_PER_RECORD):
        producer.produce(topic, b"\n".join(lines[start : start + _LINES_PER_RECORD]))
    producer.poll(0)


def _report_path() -> str:
    today = datetime.now(UTC).date()
    return f"/v1/reports/campaigns?from={today - timedelta(DAYS - 1)}&to={today}"


def _counted(client: redis.Redis) -> int:
    counts = client.hmget(total_key(ACCOUNT), ["sent", "delivered", "opened", "clicked"])
    return sum(int(count or 0) for count in counts)


def _await_history(client: redis.Redis, count: int, run: MeasuredProcess) -> None:
    wanted = {b"sent": count, b"purchases:EUR": count, b"expected_purchases:EUR": count}

    def is_counted() -> bool:
        return all(int(client.hget(total_key(ACCOUNT), field) or 0) >= number for field, number in wanted.items())

    _await(is_counted, f"lasttouch has not counted {count:,} messages and orders", run)


def _await_url(out: Path, server: MeasuredProcess) -> str:
    _await(lambda: out.read_text().endswith("\n"), "serve has not said where it listens", server)
    return out.read_text().strip()


def _await(is_so: Callable[[], bool], otherwise: str, process: MeasuredProcess) -> None:
    until = time.perf_counter() + _PATIENCE_S
    while not is_so():
        if process.has_ended() or time.perf_counter() > until:
            raise ProgramFailed(f"{otherwise} within {_PATIENCE_S:g} s")
        time.sleep(0.05)


def report(found: Sequence[Measured]) -> str:
    """Tables, and what they are of."""
    return "\n\n".join(map(_table, found))


def _table(measured: Measured) -> str:
    asked = f"{len(measured.reports):,}"
    reports = _percentiles(measured.reports)
    rows = [f"| the campaigns report | {asked} | {' | '.join(f'{1_000 * each:,.1f}' for each in reports)} |"]
    if measured.health:
        health = _percentiles(measured.health)
        ratios = [report / other for report, other in zip(reports, health, strict=True)]
        rows += [
            f"| {_HEALTH} | {asked} | {' | '.join(f'{1_000 * each:,.1f}' for each in health)} |",
            f"| ratio | | {' | '.join(f'× {ratio:,.1f}' for ratio in ratios)} |",
        ]
    heads = ["| asked for | answers | p50 ms | p95 ms | p99 ms | max ms |", "| --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*heads, *rows, "", _beside(measured)])


def _beside(measured: Measured) -> str:
    asked = len(measured.reports)
    cpu_ms = 1_000 * measured.shares["serve"] * measured.seconds / asked
    shares = ", ".join(f"{name} {share:.0%}" for name, share in measured.shares.items())
    per_second, touches = asked / measured.seconds, measured.touches / measured.seconds
    return (
        f"{measured.readers}: {per_second:,.0f} reports/s of {measured.answer_bytes / 1_000:,.0f} kB beside"
        f" {measured.rate:,} events/s, of which {touches:,.0f} touches/s were counted; serve took {cpu_ms:,.1f} ms of"
        f" CPU a report. Of a core: {shares}; load average {measured.load:.1f}."
    )


def _percentiles(times: Sequence[float]) -> list[float]:
    ranked = sorted(times)
    return [ranked[int(share * (len(ranked) - 1))] for share in (0.5, 0.95, 0.99, 1)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http_reads", description=__doc__.partition("\n")[0])
    parser.add_argument("--campaigns", type=int, default=1_000, help="(default: %(default)s)")
    parser.add_argument("--readers", type=int, default=8, help="(default: %(default)s)")
    apart = "between questions of a reader, on average (default: %(default)s)"
    parser.add_argument("--every-ms", type=int, default=1_000, help=apart)
    rate = "events a second; 0: half of what the stream can do (default: %(default)s)"
    parser.add_argument("--rate", type=int, default=0, help=rate)
    parser.add_argument("--seconds", type=int, default=20, help="of each kind of reader (default: %(default)s)")
    parser.add_argument("--apache", action="store_true", help="a real Apache Kafka (needs Java 17 and Maven)")
    parser.add_argument("--at-rest", action="store_true", help="no events come")
    return run_command(parser, arguments, measure, report, may_be_0=("rate",))


if __name__ == "__main__":
    sys.exit(main())
