"""Redis goes away and comes back, and the sink loses nothing of what it was given."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import redis

from config.stopping import StopRequest
from connectors.embedded.servers import EmbeddedValkey
from connectors.view.client import writing_client
from connectors.view.writes import ViewLost
from tests.connectors.view.view_writes import (
    contents,
    give,
    opened,
    revenue,
    row,
    sent,
    shown,
    sums,
)
from tests.waiting import await_that


class TestAway:
    """Redis goes away and comes back."""

    @pytest.fixture
    def server(self) -> Iterator[EmbeddedValkey]:
        with EmbeddedValkey(appendonly=True) as server:
            yield server

    @pytest.fixture
    def client(self, server: EmbeddedValkey) -> Iterator[redis.Redis]:
        with writing_client(server.url) as client:
            yield client

    def test_an_epoch_is_not_closed_before_redis_is_back_and_nothing_is_lost(
        self, server: EmbeddedValkey, client: redis.Redis, closing: ExitStack
    ) -> None:
        part = opened(closing, client)
        give(part, sums(sent(1)), row("o1"))
        server.kill()
        part.write_batch([[sums(sent(2)), row("o2")]])
        part.write_batch([[sums(sent(3))]])
        closed = threading.Thread(target=part.snapshot)
        closed.start()
        closed.join(0.3)
        assert closed.is_alive()
        server.restart()
        closed.join()
        assert shown(client) == {"sent": "3"}
        assert contents(client)["lasttouch:{acme}:rows:2026-03-01"].keys() == {"o1", "o2"}

    def test_it_may_go_away_again_and_again_under_load(
        self, server: EmbeddedValkey, client: redis.Redis, closing: ExitStack
    ) -> None:
        part = opened(closing, client)
        ended: list[int] = []

        def write() -> None:
            for number in range(1, 61):
                give(part, sums(*revenue(number), sent(number)), row(f"o{number}", text=json.dumps(number).encode()))
                ended.append(number)

        writing = threading.Thread(target=write)
        writing.start()
        for goal in (5, 20, 40):
            while len(ended) < goal:
                writing.join(0.005)
            server.kill()
            server.restart()
        writing.join()
        assert ended[-1] == 60
        assert shown(client) == {"channel:email:revenue:EUR": "60", "revenue:EUR": "60", "sent": "60"}
        rows = contents(client)["lasttouch:{acme}:rows:2026-03-01"]
        assert rows == {f"o{number}": str(number) for number in range(1, 61)}

    def test_what_waits_is_bounded_and_the_stream_waits_for_it(
        self, server: EmbeddedValkey, client: redis.Redis, closing: ExitStack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connectors.view.inbox.WAITING_MAX", 1_000)
        part = opened(closing, client)
        server.kill()
        taken: list[int] = []

        def write() -> None:
            for number in range(100):
                part.write_batch([[row(f"o{number}-{other}") for other in range(100)]])
                taken.append(number)

        writing = threading.Thread(target=write)
        writing.start()
        await_that(lambda: len(taken) >= 10 and part._inbox._is_awaited, "a stream that waits")
        # One lot is on its way, one waits, and the batch that was one too many is held.
        assert len(taken) * 100 <= 2 * 1_000 + 100
        server.restart()
        writing.join()
        part.snapshot()
        assert client.hlen("lasttouch:{acme}:rows:2026-03-01") == 10_000

    def test_totals_that_change_all_the_time_wait_as_one(
        self, server: EmbeddedValkey, client: redis.Redis, closing: ExitStack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connectors.view.inbox.WAITING_MAX", 10)
        part = opened(closing, client)
        server.kill()
        for number in range(1, 1_000):
            part.write_batch([[sums(*revenue(number), sent(number))]])
        server.restart()
        part.snapshot()
        assert shown(client)["sent"] == "999"

    def test_a_stop_ends_the_waiting_for_redis(
        self, server: EmbeddedValkey, client: redis.Redis, closing: ExitStack
    ) -> None:
        stop = StopRequest()
        part = opened(closing, client, stop=stop)
        server.kill()
        part.write_batch([[sums(sent(1))]])
        stop.requested = True
        with pytest.raises(RuntimeError, match="stopped while Redis was away"):
            part.snapshot()

    def test_a_server_that_comes_back_empty_is_found_out(
        self, server: EmbeddedValkey, client: redis.Redis, closing: ExitStack
    ) -> None:
        part = opened(closing, client)
        give(part, sums(sent(1)))
        client.flushall()
        with pytest.raises(ViewLost):
            give(part, sums(sent(2)))
        assert shown(client) == {}
