"""What following live costs: many readers of some accounts, each of which sells all the time.

    python -m benchmarks.live_readers [--readers 1000] [--accounts 10] [--campaigns 50] [--seconds 20]

One `lasttouch serve` over an embedded Valkey. Every account has a new order ten times a second, so that each reading
brings something new; its day has 50 campaigns with all their figures. The readers are a process of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
import psutil
import redis

from benchmarks.command import run_command
from benchmarks.lasttouch_runs import start_lasttouch
from benchmarks.measured_process import MeasuredProcess, ProgramFailed
from config.tokens_file import Role, create_token
from connectors.embedded.servers import EmbeddedValkey
from connectors.view import layout
from connectors.view.layout import OrderRow
from state.times import format_time

_SALES_PER_S: Final = 10
_SETTLE_S: Final = 5.0
_PATIENCE_S: Final = 60.0
_CHANNELS: Final = ("email", "sms", "viber", "webpush")
_LINE_BYTES_MAX: Final = 2**20


@dataclass(frozen=True, slots=True)
class Measured:
    """What following took in some seconds."""

    readers: int
    accounts: int
    seconds: float
    events: int
    """Told to all readers together."""
    bytes_told: int
    cpu_s: float
    """Of the server, user and system."""
    load: float
    """Average number of processes that wanted to run, of the whole machine."""


class Shop(threading.Thread):
    """Sells in all accounts, until it is told to stop."""

    def __init__(self, url: str, accounts: Sequence[str], campaigns: int) -> None:
        super().__init__(daemon=True)
        self._client = redis.Redis.from_url(url)
        self._accounts, self._campaigns = accounts, campaigns
        self._sold = 0
        self._ending = threading.Event()
        self._today = datetime.now(UTC).date().toordinal()
        for account in accounts:
            self._open(account)

    def run(self) -> None:
        """One order in each account, again and again."""
        while not self._ending.wait(1 / _SALES_PER_S):
            for account in self._accounts:
                self._sell(account)

    def end(self) -> None:
        """Sell no more."""
        self._ending.set()
        self.join()
        self._client.close()

    def _open(self, account: str) -> None:
        self._client.hset(layout.account_key(account), mapping={"currency": "EUR", "time_zone": "UTC"})
        figures = ("sent", "delivered", "opened", "clicked", *(f"{name}:EUR" for name in layout.SALES))
        for number in range(self._campaigns):
            channel = _CHANNELS[number % len(_CHANNELS)]
            prefix = layout.campaign_prefix(channel, f"k{number}")
            for figure in figures:
                self._client.hset(layout.campaigns_key(account, self._today), prefix + figure, 1_000 + number)
            self._client.hset(layout.names_key(account), layout.name_field(channel, f"k{number}"), f"Campaign {number}")

    def _sell(self, account: str) -> None:
        self._sold += 1
        now_ms = time.time_ns() // 1_000_000
        row = _row(f"o{self._sold}", now_ms)
        writes = self._client.pipeline()
        day = layout.day_key(account, self._today)
        for prefix in ("", layout.channel_prefix("email")):
            writes.hincrby(day, layout.sale_field("purchases", "EUR", prefix), 1)
            writes.hincrby(day, layout.sale_field("revenue", "EUR", prefix), 1_000)
        writes.zadd(layout.orders_key(account, self._today), {row.order: now_ms})
        writes.hset(layout.rows_key(account, self._today), row.order, msgspec.json.encode(row))
        writes.hset(layout.RUN_KEY, "mark:00", f"1:{self._sold}")
        writes.execute()


def _row(order: str, now_ms: int) -> OrderRow:
    return OrderRow(
        order=order,
        contact=f"c{order}",
        status="DELIVERED",
        amount="10.00",
        currency="EUR",
        ordered_at=format_time(now_ms),
        refunded=None,
        campaign="k0",
        channel="email",
        message="m1",
        event="clicked",
        touched_at=format_time(now_ms - 60_000),
        reason="last_touch",
        email=f"{order}@example.org",
        phone=None,
        external_customer_id=None,
        first_name="Ann",
        last_name=None,
    )


def follow(address: str, tokens: Sequence[str], readers: int, seconds: float, told: Connection) -> None:
    """All readers, in a process of their own. Tells when they follow, and (events, bytes) of the seconds after."""
    asyncio.run(_follow(address, tokens, readers, seconds, told))


async def _follow(address: str, tokens: Sequence[str], readers: int, seconds: float, told: Connection) -> None:
    counts = [[0, 0] for _ in range(readers)]
    following = [asyncio.create_task(_read(address, tokens[n % len(tokens)], counts[n])) for n in range(readers)]
    until = time.monotonic() + _PATIENCE_S
    while not all(events for events, _ in counts):
        failed = next((one.exception() for one in following if one.done()), None)
        if failed is not None or time.monotonic() > until:
            told.send(f"not every reader was told anything: {failed}")
            return
        await asyncio.sleep(0.1)
    await asyncio.sleep(_SETTLE_S)
    told.send("follow")
    before = _sum(counts)
    await asyncio.sleep(seconds)
    after = _sum(counts)
    told.send((after[0] - before[0], after[1] - before[1]))
    for one in following:
        one.cancel()
    await asyncio.wait(following)


def _sum(counts: list[list[int]]) -> tuple[int, int]:
    return sum(events for events, _ in counts), sum(size for _, size in counts)


async def _read(address: str, token: str, counts: list[int]) -> None:
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=_LINE_BYTES_MAX)
    writer.write(f"GET /v1/live HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    while line := await reader.readline():
        counts[0] += line.startswith(b"event: totals")
        counts[1] += len(line)
    raise ProgramFailed("the server closed a reader's connection")


def measure(readers: int, accounts: int, campaigns: int, seconds: int) -> Measured:
    """Start everything, measure, end everything. Raises `Unavailable`."""
    names = [f"shop{number}" for number in range(accounts)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lasttouch-live-")))
        valkey = stack.enter_context(EmbeddedValkey())
        tokens_file = folder / "tokens.toml"
        tokens = [create_token(tokens_file, account=name, role=Role.ADMIN) for name in names]
        shop = Shop(valkey.url, names, campaigns)
        arguments = ["serve", "--port", "0", "--redis-url", valkey.url, "--tokens", str(tokens_file)]
        server = stack.enter_context(start_lasttouch("serve", arguments, folder))
        address = urlsplit(_await_url(folder / "serve.out", server)).netloc
        shop.start()
        stack.callback(shop.end)
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        following = context.Process(target=follow, args=(address, tokens, readers, seconds, theirs), daemon=True)
        following.start()
        if (said := ours.recv()) != "follow":
            raise ProgramFailed(str(said))
        cpu_s, began = _serve_cpu_s(), time.perf_counter()
        events, size = ours.recv()
        measured = Measured(
            readers, accounts, time.perf_counter() - began, events, size, _serve_cpu_s() - cpu_s, psutil.getloadavg()[0]
        )
        following.join()
        server.ask_to_end()
        server.wait()
    return measured


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
    """In three lines."""
    each_s = measured.events / measured.seconds / measured.readers
    size = measured.bytes_told / max(measured.events, 1)
    return (
        f"{measured.readers:,} readers of {measured.accounts} accounts, {measured.seconds:.0f} s\n"
        f"  {each_s:.2f} events a second to each, of {size / 1024:.1f} KiB\n"
        f"  {measured.cpu_s / measured.seconds:.1%} of a core (load of the machine {measured.load:.1f})"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_readers", description="What following live costs.")
    parser.add_argument("--readers", type=int, default=1_000)
    parser.add_argument("--accounts", type=int, default=10)
    parser.add_argument("--campaigns", type=int, default=50, help="with figures on the day, of each account")
    parser.add_argument("--seconds", type=int, default=20)
    return run_command(parser, arguments, measure, report)


if __name__ == "__main__":
    sys.exit(main())
