"""What an event costs in shops that differ: `make bench-cost [BENCH_ARGS="--events 400000"]`.

CPU of all stages but decoding (`benchmarks.stages`), each shop in a process of its own: with more contacts, more
campaigns, more touches of a contact, and with one contact or one campaign that half of all events are of. Prints a
table, and draws it into docs/img/cost.svg.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.command import run_command
from benchmarks.event_file import event_lines
from benchmarks.programs import ROOT
from benchmarks.stages import SEED, measure_file
from benchmarks.svg_lines import Line, drawn

DRAWING: Final = ROOT / "docs" / "img" / "cost.svg"
_CONTACTS: Final = 100_000
_HOT: Final = "hot"


class Shop(NamedTuple):
    """A shop whose events are measured."""

    contacts: int
    campaigns: int | None = None
    """None: 200, a few of them with most touches."""
    hot: str | None = None
    """`contact` or `campaign`: the field in which `hot_percent` of the events that have it say one and the same."""
    hot_percent: int = 0


class Point(NamedTuple):
    """A shop, where it stands on its curve, and what an event of it costs."""

    curve: str
    at: int
    shop: Shop
    cpu_us: float = 0.0


def shops(events: int) -> list[Point]:
    """All that are measured."""
    return [
        *(Point("contacts", count, Shop(count)) for count in (10_000, 100_000, 500_000, 1_000_000, 2_000_000)),
        *(Point("campaigns", count, Shop(_CONTACTS, count)) for count in (10, 100, 1_000, 10_000, 100_000)),
        *(Point("events of a contact", each, Shop(max(1, events // each))) for each in (1, 10, 100, 1_000)),
        *(Point("% of one contact", part, Shop(_CONTACTS, None, "contact", part)) for part in (1, 5, 50)),
        *(Point("% of one campaign", part, Shop(_CONTACTS, None, "campaign", part)) for part in (1, 5, 50)),
    ]


def lines_of(shop: Shop, events: int) -> Iterator[str]:
    """The events of a shop."""
    chance = random.Random(SEED)
    for line in event_lines(events, shop.contacts, SEED):
        told = line
        if shop.campaigns is not None:
            told = _with(told, "campaign", f"k{chance.randrange(shop.campaigns)}")
        if shop.hot is not None and chance.randrange(100) < shop.hot_percent:
            told = _with(told, shop.hot, _HOT)
        yield told


def _with(line: str, field: str, value: str) -> str:
    before, found, behind = line.partition(f'"{field}":"')
    return f"{before}{found}{value}{behind[behind.index(chr(34)) :]}" if found else line


def cost_of(shop: Shop, events: int) -> float:
    """CPU of an event in µs. Once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        with path.open("w", encoding="ascii") as file:
            file.writelines(lines_of(shop, events))
        by_name = measure_file(path, events).costs.by_name
    return (sum(by_name.values()) - by_name["decode"]) / events * 1e6


def measure(events: int, shop: int | None = None) -> list[Point]:
    """Every shop, each in a process; or the one of this number alone."""
    known = shops(events)
    if shop is not None:
        one = known[shop - 1]
        return [one._replace(cpu_us=cost_of(one.shop, events))]
    return [*_measured(known, events)]


def _measured(points: Iterable[Point], events: int) -> Iterator[Point]:
    for number, point in enumerate(points, 1):
        command = [sys.executable, "-m", "benchmarks.cost_curves", "--events", str(events), "--shop", str(number)]
        ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        print(ended.stdout, end="", file=sys.stderr)
        yield point._replace(cpu_us=float(ended.stdout.split()[-1]))


def report(measured: Sequence[Point]) -> str:
    """A table; where all shops were measured, drawn as well."""
    if len(measured) == 1:
        [one] = measured
        return f"{one.curve} {one.at} {one.cpu_us:.2f}"
    curves = dict.fromkeys(point.curve for point in measured)
    lines = [Line(curve, [(one.at, one.cpu_us) for one in measured if one.curve == curve]) for curve in curves]
    DRAWING.write_text(drawn(lines, "CPU of an event, µs"))
    rows = [f"| {point.curve} | {point.at:,} | {point.cpu_us:.1f} |" for point in measured]
    return "\n".join(["| what grows | to | µs an event |", "| --- | --- | --- |", *rows])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, draw and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost_curves")
    parser.add_argument("--events", type=int, default=400_000, help="of each shop (default: %(default)s)")
    known = range(1, len(shops(1)) + 1)
    parser.add_argument(
        "--shop", type=int, choices=known, help="measure the one of this number alone, and draw nothing"
    )
    return run_command(parser, arguments, measure, report)


if __name__ == "__main__":
    sys.exit(main())
