"""The whole of lasttouch with shops in it, as its page's readers have it: broker, dataflow, Valkey, server."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import redis

from cli.demo.session import SETTINGS as ACME_SETTINGS
from config.tokens_file import Role, create_token
from connectors.embedded.servers import EmbeddedKafka, EmbeddedValkey
from connectors.kafka.ingest import EventWriter
from connectors.kafka.topics import TopicNames, ensure_topics, topic_plans
from generator.shop import DAY_MS
from generator.stream import events
from tests.api.serving import Served, serving
from tests.e2e.kafka_runs import await_caught_up, records_read
from tests.e2e.running import Running, Runs, await_epochs
from tests.waiting import PATIENCE_S, await_that
from tests.web.odd_shops import SETTINGS as ODD_SETTINGS
from tests.web.odd_shops import odd_events

ACCOUNTS: Final = ("acme", "odd", "yen", "dinar", "empty", "fresh", "newcomer", "why", "rules", "many")
"""A generated shop; one of odd names and great amounts; one in JPY; one in KWD; two that nobody has told anything.
The last four are of the tests that send them their events."""
DAYS: Final = 35
EVENTS: Final = 9_000
CONTACTS: Final = 900

Tokens = Mapping[tuple[str, Role], str]


@dataclass(frozen=True)
class Stack:
    """What runs, and what can be done to it."""

    url: str
    served: Served
    running: Running
    valkey: EmbeddedValkey
    client: redis.Redis
    tokens: Tokens
    folder: Path
    recovery_dir: Path
    _writer: EventWriter

    def api(self, path: str, account: str = "acme", role: Role = Role.ADMIN, **params: Any) -> Any:
        """What the API says: what the page has to show is compared with it."""
        headers = {"Authorization": f"Bearer {self.tokens[account, role]}"}
        answer = httpx.get(f"{self.url}{path}", headers=headers, params=params, timeout=PATIENCE_S)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, happened: Iterable[Mapping[str, Any] | bytes]) -> None:
        """Events (objects, or lines of JSON) into the topics; they are counted some tenths of a second later."""
        self._writer.write([one if isinstance(one, bytes) else json.dumps(one).encode() for one in happened])
        self._writer.finish()

    def send_counted(self, happened: Iterable[Mapping[str, Any] | bytes]) -> None:
        """`send`, and wait until all of it is shown, whichever topic it went by."""
        events = list(happened)
        read = records_read(self.client)
        self.send(events)
        await_that(lambda: records_read(self.client) >= read + len(events), f"{len(events)} events read")
        await_epochs(self.recovery_dir)

    @contextmanager
    def store_away(self) -> Iterator[None]:
        """Redis answers nobody for a while."""
        assert self.valkey.pid is not None
        os.kill(self.valkey.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.valkey.pid, signal.SIGCONT)

    def await_order(self, order: str, account: str = "acme") -> None:
        """Wait until an order is in the list of orders."""
        listed = "/v1/reports/orders"
        await_that(lambda: bool(self.api(listed, account, order=order)["orders"]), f"order {order}")

    def await_status(self, order: str, status: str, account: str = "acme") -> None:
        """Wait until an order has reached a status."""
        listed = "/v1/reports/orders"
        await_that(lambda: bool(self.api(listed, account, order=order, status=status)["orders"]), f"{order} {status}")


@contextmanager
def standing(
    folder: Path, *, events_told: int = EVENTS, contacts: int = CONTACTS, acme_settings: str = ACME_SETTINGS
) -> Iterator[Stack]:
    """Everything started, the shops' past counted: of acme so many events of so many people."""
    now_ms = time.time_ns() // 1_000_000
    settings = folder / "settings.toml"
    settings.write_text(acme_settings + ODD_SETTINGS)
    tokens_file = folder / "tokens.toml"
    tokens = {
        (account, role): create_token(tokens_file, account=account, role=role, name=f"{account}'s {role.value}")
        for account in ACCOUNTS
        for role in Role
    }
    with ExitStack() as stack:
        kafka = stack.enter_context(EmbeddedKafka())
        valkey = stack.enter_context(EmbeddedValkey())
        names = TopicNames()
        plans = [plan for plan in topic_plans(names) if plan.name in names.inputs]
        ensure_topics(kafka.bootstrap_servers, plans, partitions=1)
        client = stack.enter_context(redis.Redis.from_url(valkey.url))
        runs = Runs(folder, valkey.url)
        stack.callback(runs.end_all)
        running = runs.start(
            kafka_bootstrap_servers=kafka.bootstrap_servers, settings=settings, epoch_seconds="0.5", forget_after="24h"
        )
        writer = EventWriter(kafka.bootstrap_servers, names)
        past = list(events(events_told, contacts, 7, start_ms=now_ms - DAYS * DAY_MS, span_ms=DAYS * DAY_MS))
        odd = odd_events(now_ms)
        writer.write(past)
        writer.write(odd)
        writer.finish()
        await_caught_up(client, len(past) + len(odd))
        await_epochs(runs.recovery_dir())
        served = stack.enter_context(
            serving(
                folder,
                valkey.url,
                LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers,
                LASTTOUCH_SETTINGS=str(settings),
                LASTTOUCH_HTTP_REQUESTS_PER_MINUTE="100000",
            )
        )
        yield Stack(served.url, served, running, valkey, client, tokens, folder, runs.recovery_dir(), writer)
