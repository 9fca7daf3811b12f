"""`make simulate-alerts`: plays made-up shops of many seeds through the rules on money, and prints false and missed
alarms and the time to the alarm, as the tables of docs/alerts.md.

Each shop is an account. Its weeks are written as blocks by promtool, the recording rules are filled in behind them,
layer by layer and by promtool too, and a Prometheus that scrapes nothing says when each alert would have fired. To
save time, each file of rules is played over the healthy shops and those that break in a way its alerts are there for;
what no rule looks back at for weeks is filled in for the days that are judged only; a shop that breaks is watched for
four days.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.alert_shops import HEALTHY, STEP_MIN, STEPS_A_DAY, Kind, Shop, labels_text, made_up

RULES: Final = Path(__file__).parents[1] / "config" / "prometheus" / "rules"
QUARTER_S: Final = STEP_MIN * 60
HISTORY_DAYS: Final = 29
BREAK_STEP: Final = HISTORY_DAYS * STEPS_A_DAY + STEPS_A_DAY // 2
JUDGED_FROM: Final = BREAK_STEP - STEPS_A_DAY
LOOK_BACK_STEPS: Final = 2 * STEPS_A_DAY
"""Further than any rule looks that does not look back for weeks."""
BROKEN_DAYS: Final = 4
START_S: Final = 1_750_032_000
"""A Monday, midnight UTC."""
RECORDED: Final = re.compile(r"account(?:_channel)?:[a-z0-9_:]+")
LOOKS_BACK: Final = re.compile(rf"({RECORDED.pattern})(?:{{[^}}]*}})? offset (?:\d+[dw]|\d{{3}}h)")
MEMORY_FOR_TIME: Final = {"GOGC": "1000", "GOMAXPROCS": "1"}
BLOCK: Final = "--max-block-duration=648h"

EXPECTED: Final[Mapping[Kind, Sequence[str]]] = {
    Kind.CHECKOUT_DEAD: ("LasttouchOrdersLow", "LasttouchRevenueLow", "LasttouchClicksWithoutPurchases"),
    Kind.TRACKING_BROKEN: ("LasttouchClicksWithoutPurchases", "LasttouchUnattributedShareHigh"),
    Kind.AMOUNTS_TRIPLED: ("LasttouchRevenueHigh",),
    Kind.CHANNEL_SILENT: ("LasttouchChannelSilent",),
    Kind.UNATTRIBUTED: ("LasttouchUnattributedShareHigh",),
    Kind.CONTACTS_UNKNOWN: ("LasttouchUnknownContactsHigh",),
    Kind.CANCELLED: ("LasttouchCancelledShareHigh",),
    Kind.REFUNDED: ("LasttouchRefundedShareHigh",),
}

Fired = Mapping[tuple[str, str], list[int]]
"""By account and alert: the steps at which it fires."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A file of rules: recording rules in the order of the file, the expressions of alerts by name."""

    text: str
    recorded: Sequence[Mapping[str, Any]]
    alerts: Mapping[str, str]

    def kinds(self) -> Sequence[Kind]:
        """Healthy shops, and those that break in a way these alerts are there for."""
        return [*HEALTHY, *(kind for kind, names in EXPECTED.items() if any(name in self.alerts for name in names))]


def main() -> int:
    """Play the seeds in batches and print the tables, when interrupted those of the batches that were played."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alert_simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=5, help="seeds that are played at a time")
    parser.add_argument("--every", type=int, default=2, help="quarters of an hour from sample to sample")
    parser.add_argument("--orders", type=int, default=200, help="orders a day of each shop")
    parser.add_argument("--days", type=int, default=HISTORY_DAYS + 8, help="of healthy shops; the first 29 are history")
    arguments = parser.parse_args()
    for tool in ("promtool", "prometheus"):
        if shutil.which(tool) is None:
            print(f"{tool} is missing: apt-get install prometheus", file=sys.stderr)
            return 2
    first, batch = arguments.first_seed, arguments.batch
    seeds = range(first, first + arguments.seeds)
    fired: dict[tuple[str, str], list[int]] = {}
    played = seeds[:0]
    try:
        for start in range(0, len(seeds), batch):
            for rules in files_of_rules():
                fired |= play(rules, seeds[start : start + batch], arguments)
            played = seeds[: start + batch]
            print(f"seeds {played[start]} to {played[-1]} played", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print(f"interrupted: the tables are of {len(played)} seeds", file=sys.stderr)
    print_tables(fired, played, arguments.days)
    return 0


def files_of_rules() -> Iterator[Rules]:
    """Those on money; the stream has no weeks to look back at."""
    for file in sorted(RULES.glob("*.yml")):
        if file.stem != "stream":
            text = file.read_text(encoding="utf-8")
            rules = yaml.safe_load(text)["groups"][0]["rules"]
            alerts = {rule["alert"]: rule["expr"] for rule in rules if "alert" in rule}
            yield Rules(text, [rule for rule in rules if "record" in rule], alerts)


def play(rules: Rules, seeds: Sequence[int], arguments: argparse.Namespace) -> Fired:
    """When each alert of a file fires in the shops it is played over."""
    every_s = arguments.every * QUARTER_S
    with tempfile.TemporaryDirectory(prefix="alert-simulation-") as folder:
        data, text, layer = Path(folder, "data"), Path(folder, "history.txt"), Path(folder, "layer.yml")
        with text.open("w") as out:
            for kind in rules.kinds():
                for seed in seeds:
                    out.writelines(samples(kind, seed, rules.text, arguments))
            out.write("# EOF\n")
        _promtool("openmetrics", BLOCK, str(text), str(data))
        text.unlink()
        for first_step, recorded in layers(rules):
            layer.write_text(yaml.safe_dump({"groups": [{"name": "layer", "rules": recorded}]}))
            with prometheus(data, every_s) as url:
                _promtool(
                    "rules",
                    BLOCK,
                    f"--start={START_S + first_step * QUARTER_S}",
                    f"--end={START_S + arguments.days * STEPS_A_DAY * QUARTER_S}",
                    f"--eval-interval={every_s}s",
                    f"--url={url}",
                    f"--output-dir={data}",
                    str(layer),
                )
        with prometheus(data, every_s) as url:
            return {
                key: steps
                for name, expression in rules.alerts.items()
                for key, steps in fires(url, name, expression, arguments).items()
            }


def samples(kind: Kind, seed: int, rules: str, arguments: argparse.Namespace) -> Iterator[str]:
    """A shop as lines of OpenMetrics: the series that rules name."""
    shop = shop_of(kind, seed, arguments.orders, arguments.days)
    for (name, own), values in shop.values(arguments.every):
        if name in rules:
            series = f"{name}{{{labels_text({'account': f'{kind}-{seed}', **dict(own)})}}}"
            for at, value in enumerate(values):
                yield f"{series} {value:.10g} {START_S + (shop.first_step + at * arguments.every) * QUARTER_S}\n"


@lru_cache(maxsize=len(Kind) * 10)
def shop_of(kind: Kind, seed: int, orders_a_day: int, days: int) -> Shop:
    """Each file of rules needs it again."""
    watched = days if kind in HEALTHY else min(days, HISTORY_DAYS + 1 + BROKEN_DAYS)
    return made_up(kind, seed, orders_a_day=orders_a_day, days=watched, break_step=BREAK_STEP)


def layers(rules: Rules) -> Iterator[tuple[int, list[Mapping[str, Any]]]]:
    """Recording rules in layers, each of which needs only those before it, and the step from which on it is needed: the
    first for what rules look back at for weeks."""
    past = _with_all_they_need(set(LOOKS_BACK.findall(rules.text)), rules)
    depths: dict[str, int] = {}
    by_layer: defaultdict[tuple[int, int], list[Mapping[str, Any]]] = defaultdict(list)
    for rule in rules.recorded:
        name = rule["record"]
        depth = 1 + max((depths[needed] for needed in RECORDED.findall(rule["expr"]) if needed in depths), default=0)
        depths[name] = max(depth, depths.get(name, 0))
        by_layer[depth, 0 if name in past else JUDGED_FROM - LOOK_BACK_STEPS].append(rule)
    for depth, first_step in sorted(by_layer):
        yield first_step, by_layer[depth, first_step]


def _with_all_they_need(names: set[str], rules: Rules) -> set[str]:
    """Names of recording rules, with those that theirs are made of."""
    more = names.union(*(RECORDED.findall(rule["expr"]) for rule in rules.recorded if rule["record"] in names))
    return names if more == names else _with_all_they_need(more, rules)


@contextmanager
def prometheus(data: Path, every_s: int) -> Iterator[str]:
    """A Prometheus over these blocks. Gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = data.parent / "prometheus.yml"
    config.write_text("{}\n")
    command = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=20y",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--query.lookback-delta={every_s}s",  # promtool fills rules in at moments of its own between the samples
        "--query.max-samples=500000000",
        "--query.timeout=30m",
        "--log.level=error",
    ]
    server = subprocess.Popen(command, env={**os.environ, **MEMORY_FOR_TIME})
    try:
        while not _is_ready(port):
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def fires(url: str, name: str, expression: str, arguments: argparse.Namespace) -> Fired:
    """The steps at which an alert has a value, whatever its other labels; an hour's `for` is left out."""
    found: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    first, last = JUDGED_FROM, arguments.days * STEPS_A_DAY - 1
    times = {
        "start": START_S + first * QUARTER_S,
        "end": START_S + last * QUARTER_S,
        "step": arguments.every * QUARTER_S,
    }
    query = urllib.parse.urlencode({"query": expression, "timeout": "30m", **times})
    with urllib.request.urlopen(f"{url}/api/v1/query_range?{query}", timeout=1_800) as answer:  # noqa: S310 - our own server
        result = json.load(answer)["data"]["result"]
    for series in result:
        found[series["metric"]["account"], name] |= {
            round((when - START_S) / QUARTER_S) for when, _ in series["values"]
        }
    return {key: sorted(at) for key, at in found.items()}


def print_tables(fired: Fired, seeds: range, days: int) -> None:
    """Missed alarms and the time to the alarm by kind of break, and false alarms of healthy shops."""
    print("| what breaks | alert | missed | time to the alarm, median (most) |\n| --- | --- | --- | --- |")
    for kind, names in EXPECTED.items():
        for name in names:
            after = [[at for at in fired.get((f"{kind}-{seed}", name), []) if at >= BREAK_STEP] for seed in seeds]
            hours = [(at[0] - BREAK_STEP) * STEP_MIN / 60 for at in after if at]
            told = f"{statistics.median(hours):.1f} h ({max(hours):.1f} h)" if hours else "–"
            print(f"| {kind.value} | {name} | {len(seeds) - len(hours)} of {len(seeds)} | {told} |")
    print("\n| healthy shop | weeks | alerts that fired, times |\n| --- | --- | --- |")
    for kind in HEALTHY:
        false: defaultdict[str, int] = defaultdict(int)
        for seed in seeds:
            for (account, name), at in fired.items():
                if account == f"{kind}-{seed}":
                    false[name] += _times(at)
        weeks = len(seeds) * (days - JUDGED_FROM / STEPS_A_DAY) / 7
        told = ", ".join(f"{name} {count}" for name, count in sorted(false.items()) if count) or "none"
        print(f"| {kind.value} | {weeks:.0f} | {told} |")


def _times(steps: Sequence[int]) -> int:
    """How often an alert began to fire; pauses of less than a day are none."""
    return sum(1 for before, at in zip([-STEPS_A_DAY * 2, *steps], steps, strict=False) if at - before > STEPS_A_DAY)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5):
            return True
    except OSError:
        return False


def _promtool(what: str, *arguments: str) -> None:
    command = ["promtool", "tsdb", "create-blocks-from", what, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **MEMORY_FOR_TIME})
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
