"""One order and what becomes of it, event by event through Kafka: each change is told, and the last word is true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import redis

from connectors.kafka.topics import TopicPlan, ensure_topics
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
from tests.e2e.running import Running, Runs
from tests.e2e.shop_files import TOTAL, order, touch
from tests.e2e.views import view
from tests.reference.values import HOUR_MS, moment_ms, moment_text
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

NOON_MS = moment_ms("2026-01-05T12:00:00Z")
NEVER_S = 3_600
"""An epoch that no test lives to see closed: what a killed run did is forgotten."""
EPOCH_S = 0.2


def _click(contact: str, campaign: str) -> bytes:
    return touch(contact, NOON_MS - HOUR_MS, campaign=campaign, message=campaign)


def _order(status: str, hours: int, order_id: str = "o1", contact: str = "ann") -> bytes:
    """The order of noon, in a state that it reached so many hours later."""
    return order(order_id, contact, NOON_MS, status=status, time=moment_text(NOON_MS + hours * HOUR_MS))


@dataclass
class Shop:
    """Runs over one broker, and what has been told of orders."""

    runs: Runs
    client: redis.Redis
    bootstrap: str
    sent: int = 0

    def start(self, workers: int, *, epoch_s: float = EPOCH_S) -> Running:
        return self.runs.start(kafka_bootstrap_servers=self.bootstrap, epoch_seconds=epoch_s, workers=workers)

    def put(self, *lines: bytes) -> None:
        put(self.bootstrap, lines)
        self.sent += len(lines)

    def told(self) -> dict[str, str]:
        """Order → the campaign that its last record names, or the reason why it names none."""
        records = last_records(self.bootstrap)
        return {
            order_id: str(record["campaign"] if record["credited"] else record["reason"])
            for (_, order_id), record in records.items()
        }

    def await_told(self, **right: str) -> None:
        await_that(lambda: self.told() == right, f"{right}, told in records")

    def end(self, running: Running) -> None:
        """Let it read all there is, and stop it."""
        await_caught_up(self.client, self.sent)
        running.stop().went_well()

    def total(self) -> dict[str, int]:
        """The account's counters of orders; what is 0 must not be there."""
        total = view(self.client).get(TOTAL, {})
        return {name: int(value) for name, value in total.items() if name.endswith(":EUR") and "channel" not in name}

    def purchases(self) -> dict[str, int]:
        """Campaign → purchases; what has none must not be there."""
        prefix = "lasttouch:{acme}:campaign:email:"
        counters = {key.removeprefix(prefix): fields for key, fields in view(self.client).items() if prefix in key}
        return {name: int(fields["purchases:EUR"]) for name, fields in counters.items() if "purchases:EUR" in fields}

    def rows_differ(self) -> list[tuple[object, ...]]:
        return list(not_as_in_rows(last_records(self.bootstrap), rows_of(view(self.client))))


@pytest.fixture
def shop(make_broker: Callable[[], Broker], runs: Runs, valkey: redis.Redis) -> Iterator[Shop]:
    with make_broker() as broker:
        make_inputs(broker.bootstrap_servers)
        # A run makes it too, but it is looked into before the run is so far.
        ensure_topics(broker.bootstrap_servers, [TopicPlan(TOPICS.attributions, {"cleanup.policy": "compact"})])
        yield Shop(runs, valkey, broker.bootstrap_servers)


def test_every_change_is_told_as_it_comes(shop: Shop) -> None:
    running = shop.start(2)
    for event, told in (
        (_order("INITIALIZED", 0), "not_delivered"),
        (_order("DELIVERED", 1), "no_eligible_touch"),
        (_click("ann", "spring"), "spring"),
        (_click("ann", "summer"), "summer"),
        (_click("bob", "autumn"), "summer"),
        (_order("DELIVERED", 2, contact="bob"), "autumn"),
        (_order("CANCELLED", 3, contact="bob"), "not_delivered"),
        (_order("DELIVERED", 4, contact="ann"), "summer"),
    ):
        shop.put(event)
        shop.await_told(o1=told)
    shop.end(running)
    assert shop.total() == _delivered(1, credited=1)
    assert shop.purchases() == {"summer": 1}
    assert not shop.rows_differ()


def _delivered(orders: int, *, credited: int) -> dict[str, int]:
    """What a total has of orders over 10 EUR each."""
    counted = {
        "orders:DELIVERED:EUR": orders,
        "amount:DELIVERED:EUR": orders * 1_000,
        "purchases:EUR": credited,
        "revenue:EUR": credited * 1_000,
        "unattributed:purchases:EUR": orders - credited,
        "unattributed:revenue:EUR": (orders - credited) * 1_000,
    }
    return {name: value for name, value in counted.items() if value}


def test_what_a_killed_first_run_told_and_forgot_is_put_right(shop: Shop) -> None:
    """What is read again comes in other batches than the first time, so that the difference may be nothing."""
    running = shop.start(1, epoch_s=NEVER_S)
    shop.put(_order("INITIALIZED", 0, "status"), _order("DELIVERED", 1, "click", "bob"))
    shop.await_told(status="not_delivered", click="no_eligible_touch")
    await_that(lambda: {"orders:INITIALIZED:EUR", "unattributed:purchases:EUR"} <= shop.total().keys(), "counters")
    running.kill()

    shop.put(_order("DELIVERED", 1, "status"), _click("bob", "spring"))
    shop.end(shop.start(1))
    assert shop.told() == {"status": "no_eligible_touch", "click": "spring"}
    assert shop.total() == _delivered(2, credited=1)
    assert not shop.rows_differ()


def test_what_a_killed_later_run_told_and_forgot_is_put_right(shop: Shop) -> None:
    """The state goes back behind a cancellation and two moves, of which the repetition sees only how they ended."""
    clicks = [_click("ann", "spring"), _click("bob", "autumn")]
    shop.put(*clicks, *(_order("DELIVERED", 1, order_id) for order_id in ("cancelled", "moved", "returned")))
    shop.end(shop.start(1))

    running = shop.start(2, epoch_s=NEVER_S)
    shop.put(_order("CANCELLED", 2, "cancelled"))
    shop.put(*(_order("DELIVERED", 2, order_id, "bob") for order_id in ("moved", "returned")))
    shop.await_told(cancelled="not_delivered", moved="autumn", returned="autumn")
    running.kill()
    assert records_read(shop.client) == shop.sent

    shop.put(_order("DELIVERED", 3, "cancelled"), _order("DELIVERED", 3, "returned", "ann"))
    shop.end(shop.start(2))
    assert shop.told() == {"cancelled": "spring", "moved": "autumn", "returned": "spring"}
    assert shop.total() == _delivered(3, credited=3)
    assert shop.purchases() == {"spring": 2, "autumn": 1}
    assert not shop.rows_differ()
