"""What questions cost the stream, and how soon they are answered.

    python -m benchmarks.questions [--events 1000000] [--contacts 100000] [--askers 16] [--rounds 6] [--seconds 30]
        [--rate 0] [--apache]

`lasttouch run` reads a backlog from the embedded broker, or from Apache Kafka: one worker, epochs of 10 s, a Redis that
is empty. In turns of some seconds it is left alone, and a flood of explanations is asked: runs of one backlog differ by
more than a flood costs. A turn ends when something new is read, and every second run begins with a flood. Then events
come at half the rate at which the backlog was read (or at `--rate`: the embedded broker takes most of a core by
itself), and one explanation after the other is asked, 20 a second.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Final, NamedTuple

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
_TURN_S: Final = 4.0
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

    def is_shown(self, client: redis.Redis) -> bool:
        """Whether all is read, and readers are told so."""
        return _read(client) >= self.records and client.hget(RUN_KEY, CATCHING_UP) == b"0"

    def next_read(self, client: redis.Redis, process: MeasuredProcess) -> Reading:
        """Wait until more is read, or all is shown."""
        before = read = _read(client)
        until_s = time.perf_counter() + _PATIENCE_S
        while read == before and not self.is_shown(client):
            if process.has_ended() or time.perf_counter() > until_s:
                raise ProgramFailed(f"lasttouch has not read {self.records:,} events within {_PATIENCE_S:g} s")
            time.sleep(_POLL_S)
            read = _read(client)
        return Reading(time.perf_counter(), before)


class Reading(NamedTuple):
    """The moment at which more was read."""

    at_s: float
    done: int
    """Records that were read before that, and gone through."""


def _read(client: redis.Redis) -> int:
    return sum(map(int, client.hvals(POSITIONS_KEY)))


@dataclass(slots=True)
class Pace:
    """What was read in all turns of a kind."""

    records: int = 0
    seconds: float = 0.0

    def add(self, begin: Reading, end: Reading) -> None:
        """One turn."""
        self.records += end.done - begin.done
        self.seconds += end.at_s - begin.at_s

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Backlog:
    """How fast it was read."""

    alone: Pace = field(default_factory=Pace)
    asked: Pace = field(default_factory=Pace)
    rates: list[float] = field(default_factory=list)
    """Of whole runs."""
    answered: int = 0
    unanswered: int = 0


@dataclass(slots=True)
class Measured:
    """What a measurement brought."""

    backlog: Backlog
    askers: int
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
        backlog = Backlog()
        for number in range(rounds):
            with shop.running() as (client, url, process):
                _read_in_turns(shop, client, process, backlog, Asking(url, askers, begins=number % 2 == 1))
        rate = rate or int(max(backlog.rates) / 2)
        return Measured(backlog, askers, rate, stack.enter_context(_paced(shop, rate, seconds)))


class Asking(NamedTuple):
    """The floods of a run."""

    url: str
    askers: int
    begins: bool
    """Whether the first turn has one."""


def _read_in_turns(shop: Shop, client: redis.Redis, process: MeasuredProcess, backlog: Backlog, asking: Asking) -> None:
    first = begin = shop.next_read(client, process)
    is_asked = asking.begins
    while True:
        flood = Flood(asking.url, asking.askers)
        with flood.asking() if is_asked else nullcontext():
            end = begin
            while end.at_s - begin.at_s < _TURN_S and not shop.is_shown(client):
                end = shop.next_read(client, process)
        if shop.is_shown(client):
            break  # what is left of a turn has too little in it
        (backlog.asked if is_asked else backlog.alone).add(begin, end)
        backlog.answered += flood.answered
        backlog.unanswered += flood.unanswered
        begin, is_asked = end, not is_asked
    backlog.rates.append(shop.records / (time.perf_counter() - first.at_s))


@contextmanager
def _paced(shop: Shop, rate: int, seconds: int) -> Iterator[Flood]:
    with shop.running() as (client, url, process):
        while not shop.is_shown(client):
            shop.next_read(client, process)
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
    backlog, paced = measured.backlog, measured.paced
    alone, asked = backlog.alone, backlog.asked
    figures = _figures(paced.latencies_s)
    ratio = f"{alone.rate / asked.rate:.2f}" if alone.records and asked.records else "too short a backlog"
    answers = f"{backlog.answered / max(asked.seconds, 1):,.0f} | {backlog.unanswered:,}"
    return "\n".join(
        [
            "| the backlog | seconds | events/s | time an event | answered a second | unanswered |",
            "| --- | --- | --- | --- | --- | --- |",
            f"| alone | {alone.seconds:.1f} | {alone.rate:,.0f} | 1.00 | – | – |",
            f"| {measured.askers} ask all the time | {asked.seconds:.1f} | {asked.rate:,.0f} | {ratio} | {answers} |",
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
    parser.add_argument("--rounds", type=int, default=6, help="runs of the backlog (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=30, help="at half the rate (default: %(default)s)")
    rate = "events a second meanwhile; 0: half of the rate of the backlog (default: %(default)s)"
    parser.add_argument("--rate", type=int, default=0, help=rate)
    parser.add_argument("--apache", action="store_true", help="a real Apache Kafka (needs Java 17 and Maven)")
    return run_command(parser, arguments, measure, report, may_be_0=("rate",))


if __name__ == "__main__":
    sys.exit(main())
