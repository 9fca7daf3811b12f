"""`make simulate-alerts`: plays made-up shops of many seeds through the rules on money, and prints false and missed
alarms and the time to the alarm, as the tables of docs/alerts.md.

Each shop is an account. Its weeks are written as blocks by promtool, the recording rules are filled in behind them,
layer by layer and by promtool too, and a Prometheus that scrapes nothing says when each alert would have fired.
"""

from __future__ import annotations

import argparse
import json
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
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.alert_shops import HEALTHY, STEP_MIN, STEPS_A_DAY, Kind, labels_text, made_up

RULES: Final = Path(__file__).parents[1] / "config" / "prometheus" / "rules"
STEP_S: Final = STEP_MIN * 60
HISTORY_DAYS: Final = 29
BREAK_STEP: Final = HISTORY_DAYS * STEPS_A_DAY + STEPS_A_DAY // 2
START_S: Final = 1_750_032_000
"""A Monday, midnight UTC."""
POINTS_MAX: Final = 10_000
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


def main() -> int:
    """Play the seeds in batches and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alert_simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=5, help="seeds that are played at a time")
    parser.add_argument("--orders", type=int, default=200, help="orders a day of each shop")
    parser.add_argument("--days", type=int, default=HISTORY_DAYS + 8, help="of which the first 29 are history")
    arguments = parser.parse_args()
    for tool in ("promtool", "prometheus"):
        if shutil.which(tool) is None:
            print(f"{tool} is missing: apt-get install prometheus", file=sys.stderr)
            return 2
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    fired: dict[tuple[str, str], list[int]] = {}
    for first in seeds[:: arguments.batch]:
        batch = [seed for seed in seeds if first <= seed < first + arguments.batch]
        fired |= play(batch, arguments.orders, arguments.days)
        print(f"seeds {batch[0]} to {batch[-1]} played", file=sys.stderr)
    print_tables(fired, seeds, arguments.days)
    return 0


def play(seeds: Sequence[int], orders_a_day: int, days: int) -> Fired:
    """When each alert fires in shops of every kind with these seeds."""
    with tempfile.TemporaryDirectory(prefix="alert-simulation-") as folder:
        data, text = Path(folder, "data"), Path(folder, "history.txt")
        with text.open("w") as out:
            for kind in Kind:
                for seed in seeds:
                    out.writelines(samples(kind, seed, orders_a_day, days))
            out.write("# EOF\n")
        _promtool("openmetrics", BLOCK, str(text), str(data))
        text.unlink()
        end_s = START_S + days * STEPS_A_DAY * STEP_S
        alerts: dict[str, str] = {}
        for rules in layers(alerts):
            file = Path(folder, "layer.yml")
            file.write_text(yaml.safe_dump({"groups": [{"name": "layer", "rules": rules}]}))
            with prometheus(data) as url:
                _promtool(
                    "rules",
                    BLOCK,
                    f"--start={START_S}",
                    f"--end={end_s}",
                    f"--eval-interval={STEP_S}s",
                    f"--url={url}",
                    f"--output-dir={data}",
                    str(file),
                )
        with prometheus(data) as url:
            return {
                key: steps
                for name, expression in alerts.items()
                for key, steps in fires(url, name, expression, days).items()
            }


def samples(kind: Kind, seed: int, orders_a_day: int, days: int) -> Iterator[str]:
    """A shop as lines of OpenMetrics."""
    shop = made_up(kind, seed, orders_a_day=orders_a_day, days=days, break_step=BREAK_STEP)
    for (name, own), values in shop.values():
        labels = labels_text({"account": f"{kind}-{seed}", **dict(own)})
        for step, value in enumerate(values, shop.first_step):
            yield f"{name}{{{labels}}} {value:.10g} {START_S + step * STEP_S}\n"


def layers(alerts: dict[str, str]) -> Iterator[list[dict[str, Any]]]:
    """Recording rules in layers, each of which needs only those before it. Fills `alerts`: expressions by name."""
    by_depth: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for file in sorted(RULES.glob("*.yml")):
        if file.stem == "stream":
            continue
        depths: dict[str, int] = {}
        for rule in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"][0]["rules"]:
            if "alert" in rule:
                alerts[rule["alert"]] = rule["expr"]
                continue
            named = set(re.findall(r"account(?:_channel)?:[a-z0-9_:]+", rule["expr"]))
            depth = 1 + max((depths[name] for name in named if name in depths), default=0)
            depths[rule["record"]] = max(depth, depths.get(rule["record"], 0))
            by_depth[depth].append(rule)
    for depth in sorted(by_depth):
        yield by_depth[depth]


@contextmanager
def prometheus(data: Path) -> Iterator[str]:
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
        f"--query.lookback-delta={STEP_S}s",  # promtool fills rules in at moments of its own between the samples
        "--query.max-samples=500000000",
        "--query.timeout=30m",
        "--log.level=error",
    ]
    server = subprocess.Popen(command)
    try:
        while not _is_ready(port):
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def fires(url: str, name: str, expression: str, days: int) -> Fired:
    """The steps at which an alert has a value, whatever its other labels; an hour's `for` is left out."""
    found: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    steps = days * STEPS_A_DAY
    for first in range(0, steps, POINTS_MAX):
        last = min(first + POINTS_MAX, steps) - 1
        times = {"start": START_S + first * STEP_S, "end": START_S + last * STEP_S, "step": STEP_S}
        query = urllib.parse.urlencode({"query": expression, "timeout": "30m", **times})
        with urllib.request.urlopen(f"{url}/api/v1/query_range?{query}", timeout=1_800) as answer:  # noqa: S310 - our own server
            result = json.load(answer)["data"]["result"]
        for series in result:
            at = {round((when - START_S) / STEP_S) for when, _ in series["values"]}
            found[series["metric"]["account"], name] |= at
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
    since = (BREAK_STEP - STEPS_A_DAY) if days > HISTORY_DAYS else 0
    for kind in HEALTHY:
        false: defaultdict[str, int] = defaultdict(int)
        for seed in seeds:
            for (account, name), at in fired.items():
                if account == f"{kind}-{seed}":
                    false[name] += _times([one for one in at if one >= since])
        weeks = len(seeds) * (days - since / STEPS_A_DAY) / 7
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
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
