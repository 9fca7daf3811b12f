"""One demo from its start to its end: the parts in their order, what is watched meanwhile, and the words about it."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import redis
from rich.console import Console

from cli.demo.dataflow import DataflowProcess
from cli.demo.server import ServerProcess
from cli.demo.shop import Shop, ShopPlan
from cli.demo.view import (
    Sent,
    ShopView,
    Show,
    said_at_the_end,
    screen,
    see,
)
from cli.demo.webhooks import WebhookWriter
from cli.topic_options import topic_arguments
from config.errors import Unavailable
from config.settings_file import load_settings_file
from config.stopping import StopRequest
from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedKafka, EmbeddedValkey
from connectors.kafka.ingest import EventWriter
from connectors.kafka.topics import TopicNames, ensure_topics, topic_plans
from connectors.view.client import connected
from generator.shop import WEEK_MS
from generator.stream import ACCOUNT
from reports.period import Period
from reports.tables import print_table
from state.settings import Settings
from state.times import day_of

CATCH_UP_TIMEOUT_S: Final = 60.0
_POLL_S: Final = 0.02
_LOOK_EVERY_S: Final = 0.25
_AT_REST_S: Final = 1.0
"""Events that came late are older than the newest: when nothing has changed for so long, they are counted too."""
_EPOCH_S: Final = 2

SETTINGS: Final = f"""\
[accounts.{ACCOUNT}]
time_zone = "Europe/Kyiv"
currency = "EUR"
excluded_tags = ["service", "transactional"] # notices about orders sell nothing

[accounts.{ACCOUNT}.channels]
email = {{ event = "clicked", window = "24h" }}
sms = {{ event = "delivered", window = "48h" }}
viber = {{ event = "opened", window = "24h" }}
webpush = {{ event = "clicked", window = "12h" }}
mobilepush = {{ event = "clicked", window = "24h" }}
"""

_HOW_TO_GO_ON: Final = f"""\
To go on with a Kafka and a Redis of your own:

  export LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS=localhost:9092
  export LASTTOUCH_REDIS_URL=redis://localhost:6379/0
  export LASTTOUCH_SETTINGS=settings.toml           # channels, windows, zones
  export LASTTOUCH_RECOVERY_DIR=lasttouch-recovery  # survives a crash

  lasttouch ingest events.jsonl  # files into the topics, which it makes
  lasttouch run                  # the dataflow, until Ctrl-C
  lasttouch report campaigns --account {ACCOUNT} --from {{first}} --to {{last}}

  export LASTTOUCH_TOKENS=tokens.toml               # who may ask over HTTP
  lasttouch token create --account {ACCOUNT} --role admin
  lasttouch serve                # the HTTP API and the dashboard
"""


class Interrupted(Exception):
    """The demo was stopped before its end; all is said and cleaned up."""


class Wanted(NamedTuple):
    """What was asked for."""

    seconds: int
    events_per_second: int
    contacts: int
    workers: int
    webhooks: bool = False
    """Whether events come in over HTTP, in the forms of other systems."""
    stays: bool = False
    """Whether all goes on running when the week is over."""


class _Parts(NamedTuple):
    """What runs."""

    kafka: EmbeddedKafka
    valkey: EmbeddedValkey
    dataflow: DataflowProcess
    server: ServerProcess
    redis: redis.Redis
    settings: Settings

    def check(self) -> None:
        """Raises `Unavailable` when a part has ended."""
        self.dataflow.check()
        self.server.check()
        for server in (self.kafka, self.valkey):
            if server.pid is None:
                raise Unavailable(f"{server.name} has ended by itself; start the demo again")


def run_session(wanted: Wanted, console: Console, stop: StopRequest) -> None:
    """Start everything, show what happens, report, and end everything. Raises `Interrupted` and `Unavailable`."""
    console.print(
        f"lasttouch demo: a made-up shop’s week in {wanted.seconds} s, "
        f"{wanted.seconds * wanted.events_per_second:,} events of {wanted.contacts:,} people",
        soft_wrap=True,
    )
    if wanted.webhooks:
        console.print(
            "its mails come in as SendGrid's webhooks, its orders as Yespo's, the rest at /v1/events", soft_wrap=True
        )
    with ExitStack() as stack:
        parts = _start(wanted, console, stop, stack)
        end_ms = time.time_ns() // 1_000_000 + 1_000 * wanted.seconds
        plan = ShopPlan(*wanted[:3], start_ms=end_ms - WEEK_MS, end_ms=end_ms)
        days = (date.fromordinal(day_of(ms, parts.settings.time_zone)) for ms in (plan.start_ms, plan.end_ms))
        shop = stack.enter_context(Shop(plan, _writer(wanted, parts, stop), stop))
        watch = _Watch(parts, shop, Period(*days), console, stop)
        watch.show_live()
        watch.report()
        is_early = stop.requested
        if wanted.stays:
            _stay(parts, console, stop)
        with _announced(console, "stopping the dataflow and the HTTP API"):
            parts.server.end()
            parts.dataflow.end()
    if is_early:
        raise Interrupted
    console.print(
        "", _HOW_TO_GO_ON.format(first=watch.period.first, last=watch.period.last), sep="\n", end="", soft_wrap=True
    )


def _stay(parts: _Parts, console: Console, stop: StopRequest) -> None:
    """Return when a stop is requested. Raises `Unavailable` when a part has ended."""
    if not stop.requested:
        parts.server.show_links(console, parts.redis)
        console.print("  all of it stays until Ctrl-C", soft_wrap=True)
        console.file.flush()
    while not stop.requested:
        parts.check()
        time.sleep(_LOOK_EVERY_S)


def _writer(wanted: Wanted, parts: _Parts, stop: StopRequest) -> EventWriter | WebhookWriter:
    if not wanted.webhooks:
        return EventWriter(parts.kafka.bootstrap_servers, TopicNames())
    url = parts.server.url
    assert url is not None
    return WebhookWriter(url, parts.server.tokens[Role.INGEST], wanted.contacts, stop)


def _start(wanted: Wanted, console: Console, stop: StopRequest, stack: ExitStack) -> _Parts:
    """All parts, entered into `stack`."""
    folder = Path(
        stack.enter_context(tempfile.TemporaryDirectory(prefix="lasttouch-demo-", ignore_cleanup_errors=True))
    )
    settings = folder / "settings.toml"
    settings.write_text(SETTINGS)
    with _announced(console, "starting a Kafka-compatible broker (Tansu)", stop):
        kafka = stack.enter_context(EmbeddedKafka())
        names = TopicNames()
        plans = [plan for plan in topic_plans(names) if plan.name in names.inputs]
        ensure_topics(kafka.bootstrap_servers, plans, partitions=wanted.workers)
    with _announced(console, "starting Redis (Valkey)", stop):
        valkey = stack.enter_context(EmbeddedValkey())
        client = stack.enter_context(connected(valkey.url))
    shared = {
        "--kafka-bootstrap-servers": kafka.bootstrap_servers,
        "--redis-url": valkey.url,
        "--settings": str(settings),
        **topic_arguments(names),
    }
    arguments = {
        **shared,
        "--recovery-dir": str(folder / "recovery"),
        "--epoch-seconds": f"{_EPOCH_S}",
        "--workers": f"{wanted.workers}",
    }
    with _announced(console, "starting the dataflow (lasttouch run)", stop):
        dataflow = stack.enter_context(DataflowProcess(_words(arguments), folder / "run.log"))
        server = stack.enter_context(ServerProcess(ACCOUNT, _words(shared), folder))
        parts = _Parts(kafka, valkey, dataflow, server, client, load_settings_file(settings).of(ACCOUNT))
        while not dataflow.is_ready(client) and not stop.requested:
            parts.check()
            time.sleep(_POLL_S)
    with _announced(console, "starting the HTTP API (lasttouch serve)", stop):
        while server.url is None and not stop.requested:
            parts.check()
            time.sleep(_POLL_S)
    server.show(console, client)
    return parts


def _words(arguments: Mapping[str, str]) -> list[str]:
    return [word for flag in arguments.items() for word in flag]


@contextmanager
def _announced(console: Console, what: str, stop: StopRequest | None = None) -> Iterator[None]:
    """Say what is begun, and how long it took. Raises `Interrupted` when a stop was requested meanwhile."""
    console.print(f"  {what} … ", end="")
    console.file.flush()
    began = time.monotonic()
    try:
        yield
    except BaseException:
        console.print()
        raise
    console.print(f"{time.monotonic() - began:.1f} s")
    if stop is not None and stop.requested:
        console.print("stopped before the shop opened")
        raise Interrupted


class _Watch:
    """Looks at what the shop sends and at what Redis shows of it."""

    def __init__(self, parts: _Parts, shop: Shop, period: Period, console: Console, stop: StopRequest) -> None:
        self.period = period
        self._parts = parts
        self._shop = shop
        self._console = console
        self._stop = stop
        self._arrived_s: float | None = None

    def show_live(self) -> None:
        """Open the shop, and show what Redis has of it until all has arrived there, or a stop is requested."""
        self._shop.open()
        with screen(self._console) as show:
            while self._shop.is_open and not self._stop.requested:
                show(*self._look())
                time.sleep(_LOOK_EVERY_S)
            self._await_arrival(show)

    def report(self) -> None:
        """Say how far the demo came, and print the reports of all of it."""
        self._shop.join()
        seen, sent = self._look()
        self._console.print("", said_at_the_end(seen, sent, self._arrived_s), "", sep="\n", soft_wrap=True)
        if seen.campaigns.as_of is not None:
            for report in seen:
                print_table(report, self._parts.settings.time_zone, sys.stdout)
                self._console.print()

    def _look(self) -> tuple[ShopView, Sent]:
        self._parts.check()
        seen = see(self._parts.redis, ACCOUNT, self.period, self._parts.settings)
        shop = self._shop
        return seen, Sent(shop.sent, shop.elapsed_s, shop.plan.seconds, shop.lag_s(seen.as_of_ms))

    def _await_arrival(self, show: Show) -> None:
        """Wait until all that was sent is in Redis, but not for ever."""
        closed_at = changed_at = time.monotonic()
        known: ShopView | None = None
        while not self._stop.requested and time.monotonic() - closed_at < CATCH_UP_TIMEOUT_S:
            seen, sent = self._look()
            show(seen, sent)
            if seen != known:
                known, changed_at = seen, time.monotonic()
            elif self._is_newest(seen) and time.monotonic() - changed_at >= _AT_REST_S:
                self._arrived_s = changed_at - closed_at
                return
            time.sleep(_LOOK_EVERY_S)

    def _is_newest(self, seen: ShopView) -> bool:
        return seen.as_of_ms == self._shop.newest_ms and not seen.campaigns.catching_up
