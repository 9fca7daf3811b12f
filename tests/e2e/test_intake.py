"""What comes in over HTTP is in the report: server, broker, dataflow, Redis, server; and what comes again is once."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import redis

from config.tokens_file import HOOK_SOURCES, Role, create_token
from connectors.embedded.servers import EmbeddedValkey
from tests.api.serving import Served, serving
from tests.conftest import Broker
from tests.e2e.kafka_runs import make_inputs
from tests.e2e.running import Runs
from tests.e2e.sales import (
    CAMPAIGN,
    PUBLIC_URL,
    SIGNING_KEYS,
    SOURCES,
    Post,
    Sale,
    sales,
    sendgrid_click,
    signature_headers,
    twilio_callback,
    yespo_part,
)
from tests.reference.values import HOUR_MS, moment_text
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

PARTIAL: Final = "partial"
"""The shop of orders that are told in parts."""
LAST: Final = "last"
"""A shop that buys when everything before has been counted."""
ACCOUNTS: Final = (*SOURCES, PARTIAL, LAST)
_IN_ADDRESS: Final = frozenset({"sendgrid", "woocommerce", "twilio"})
"""Senders that give their token in the address."""
_TOTAL_OF_LAST: Final = f"lasttouch:{{{LAST}}}:total"
_FRESHNESS: Final = ("as_of", "catching_up")


@dataclass
class Shops:
    """A shop for each source, one server and one dataflow for all of them."""

    served: Served
    client: redis.Redis
    tokens: dict[tuple[str, str], str]
    """(account, source or role) → token."""
    sales: dict[str, Sale] = field(default_factory=dict)
    _bought_last: int = 0

    def post(self, account: str, post: Post) -> httpx.Response:
        """Send it as its sender does."""
        source = post.source
        token = self.tokens[account, source or Role.INGEST]
        headers = {"Authorization": "Basic " + base64.b64encode(f"any:{token}".encode()).decode(), **post.headers}
        path = post.path
        if source in _IN_ADDRESS:
            del headers["Authorization"]
            path += f"{'&' if '?' in path else '?'}token={token}"
        headers |= signature_headers(post, path)
        answer = self.served.client.post(path, content=post.body, headers=headers)
        assert answer.status_code == 200, (account, answer.text)
        assert not answer.content or answer.json()["summary"]["rejected"] == 0, (account, answer.text)
        return answer

    def send_all(self) -> None:
        for account, sale in self.sales.items():
            for post in sale.posts:
                self.post(account, post)

    def get(self, account: str, path: str, **asked: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.tokens[account, Role.ADMIN]}"}
        answer = self.served.client.get(path, params=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def report(self, account: str, name: str, **asked: str) -> dict[str, Any]:
        """Of the days around now, without what says how fresh it is."""
        today = datetime.now(UTC).date()
        days = {"from": str(today - timedelta(days=2)), "to": str(today + timedelta(days=2))}
        found = self.get(account, f"/v1/reports/{name}", **days, **asked)
        return {key: value for key, value in found.items() if key not in _FRESHNESS}

    def reports(self, account: str) -> list[dict[str, Any]]:
        """All that a sale shows in."""
        asked = {"campaigns": {}, "channels": {}, "orders": {}, "purchases": {"campaign": self.sales[account].campaign}}
        return [self.report(account, name, **more) for name, more in asked.items()]

    def await_sale(self, account: str) -> None:
        """Wait until the shop's one message and its one purchase are counted, and the purchase is listed: neither waits
        for the other."""
        sale = self.sales[account]

        def shown() -> tuple[list[tuple[int, int]], list[str]]:
            campaigns = self.report(account, "campaigns")["campaigns"]
            bought = self.report(account, "purchases", campaign=sale.campaign)["purchases"]
            return [(row[sale.event], row["purchases"]) for row in campaigns], [row["order"] for row in bought]

        await_that(lambda: shown() == ([(1, 1)], [sale.order]), lambda: f"{account}'s sale, but {shown()}")

    def await_all_counted(self) -> None:
        """Wait until a sale is credited whose touch, contact and order came after everything else."""
        self._bought_last += 1
        bought, at = f"b{self._bought_last}", moment_text(_now_ms() - HOUR_MS)
        touch = {"channel": "email", "event": "clicked", "campaign": "last", "message": bought}
        order = {
            "status": "DELIVERED",
            "amount": 1,
            "currency": "EUR",
            "ordered_at": at,
            "email": f"{bought}@x.example",
        }
        for event in (
            {"type": "touch", "contact": bought, "time": at, **touch},
            {"type": "contact", "contact": bought, "time": at, "email": order["email"]},
            {"type": "order", "order": bought, "time": at, **order},
        ):
            self.post(LAST, _json("/v1/events", event))
        count = b"%d" % self._bought_last
        await_that(lambda: self.client.hget(_TOTAL_OF_LAST, "purchases:EUR") == count, "what was sent last")


def _texts(orders: dict[str, Any]) -> list[str]:
    """What a report says of each order, but for its id."""
    return [json.dumps({**row, "order": None}, sort_keys=True) for row in orders["orders"]]


def _json(path: str, payload: object) -> Post:
    return Post(path, json.dumps(payload).encode(), {"Content-Type": "application/json"})


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _make_tokens(path: Path) -> dict[tuple[str, str], str]:
    tokens = {
        (account, str(role)): create_token(path, account=account, role=role)
        for account in ACCOUNTS
        for role in (Role.ADMIN, Role.INGEST)
    }
    hooks = [(source, source) for source in HOOK_SOURCES] + [(PARTIAL, "sendgrid")]
    for account, source in hooks:
        tokens[account, source] = create_token(
            path, account=account, role=Role.INGEST, source=source, signing_key=SIGNING_KEYS.get(source)
        )
    return tokens


@pytest.fixture(scope="module")
def shops(make_broker: Callable[[], Broker], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    """What every source sends has been sent once."""
    folder = tmp_path_factory.mktemp("intake")
    tokens = _make_tokens(folder / "tokens.toml")
    with make_broker() as broker, EmbeddedValkey() as valkey, redis.Redis.from_url(valkey.url) as client:
        make_inputs(broker.bootstrap_servers)
        runs = Runs(folder, valkey.url)
        runs.start(kafka_bootstrap_servers=broker.bootstrap_servers, epoch_seconds=0.5)
        environment = {
            "LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "LASTTOUCH_PUBLIC_URL": PUBLIC_URL,
            "LASTTOUCH_HTTP_REQUESTS_PER_MINUTE": "100000",
        }
        try:
            with serving(folder, valkey.url, **environment) as served:
                shops = Shops(served, client, tokens)
                await_that(lambda: served.client.get("/readyz").status_code == 200, "a server that is ready")
                shops.post("twilio", twilio_callback())
                shops.sales = sales(_now_ms())
                shops.send_all()
                shops.await_all_counted()
                yield shops
        finally:
            runs.end_all()


@pytest.fixture(scope="module")
def before(shops: Shops) -> dict[str, list[dict[str, Any]]]:
    """What was shown of each source before everything was sent a second time."""
    shown = {}
    for account in SOURCES:
        shops.await_sale(account)
        shown[account] = shops.reports(account)
    shops.send_all()
    shops.await_all_counted()
    return shown


@pytest.mark.parametrize("source", SOURCES)
def test_what_a_source_sends_is_a_sale_of_its_campaign(shops: Shops, source: str) -> None:
    sale = shops.sales[source]
    shops.await_sale(source)

    report = shops.report(source, "campaigns")
    assert (report["total"]["purchases"], report["total"]["revenue"]) == (1, sale.revenue)
    [row] = report["campaigns"]
    assert (row["channel"], row["campaign"], row["purchases"]) == (sale.channel, sale.campaign, 1)
    [bought] = shops.report(source, "purchases", campaign=sale.campaign)["purchases"]
    assert (bought["order"], bought["contact"], bought["email"]) == (sale.order, sale.contact, sale.email)
    assert (bought["amount"], bought["currency"], bought["ordered_at"]) == (sale.revenue, "EUR", sale.ordered_at)
    assert (bought["channel"], bought["event"]) == (sale.channel, sale.event)
    assert sale.touched_at in {bought["touched_at"], None}


@pytest.mark.parametrize("source", SOURCES)
def test_the_same_requests_again_change_nothing(
    shops: Shops, before: dict[str, list[dict[str, Any]]], source: str
) -> None:
    assert shops.reports(source) == before[source]


def test_an_order_told_in_parts_is_the_same_in_whatever_order_they_come(shops: Shops) -> None:
    """And it is there as soon as it is known what was bought: what came before that is in it."""
    ordered_ms = _now_ms() - HOUR_MS
    shops.post(PARTIAL, sendgrid_click(ordered_ms - HOUR_MS))
    orders = {
        f"o{number}": parts for number, parts in enumerate(permutations(("made", "changed", "named", "delivered")))
    }

    def send(place: int) -> None:
        for order, parts in orders.items():
            shops.post(PARTIAL, yespo_part(order, parts[place], ordered_ms))
        shops.await_all_counted()

    def listed() -> set[str]:
        return {row["order"] for row in shops.report(PARTIAL, "orders")["orders"]}

    for place in range(4):
        send(place)
        known = {order for order, parts in orders.items() if "made" in parts[: place + 1]}
        await_that(lambda: listed() == known, lambda: f"{known}, but {listed()}")  # noqa: B023 - waited for at once

    await_that(lambda: len(set(_texts(shops.report(PARTIAL, "orders")))) == 1, "orders that are all the same")
    await_that(lambda: shops.report(PARTIAL, "campaigns")["total"]["revenue"] == "1932.00", "what all of them earned")
    shown = shops.report(PARTIAL, "orders")
    assert [row.pop("order") for row in shown["orders"]] == sorted(orders)
    row = shown["orders"][0]
    assert (row["status"], row["amount"], row["ordered_at"]) == ("DELIVERED", "80.50", moment_text(ordered_ms))
    assert (row["contact"], row["first_name"], row["campaign"]) == ("c42", "Anna", CAMPAIGN)
    assert shown["totals"]["total"] == {"orders": 24, "amount": "1932.00"}

    for place in reversed(range(4)):
        send(place)
    again = shops.report(PARTIAL, "orders")
    assert [row.pop("order") for row in again["orders"]] == sorted(orders)
    assert again == shown
