"""How fast reports are read over HTTP while the stream runs: a month's campaigns report of many campaigns.

    python -m benchmarks.http_reads [--campaigns 1000] [--readers 8] [--pause-ms 0] [--rate 40000] [--seconds 20]

`lasttouch run` (one worker, from the embedded broker) and one `lasttouch serve` over one Valkey, all on this machine.
Every campaign has every figure on each of the 30 days. Each reader asks for the report as soon as it has the answer
before (or after a pause, as pages do), and for `/healthz` in between, which costs what any request costs: the ratio is
what the report adds.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import psutil
import redis
from confluent_kafka import Producer

from benchmarks.command import run_command
from benchmarks.lasttouch_runs import run_flags, start_lasttouch
from benchmarks.measured_process import MeasuredProcess, ProgramFailed
from benchmarks.month_events import ACCOUNT, DAYS, MonthEvents
from config.http_limits import PREFIX
from config.tokens_file import Role, create_token
from connectors.embedded.servers import EmbeddedKafka, EmbeddedValkey
from connectors.kafka.client import client_config
from connectors.kafka.ingest import ingest_lines
from connectors.kafka.topics import TopicNames
from connectors.view.layout import total_key

_SEED: Final = 1
_MAY_BE_0: Final = ("rate", "pause_ms")
_BATCH_S: Final = 0.02
_LINES_PER_RECORD: Final = 50
_SETTLE_S: Final = 5.0
_PATIENCE_S: Final = 180.0
_HEALTH: Final = "/healthz"
_NO_LIMIT: Final = {PREFIX + "REQUESTS_PER_MINUTE": "1000000"}
"""Of requests: readers ask as fast as they are answered."""


class _Times(NamedTuple):
    """Seconds from a question to the end of its answer."""

    reports: list[float]
    health: list[float]


@dataclass(slots=True)
class Measured:
    """What a measurement brought."""

    reports: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    answer_bytes: int = 0
    seconds: float = 0.0
    touches: int = 0
    """Counted by the stream in that time."""
    serve_cpu_s: float = 0.0
    load: float = 0.0
    """Average number of processes that wanted to run, of the whole machine."""


class Reader(threading.Thread):
    """Asks again and again until it is told to stop."""

    def __init__(self, url: str, token: str, path: str, pause_s: float, ending: threading.Event) -> None:
        super().__init__(daemon=True)
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._path, self._pause_s, self._ending = path, pause_s, ending
        self.times = _Times([], [])
        self.answer_bytes = 0
        self.failure: str | None = None

    def run(self) -> None:
        """Ask for the report and the health in turns."""
        while not self._ending.is_set():
            for path, times in ((self._path, self.times.reports), (_HEALTH, self.times.health)):
                began = time.perf_counter()
                self._connection.request("GET", path, headers=self._headers)
                answer = self._connection.getresponse()
                body = answer.read()
                times.append(time.perf_counter() - began)
                if answer.status != 200:
                    self.failure = f"{path} answered {answer.status}: {body[:200]!r}"
                    return
                self.answer_bytes = max(self.answer_bytes, len(body))
            self._ending.wait(self._pause_s)


def produce_live(campaigns: int, rate: int, bootstrap_servers: str, ending: Event) -> None:
    """Events at a rate, many a record, until it is told to stop: a process of its own."""
    events, topics = MonthEvents(campaigns, _SEED + 1), TopicNames()
    producer = Producer(client_config(bootstrap_servers, "load", {"linger.ms": "5"}))
    began, produced = time.perf_counter(), 0
    while not ending.wait(_BATCH_S):
        due = int((time.perf_counter() - began) * rate) - produced
        lines = list(events.lines(due))
        produced += due
        for start in range(0, due, _LINES_PER_RECORD):
            producer.produce(topics.touches, b"\n".join(lines[start : start + _LINES_PER_RECORD]))
        producer.poll(0)
    producer.flush()


def measure(campaigns: int, readers: int, pause_ms: int, rate: int, seconds: int) -> Measured:
    """Start everything, measure, end everything. Raises `Unavailable`. `rate` 0: the stream rests."""
    events = MonthEvents(campaigns, _SEED)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lasttouch-reads-")))
        valkey, broker = stack.enter_context(EmbeddedValkey()), stack.enter_context(EmbeddedKafka())
        client = stack.enter_context(redis.Redis.from_url(valkey.url))
        ingest_lines(list(events.history()), broker.bootstrap_servers, names=TopicNames())
        arguments = ["run", *run_flags(valkey, folder), "--kafka-bootstrap-servers", broker.bootstrap_servers]
        run = stack.enter_context(start_lasttouch("run", arguments, folder))
        _await_history(client, campaigns * DAYS, run)
        tokens = folder / "tokens.toml"
        given = [create_token(tokens, account=ACCOUNT, role=Role.ADMIN) for _ in range(readers)]
        arguments = ["serve", "--port", "0", "--redis-url", valkey.url, "--tokens", str(tokens)]
        server = stack.enter_context(start_lasttouch("serve", arguments, folder, _NO_LIMIT))
        url = _await_url(folder / "serve.out", server)
        if rate:
            context = multiprocessing.get_context("spawn")
            no_more = context.Event()
            load = context.Process(
                target=produce_live, args=(campaigns, rate, broker.bootstrap_servers, no_more), daemon=True
            )
            load.start()
            stack.callback(load.join)
            stack.callback(no_more.set)
        time.sleep(_SETTLE_S)
        measured = _read(url, given, client, pause_ms / 1_000, seconds)
        server.ask_to_end()
        server.wait()
    return measured


def _read(url: str, tokens: Sequence[str], client: redis.Redis, pause_s: float, seconds: int) -> Measured:
    ending, measured = threading.Event(), Measured()
    readers = [Reader(url, token, _report_path(), pause_s, ending) for token in tokens]
    counted, cpu_s, began = _counted(client), _serve_cpu_s(), time.perf_counter()
    for reader in readers:
        reader.start()
    time.sleep(seconds)
    measured.seconds = time.perf_counter() - began
    measured.touches, measured.serve_cpu_s = _counted(client) - counted, _serve_cpu_s() - cpu_s
    measured.load = psutil.getloadavg()[0]
    ending.set()
    for reader in readers:
        reader.join()
        if reader.failure is not None:
            raise ProgramFailed(f"serve: {reader.failure}")
        measured.reports += reader.times.reports
        measured.health += reader.times.health
        measured.answer_bytes = max(measured.answer_bytes, reader.answer_bytes)
    return measured


def _report_path() -> str:
    today = datetime.now(UTC).date()
    return f"/v1/reports/campaigns?from={today - timedelta(DAYS - 1)}&to={today}"


def _counted(client: redis.Redis) -> int:
    counts = client.hmget(total_key(ACCOUNT), ["sent", "delivered", "opened", "clicked"])
    return sum(int(count or 0) for count in counts)


def _await_history(client: redis.Redis, count: int, run: MeasuredProcess) -> None:
    until = time.perf_counter() + _PATIENCE_S
    wanted = {b"sent": count, b"purchases:EUR": count, b"expected_purchases:EUR": count}
    while any(int(client.hget(total_key(ACCOUNT), field) or 0) < number for field, number in wanted.items()):
        if run.has_ended() or time.perf_counter() > until:
            raise ProgramFailed(f"lasttouch has not counted {count:,} messages and orders within {_PATIENCE_S:g} s")
        time.sleep(0.1)


def _await_url(out: Path, server: MeasuredProcess) -> str:
    until = time.perf_counter() + _PATIENCE_S
    while not (said := out.read_text()).endswith("\n"):
        if server.has_ended() or time.perf_counter() > until:
            raise ProgramFailed("serve has not said where it listens")
        time.sleep(0.05)
    return said.strip()


def _serve_cpu_s() -> float:
    children = psutil.Process().children(recursive=True)
    return sum(sum(child.cpu_times()[:2]) for child in children if "serve" in child.cmdline())


def report(measured: Measured) -> str:
    """A table, and what it is of."""
    reports, health = _percentiles(measured.reports), _percentiles(measured.health)
    asked = f"{len(measured.reports):,}"
    ratios = [report / other for report, other in zip(reports, health, strict=True)]
    return "\n".join(
        [
            "| asked for | answers | p50 ms | p99 ms | max ms |",
            "| --- | --- | --- | --- | --- |",
            f"| the campaigns report | {asked} | {' | '.join(f'{1_000 * each:,.1f}' for each in reports)} |",
            f"| {_HEALTH} | {asked} | {' | '.join(f'{1_000 * each:,.1f}' for each in health)} |",
            f"| ratio | | {' | '.join(f'× {ratio:,.1f}' for ratio in ratios)} |",
            "",
            _beside(measured),
        ]
    )


def _beside(measured: Measured) -> str:
    asked = len(measured.reports)
    per_second, cpu_ms = asked / measured.seconds, 1_000 * measured.serve_cpu_s / asked
    return (
        f"{per_second:,.0f} reports/s of {measured.answer_bytes / 1_000:,.0f} kB beside"
        f" {measured.touches / measured.seconds:,.0f} touches/s; serve took {cpu_ms:,.1f} ms of CPU a report;"
        f" load average {measured.load:.1f}."
    )


def _percentiles(times: Sequence[float]) -> list[float]:
    ranked = sorted(times)
    return [ranked[int(share * (len(ranked) - 1))] for share in (0.5, 0.99, 1)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http_reads", description=__doc__.partition("\n")[0])
    parser.add_argument("--campaigns", type=int, default=1_000, help="(default: %(default)s)")
    parser.add_argument("--readers", type=int, default=8, help="(default: %(default)s)")
    parser.add_argument("--pause-ms", type=int, default=0, help="of a reader between reports (default: %(default)s)")
    parser.add_argument("--rate", type=int, default=40_000, help="events a second; 0: none (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=20, help="how long (default: %(default)s)")
    return run_command(parser, arguments, measure, report, may_be_0=_MAY_BE_0)


if __name__ == "__main__":
    sys.exit(main())
