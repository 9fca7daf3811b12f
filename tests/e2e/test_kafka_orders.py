"""One order and what becomes of it, event by event through Kafka: each change is told, and the last word is true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import redis

from connectors.kafka_admin import TopicPlan, ensure_topics
from tests.conftest import Broker
from tests.e2e.kafka_runs import (
    TOPICS,
    await_caught_up,
    last_records,
    make_inputs,
    not_as_in_rows,
    put,
    records_read,
    rows_of,
)
from tests.e2e.running import Running, Runs, await_that
from tests.e2e.shop_files import TOTAL, order, touch
from tests.e2e.views import view
from tests.reference.values import HOUR_MS, moment_ms, moment_text

pytestmark = pytest.mark.kafka

NOON_MS = moment_ms("2026-01-05T12:00:00Z")
NEVER_S = 3_600
"""An epoch that no test lives to see closed: what a killed run did is forgotten."""
EPOCH_S = 0.2

CLICK = touch("ann", NOON_MS - 2 * HOUR_MS)
LATER_CLICK = touch("ann", NOON_MS - HOUR_MS, campaign="summer", message="m2")
BOBS_CLICK = touch("bob", NOON_MS - HOUR_MS, campaign="autumn", message="m3")


def _order(status: str = "DELIVERED", *, contact: str = "ann", hours: int = 1) -> bytes:
    return order("o1", contact, NOON_MS, status=status, time=moment_text(NOON_MS + hours * HOUR_MS))


@dataclass
class Shop:
    """Runs over one broker, and what has been told of the order."""

    runs: Runs
    client: redis.Redis
    bootstrap: str
    sent: int = 0

    def start(self, *, epoch_s: float = EPOCH_S, workers: int = 1) -> Running:
        return self.runs.start(kafka_bootstrap_servers=self.bootstrap, epoch_seconds=epoch_s, workers=workers)

    def put(self, *lines: bytes) -> None:
        put(self.bootstrap, lines)
        self.sent += len(lines)

    def told(self) -> str:
        """The campaign that the order's last record names, or the reason why it names none."""
        record = last_records(self.bootstrap).get(("acme", "o1"), {"reason": "nothing told"})
        return str(record["campaign"] if record.get("credited") else record["reason"])

    def await_told(self, campaign_or_reason: str) -> None:
        await_that(lambda: self.told() == campaign_or_reason, f"{campaign_or_reason}, told in a record")

    def end(self, running: Running) -> None:
        """Let it read all there is, and stop it."""
        await_caught_up(self.client, self.sent)
        ended = running.stop()
        assert (ended.status, ended.stderr) == (0, "")

    def total(self) -> dict[str, Any]:
        """The account's counters of orders; what is 0 must not be there."""
        touches = ("sent", "delivered", "opened", "clicked", "channel:email:clicked")
        return {name: int(value) for name, value in view(self.client)[TOTAL].items() if name not in touches}


@pytest.fixture
def shop(make_broker: Callable[[], Broker], runs: Runs, valkey: redis.Redis) -> Iterator[Shop]:
    with make_broker() as broker:
        make_inputs(broker.bootstrap_servers)
        # A run makes it too, but it is looked into before the run is so far.
        ensure_topics(broker.bootstrap_servers, [TopicPlan(TOPICS.attributions, {"cleanup.policy": "compact"})])
        yield Shop(runs, valkey, broker.bootstrap_servers)


CREDITED = {
    "orders:DELIVERED:EUR": 1,
    "amount:DELIVERED:EUR": 1_000,
    "purchases:EUR": 1,
    "revenue:EUR": 1_000,
    "channel:email:purchases:EUR": 1,
    "channel:email:revenue:EUR": 1_000,
}
NOT_CREDITED = {
    "orders:DELIVERED:EUR": 1,
    "amount:DELIVERED:EUR": 1_000,
    "unattributed:purchases:EUR": 1,
    "unattributed:revenue:EUR": 1_000,
}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_change_is_told_as_it_comes(workers: int, shop: Shop) -> None:
    running = shop.start(workers=workers)
    for event, told in (
        (_order("INITIALIZED", hours=0), "not_delivered"),
        (_order(), "no_eligible_touch"),
        (CLICK, "spring"),
        (LATER_CLICK, "summer"),
        (CLICK, "summer"),
        (BOBS_CLICK, "summer"),
        (_order(contact="bob", hours=2), "autumn"),
        (_order("CANCELLED", contact="bob", hours=3), "not_delivered"),
        (_order(contact="ann", hours=4), "summer"),
    ):
        shop.put(event)
        shop.await_told(told)
    shop.end(running)
    assert shop.total() == CREDITED
    shown = view(shop.client)
    assert not not_as_in_rows(last_records(shop.bootstrap), rows_of(shown))
    assert "purchases:EUR" not in shown["lasttouch:{acme}:campaign:email:spring"]
    assert "purchases:EUR" not in shown["lasttouch:{acme}:campaign:email:autumn"]


LOST = {
    "a first status": ([], [_order("INITIALIZED", hours=0)], "not_delivered", [_order()], "no_eligible_touch"),
    "a late click": ([], [_order()], "no_eligible_touch", [CLICK], "spring"),
    "a cancellation that did not last": (
        [CLICK, _order()],
        [_order("CANCELLED", hours=2)],
        "not_delivered",
        [_order(hours=3)],
        "spring",
    ),
    "a move": (
        [CLICK, BOBS_CLICK],
        [_order()],
        "spring",
        [_order(contact="bob", hours=2)],
        "autumn",
    ),
    "a move there and back": (
        [CLICK, BOBS_CLICK, _order()],
        [_order(contact="bob", hours=2)],
        "autumn",
        [_order(contact="ann", hours=3)],
        "spring",
    ),
}
"""What the store knows; what a killed run told and forgot, and how it told it; what came later; what is true then."""


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("known", "forgotten", "told", "later", "truth"), LOST.values(), ids=LOST)
def test_what_a_killed_run_told_and_forgot_is_put_right(
    workers: int, known: list[bytes], forgotten: list[bytes], told: str, later: list[bytes], truth: str, shop: Shop
) -> None:
    """What is read again comes in other batches than the first time, so that the difference may be nothing."""
    if known:
        shop.put(*known)
        shop.end(shop.start(workers=workers))
    running = shop.start(epoch_s=NEVER_S, workers=workers)
    shop.put(*forgotten)
    shop.await_told(told)
    if not known:
        # A new view shows what is counted at once.
        await_that(
            lambda: "orders:DELIVERED:EUR" in shop.total() or "orders:INITIALIZED:EUR" in shop.total(), "counters"
        )
    running.kill()
    assert records_read(shop.client) == shop.sent
    shop.put(*later)
    shop.end(shop.start(workers=workers))
    assert shop.told() == truth
    assert shop.total() == (NOT_CREDITED if truth == "no_eligible_touch" else CREDITED)
    assert not not_as_in_rows(last_records(shop.bootstrap), rows_of(view(shop.client)))
