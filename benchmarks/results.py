"""What was measured of a program, and the figures that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Protocol

from benchmarks.measured_process import Usage
from benchmarks.totals import Totals

STARTUP_EVENTS: Final = 1_000
"""A run on so few is start-up and nothing else."""

Source = Literal["file", "kafka"]
"""Where a program reads the events from."""

_SECONDS_MIN: Final = 0.05
"""What is left below this when the start-up is taken off says nothing."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run of a program."""

    usage: Usage
    totals: Totals | None
    """None: it has none to tell."""
    told_s: float | None = None
    """From the first record read to the last total, where the program says it or it can be seen."""
    servers_cpu_s: Mapping[str, float] = field(default_factory=dict)
    """The servers that the program works with, in the time of the run."""


class Contestant(Protocol):
    """A program that can be measured."""

    @property
    def name(self) -> str:
        """As `--only` calls it."""

    @property
    def label(self) -> str:
        """As the table calls it."""

    @property
    def source(self) -> Source:
        """Only what reads from the same place is compared."""

    @property
    def has_startup(self) -> bool:
        """Whether it has a start-up to be taken off, which a run on `STARTUP_EVENTS` shows."""

    def measure(self, events_file: Path, folder: Path) -> Measurement:
        """Run it on a file of events. What it makes goes below `folder`. Raises `Unavailable`."""


@dataclass(frozen=True, slots=True)
class Task:
    """What all programs are given."""

    events: int
    events_file: Path
    startup_file: Path
    """Of `STARTUP_EVENTS`."""
    runs: int
    folder: Path
    """What runs make goes below it."""


@dataclass(frozen=True, slots=True)
class Result:
    """All runs of a program on the same events."""

    name: str
    label: str
    source: Source
    events: int
    startups: Sequence[Measurement]
    """On `STARTUP_EVENTS`; none: nothing is taken off."""
    runs: Sequence[Measurement]

    @property
    def totals(self) -> Sequence[Totals]:
        """Of every run on all events; empty: the program has none to tell."""
        return [run.totals for run in self.runs if run.totals is not None]

    @property
    def wall_s(self) -> float:
        """Of the quickest run."""
        return min(run.usage.wall_s for run in self.runs)

    @property
    def startup_s(self) -> float | None:
        """Of the quickest start."""
        return min((start.usage.wall_s for start in self.startups), default=None)

    @property
    def processing_s(self) -> float | None:
        """Wall less start-up, or what the program tells where that is less; None: too short to say."""
        told = [run.told_s for run in self.runs if run.told_s is not None]
        less = [] if self.startup_s is None else [self.wall_s - self.startup_s]
        return _long_enough(min([*told, *less], default=None))

    @property
    def cpu_s(self) -> float:
        """Of the run that took least."""
        return min(run.usage.cpu_s for run in self.runs)

    @property
    def processing_cpu_s(self) -> float | None:
        """CPU less that of the start-up; None: too short to say."""
        return _long_enough(self.cpu_s - min((start.usage.cpu_s for start in self.startups), default=0.0))

    @property
    def rss_mib(self) -> int:
        """The largest of all runs."""
        return max(run.usage.rss_mib for run in self.runs)

    @property
    def others_cores(self) -> float:
        """How many cores worked for others than the program and its servers, on average over the quickest run."""
        run = min(self.runs, key=lambda run: run.usage.wall_s)
        own = run.usage.cpu_s + sum(run.servers_cpu_s.values())
        return max(0.0, run.usage.machine_cpu_s - own) / run.usage.lifetime_s

    @property
    def servers_cpu_s(self) -> Mapping[str, float]:
        """Of the last run."""
        return self.runs[-1].servers_cpu_s

    @property
    def events_per_s(self) -> float | None:
        """Events in a second of processing."""
        return None if self.processing_s is None else self.events / self.processing_s

    @property
    def events_per_cpu_s(self) -> float | None:
        """Events for a second of CPU, start-up not counted."""
        return None if self.processing_cpu_s is None else self.events / self.processing_cpu_s


def measured(contestants: Sequence[Contestant], task: Task, tell: Callable[[str], None]) -> list[Result]:
    """Measure each start-up, then all programs in turn, `runs` times, so that each has its share of a bad moment.

    `tell` is told what is going on. Raises what a program raises that fails.
    """
    startups = [_startups(contestant, task, tell) for contestant in contestants]
    runs: list[list[Measurement]] = [[] for _ in contestants]
    for _ in range(task.runs):
        for contestant, own in zip(contestants, runs, strict=True):
            tell(f"{contestant.label} …")
            own.append(contestant.measure(task.events_file, task.folder))
            tell(f"{contestant.label}: {own[-1].usage.wall_s:.1f} s")
    return [
        Result(contestant.name, contestant.label, contestant.source, task.events, tuple(starts), tuple(own))
        for contestant, starts, own in zip(contestants, startups, runs, strict=True)
    ]


def _startups(contestant: Contestant, task: Task, tell: Callable[[str], None]) -> list[Measurement]:
    """Two at least: the first may have to compile, and reads what is not in the page cache yet."""
    if not contestant.has_startup:
        return []
    tell(f"{contestant.label}: start-up …")
    return [contestant.measure(task.startup_file, task.folder) for _ in range(max(2, task.runs))]


def _long_enough(seconds: float | None) -> float | None:
    return None if seconds is None or seconds < _SECONDS_MIN else seconds
