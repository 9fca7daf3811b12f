"""The results as Markdown: what was measured, lasttouch against each of the others, and how it was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.lasttouch_runs import (
    FROM_FILE,
    FROM_KAFKA,
    INGEST,
    MANY_A_RECORD,
    ONE_WORKER,
    REALISTIC,
    TWO_WORKERS,
)
from benchmarks.results import STARTUP_EVENTS, Result

_NONE: Final = "–"
_OURS: Final = (FROM_FILE, FROM_KAFKA)
_BESIDE: Final[Mapping[str, Sequence[str]]] = {
    REALISTIC: (FROM_FILE,),
    MANY_A_RECORD: (FROM_FILE, FROM_KAFKA),
    ONE_WORKER: (),
    TWO_WORKERS: (ONE_WORKER,),
}
"""What is measured for one question, and what it is to be compared with; nothing else is compared with it."""

HOW: Final = f"""\
- One after the other on the same machine, in one run: compare the programs of one table, never two tables.
- Wall: the whole process, from its start to its end. Start-up: the wall time on {STARTUP_EVENTS:,} events.
- Processing: wall less start-up; for a program that tells its own time from the first record to the last, that if it
  is less. Events/s are of processing. From Kafka: from the first record that is read to the last total in Redis, seen
  from outside.
- CPU: user and system, of the process and its children. Events per CPU second leave out the CPU of the start-up.
  lasttouch's Valkey and the broker stand apart; what they use is missing to the programs on the same cores.
- Memory: the largest sum of resident memory of the process and its children, looked at 20 times a second.
- Others' cores: how much of the machine worked for something else meanwhile. Figures beside much of it mean little.
- Of several runs the least time and the largest memory.
- lasttouch keeps all four events of every message, survives kill -9, writes order rows and counts by day. The plain
  loops and DuckDB keep what they need for these totals, in memory.
- The realistic events are those of `lasttouch generate`, as many, which the plain loop cannot read. Their totals are
  compared with those of tests/reference, which works them out contact by contact.
- Quix's wall and CPU hold writing the file to the topic, which `lasttouch ingest` does for lasttouch: its CPU is added
  to lasttouch's where the two are compared per CPU second. From Kafka no start-up is taken off lasttouch's CPU."""


def results_table(results: Sequence[Result], verdicts: Sequence[str]) -> str:
    """A row for each program; `verdicts` say of each whether its totals are right."""
    head = (
        *("program", "wall s", "start-up s", "processing s", "events/s", "CPU s", "events per CPU s"),
        *("memory MiB", "servers' CPU s", "others' cores", "totals"),
    )
    rows = [
        (
            result.label,
            f"{result.wall_s:.1f}",
            _number(result.startup_s, ".2f"),
            _number(result.processing_s, ".2f"),
            _number(result.events_per_s, ",.0f"),
            f"{result.cpu_s:.1f}",
            _number(result.events_per_cpu_s, ",.0f"),
            f"{result.rss_mib:,}",
            ", ".join(f"{name} {spent:.1f}" for name, spent in result.servers_cpu_s.items()) or _NONE,
            f"{result.others_cores:.2f}",
            verdict,
        )
        for result, verdict in zip(results, verdicts, strict=True)
    ]
    return _table(head, rows)


def ratios_table(results: Sequence[Result]) -> str:
    """lasttouch divided by each of the others: more is better for the rates, less for the memory."""
    by_name = {result.name: result for result in results}
    rows = [
        (ours.label, theirs.label, *_ratios(ours, theirs, by_name.get(INGEST)))
        for ours in results
        for theirs in results
        if ours is not theirs and _is_comparable(ours, theirs)
    ]
    return _table(("", "against", "events/s", "events per CPU s", "memory"), rows)


def _is_comparable(ours: Result, theirs: Result) -> bool:
    """What reads from the same place, and from Kafka against from a file."""
    if ours.name in _BESIDE:
        return theirs.name in _BESIDE[ours.name]
    if ours.name not in _OURS or theirs.name in _BESIDE or not theirs.totals:
        return False
    return ours.source == theirs.source or (ours.source == "kafka" and theirs.name in _OURS)


def _ratios(ours: Result, theirs: Result, ingest: Result | None) -> tuple[str, str, str]:
    cpu_s = ours.processing_cpu_s
    if cpu_s is not None and ingest is not None and ours.name == FROM_KAFKA and theirs.source == "kafka":
        cpu_s += ingest.cpu_s
    return (
        _ratio(theirs.processing_s, ours.processing_s),
        _ratio(theirs.processing_cpu_s, cpu_s),
        _ratio(ours.rss_mib, theirs.rss_mib),
    )


def _ratio(above: float | None, below: float | None) -> str:
    return _NONE if not above or not below else f"× {above / below:.2f}"


def _number(value: float | None, form: str) -> str:
    return _NONE if value is None else format(value, form)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
