"""What was published since the last snapshot is said once, and never keeps an epoch from being completed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from config.errors import Unavailable
from config.stopping import StopRequest
from connectors.sources import resend
from connectors.sources.replay import Resend, ResendItem, ResendListed, RowAt
from connectors.sources.resend import ResendPartition, ResendSource
from tests.waiting import PATIENCE_S, await_that


class Topic:
    """Records in memory, at a broker that can go away."""

    def __init__(self, *orders: str) -> None:
        self.orders = list(orders)
        self.answers = threading.Event()
        self.answers.set()
        self.asked_in_vain = threading.Semaphore(0)

    def ends(self) -> Mapping[str, int]:
        end = len(self.orders)
        if not self.answers.is_set():
            self.asked_in_vain.release()
            raise Unavailable("away")
        return {"attributions:0": end}

    def since(self, offsets: Mapping[str, int]) -> Iterator[list[tuple[str, str]]]:
        yield [("acme", order) for order in self.orders[offsets.get("attributions:0", 0) :]]


Make = Callable[..., ResendPartition]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(resend, "ASK_EVERY_S", 0.01)
    with ExitStack() as stack:

        def made(
            topic: Topic | None,
            state: dict[str, int] | None = None,
            *rows: RowAt,
            lists: bool = True,
            ends: bool = False,
        ) -> ResendPartition:
            source = ResendSource(topic, lambda: iter(rows), StopRequest(), lists, ends)
            part = source.build_part("resend", "00", state)
            stack.callback(part.close)
            return part

        yield made


def listed(part: ResendPartition) -> list[ResendItem]:
    """All that it says."""
    said: list[ResendItem] = []

    def has_ended() -> bool:
        said.extend(part.next_batch())
        return ResendListed() in said

    await_that(has_ended, "the end of the list")
    return said


def test_records_since_the_last_snapshot_and_rows_that_are_noted(make: Make) -> None:
    part = make(Topic("o1", "o2", "o3"), {"attributions:0": 1}, RowAt("acme", "o4", 7))
    assert listed(part) == [
        Resend("acme", "o4"),
        RowAt("acme", "o4", 7),
        Resend("acme", "o2"),
        Resend("acme", "o3"),
        ResendListed(),
    ]


def test_without_kafka_rows_are_all_there_is(make: Make) -> None:
    part = make(None, {"attributions:0": 5}, RowAt("acme", "o1", 7))
    assert listed(part) == [Resend("acme", "o1"), RowAt("acme", "o1", 7), ResendListed()]
    assert part.snapshot() == {"attributions:0": 5}, "kept for a run with Kafka"


def test_where_everything_is_emitted_nothing_is_resent(make: Make) -> None:
    assert listed(make(Topic("o1"), None, RowAt("acme", "o1", 7), lists=False)) == [ResendListed()]


def test_until_all_is_handed_on_the_next_run_has_to_begin_where_this_one_did(make: Make) -> None:
    part = make(Topic("o1", "o2"), {"attributions:0": 1})
    assert part.snapshot() == {"attributions:0": 1}
    listed(part)
    assert part.snapshot() == {"attributions:0": 2}


def test_while_the_broker_is_away_the_last_known_end_holds(make: Make) -> None:
    topic = Topic("o1")
    part = make(topic, None)
    listed(part)
    topic.answers.clear()
    topic.orders.append("o2")
    for _ in range(3):
        assert topic.asked_in_vain.acquire(timeout=PATIENCE_S)
    assert part.snapshot() == {"attributions:0": 1}
    topic.answers.set()
    await_that(lambda: part.snapshot() == {"attributions:0": 2}, "the end is asked for again")


def test_a_list_waits_for_a_broker_that_is_away_and_the_stream_does_not(make: Make) -> None:
    topic = Topic("o1")
    topic.answers.clear()
    part = make(topic, None)
    for _ in range(3):
        assert topic.asked_in_vain.acquire(timeout=PATIENCE_S)
        assert ResendListed() not in part.next_batch()
        assert part.snapshot() == {}
    topic.answers.set()
    assert listed(part)[-1] == ResendListed()


def test_a_run_with_an_end_ends_after_the_list(make: Make) -> None:
    part = make(None, None, ends=True)
    listed(part)
    with pytest.raises(StopIteration):
        part.next_batch()


def test_what_goes_wrong_comes_out_in_the_stream(make: Make) -> None:
    class Broken(Topic):
        def since(self, offsets: Mapping[str, int]) -> Iterator[list[tuple[str, str]]]:
            yield [("acme", str(1 // len(self.orders)))]

    part = make(Broken(), None)
    with pytest.raises(ZeroDivisionError):
        listed(part)
