"""What questions cost the stream, and how soon they are answered.

    python -m benchmarks.questions [--events 1000000] [--contacts 100000] [--askers 16] [--rounds 3] [--seconds 30]
        [--rate 0] [--apache]

`lasttouch run` reads a backlog from the embedded broker, or from Apache Kafka: one worker, epochs of 10 s, a Redis that
is empty. Once it is left alone, once a flood of explanations is asked meanwhile; in turns, the shortest of each counts.
Then events come at half the rate of the run that was left alone (or at `--rate`: the embedded broker takes most of a
core by itself), and one explanation after the other is asked, 20 a second.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Final

import redis

from benchmarks.command import run_command
from benchmarks.event_file import ACCOUNT, write_event_file
from benchmarks.lasttouch_runs import run_flags, start_lasttouch, started_broker
from benchmarks.live_load import LiveLoad, Load
from benchmarks.measured_process import MeasuredProcess, ProgramFailed
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.ingest import ingest_files
from connectors.kafka.topics import TopicNames
from connectors.questions.asking import Asker, NotAnswered
from connectors.view.layout import CATCHING_UP, RUN_KEY
from connectors.view.read_positions import POSITIONS_KEY
from state.questions import ExplainOrder

ASKED_PER_S: Final = 20
_SEED: Final = 1
_CAMPAIGNS: Final = 1_000
_RECORD_EVENTS_MOST: Final = 500
_POLL_S: Final = 0.01
_PATIENCE_S: Final = 600.0
_SETTLE_S: Final = 5.0
_OVERTIME: Final = 2


@dataclass(slots=True)
class Flood:
    """Asks why orders are credited where they are, each asker as soon as it has its answer."""

    url: str
    askers: int
    answered: int = 0
    unanswered: int = 0
    latencies_s: list[float] = field(default_factory=list)
    _ending: Event = field(default_factory=Event)

    def ask(self, number: int) -> None:
        """One question."""
        with redis.Redis.from_url(self.url) as client:
            self._ask(Asker(client), number)

    def _ask(self, asker: Asker, number: int) -> None:
        began = time.perf_counter()
        try:
            asker.ask(ExplainOrder(ACCOUNT, f"o{number}"))
        except NotAnswered:
            self.unanswered += 1
        else:
            self.answered += 1
            self.latencies_s.append(time.perf_counter() - began)

    def _work(self, number: int) -> None:
        with redis.Redis.from_url(self.url) as client:
            asker = Asker(client)
            while not self._ending.is_set():
                number += self.askers
                self._ask(asker, number)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Until the end of the block."""
        threads = [Thread(target=self._work, args=(number,), daemon=True) for number in range(self.askers)]
        for thread in threads:
            thread.start()
        yield
        self._ending.set()
        for thread in threads:
            thread.join()


class Shop:
    """A broker that holds a backlog."""

    def __init__(self, bootstrap: str, events: int, contacts: int, folder: Path) -> None:
        self.bootstrap, self.contacts, self._folder = bootstrap, contacts, folder
        file = folder / "events.jsonl"
        write_event_file(file, events, contacts, _SEED, lambda _: None)
        self.records = ingest_files([file], bootstrap, names=TopicNames(), on_progress=lambda _: None).total

    @contextmanager
    def running(self) -> Iterator[tuple[redis.Redis, str, MeasuredProcess]]:
        """A run from nothing."""
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=self._folder)))
            valkey = stack.enter_context(EmbeddedValkey())
            client = stack.enter_context(redis.Redis.from_url(valkey.url))
            arguments = ["run", *run_flags(valkey, scratch), "--kafka-bootstrap-servers", self.bootstrap]
            process = stack.enter_context(start_lasttouch("lasttouch", arguments, scratch))
            yield client, valkey.url, process
            process.ask_to_end()
            process.wait()

    def catch_up_s(self, client: redis.Redis, process: MeasuredProcess) -> float:
        """How long the backlog takes, from its first record on."""
        began: float | None = None
        until = time.perf_counter() + _PATIENCE_S
        while time.perf_counter() < until and not process.has_ended():
            read = sum(map(int, client.hvals(POSITIONS_KEY)))
            if read and began is None:
                began = time.perf_counter()
            if began is not None and read >= self.records and client.hget(RUN_KEY, CATCHING_UP) == b"0":
                return time.perf_counter() - began
            time.sleep(_POLL_S)
        raise ProgramFailed(f"lasttouch has not read {self.records:,} events within {_PATIENCE_S:g} s")


@dataclass(slots=True)
class Measured:
    """What a measurement brought."""

    alone_s: float
    asked_s: float
    flood: Flood
    """Of the run that took `asked_s`."""
    rate: int
    """Events a second while one question after the other was asked."""
    paced: Flood


def measure(
    events: int, contacts: int, askers: int, rounds: int, seconds: int, rate: int, *, apache: bool = False
) -> Measured:
    """Start everything, measure, end everything. `rate`: events a second; 0: half of what the backlog was read at.

    Raises `Unavailable`.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lasttouch-questions-")))
        shop = Shop(stack.enter_context(started_broker(apache=apache)).bootstrap_servers, events, contacts, folder)
        alone: list[float] = []
        asked: list[tuple[float, Flood]] = []
        # The first run finds a broker that has not been read from yet; it counts for nothing.
        for turn in range(2 * rounds + 1):
            with shop.running() as (client, url, process):
                if turn % 2 == 0:
                    alone.append(shop.catch_up_s(client, process))
                    continue
                flood = Flood(url, askers)
                with flood.asking():
                    asked.append((shop.catch_up_s(client, process), flood))
        del alone[0]
        rate = rate or int(shop.records / min(alone) / 2)
        paced = stack.enter_context(_paced(shop, rate, seconds))
        asked_s, flood = min(asked, key=lambda one: one[0])
        return Measured(min(alone), asked_s, flood, rate, paced)


@contextmanager
def _paced(shop: Shop, rate: int, seconds: int) -> Iterator[Flood]:
    with shop.running() as (client, url, process):
        shop.catch_up_s(client, process)
        load = Load(rate, shop.contacts, _CAMPAIGNS, _SEED, shop.bootstrap, _RECORD_EVENTS_MOST)
        flood = Flood(url, 1)
        with LiveLoad(load):
            time.sleep(_SETTLE_S)
            _ask_in_turn(flood, seconds)
        yield flood


def _ask_in_turn(flood: Flood, seconds: int) -> None:
    began = time.perf_counter()
    for number in range(1, seconds * ASKED_PER_S):
        # Where the stream falls behind, questions wait for seconds; the load is not to go on for as long as all do.
        if time.perf_counter() - began > _OVERTIME * seconds:
            break
        flood.ask(number)
        time.sleep(max(0.0, began + number / ASKED_PER_S - time.perf_counter()))


def report(measured: Measured) -> str:
    """Tables, and what they are of."""
    flood, paced = measured.flood, measured.paced
    figures = _figures(paced.latencies_s)
    ratio, answered, lost = measured.asked_s / measured.alone_s, flood.answered / measured.asked_s, flood.unanswered
    return "\n".join(
        [
            "| the backlog | seconds | ratio | answered a second | unanswered |",
            "| --- | --- | --- | --- | --- |",
            f"| alone | {measured.alone_s:.1f} | 1.00 | – | – |",
            f"| {flood.askers} ask all the time | {measured.asked_s:.1f} | {ratio:.2f} | {answered:,.0f} | {lost:,} |",
            "",
            "| an explanation beside | asked | p50 ms | p95 ms | p99 ms | unanswered |",
            "| --- | --- | --- | --- | --- | --- |",
            f"| {measured.rate:,} events/s | {paced.answered:,} | {figures} | {paced.unanswered:,} |",
        ]
    )


def _figures(latencies_s: Sequence[float]) -> str:
    ordered = sorted(latencies_s)
    return " | ".join(f"{1_000 * ordered[int(share * (len(ordered) - 1))]:,.0f}" for share in (0.5, 0.95, 0.99))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="of the backlog (default: %(default)s)")
    parser.add_argument("--contacts", type=int, default=100_000, help="(default: %(default)s)")
    parser.add_argument("--askers", type=int, default=16, help="of the flood (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of both runs (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=30, help="at half the rate (default: %(default)s)")
    rate = "events a second meanwhile; 0: half of the rate of the run left alone (default: %(default)s)"
    parser.add_argument("--rate", type=int, default=0, help=rate)
    parser.add_argument("--apache", action="store_true", help="a real Apache Kafka (needs Java 17 and Maven)")
    return run_command(parser, arguments, measure, report, may_be_0=("rate",))


if __name__ == "__main__":
    sys.exit(main())
