"""Rows that a resumed run holds back outlive it: nobody tells them again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import redis

from connectors.view.held_rows import NOTHING, pack_rows, unpack_rows
from connectors.view.run_status import Mode
from connectors.view.sink import RedisPartition, sink_partition
from connectors.view.writes import AccountWrites
from tests.connectors.view.view_writes import (
    DAY,
    all_passed,
    contents,
    row,
    sent,
    sink,
    sums,
)

Make = Callable[..., RedisPartition]


@pytest.fixture
def resumed(valkey: redis.Redis) -> Iterator[Make]:
    """A partition of a run that goes on with the view that an earlier one has left."""
    with ExitStack() as stack:
        first = sink(valkey).build_part("view", sink_partition("acme"), None)
        stack.callback(first.close)
        first.write_batch([[row("o1"), row("o2"), sums(sent(1))]])
        assert first.snapshot() == NOTHING

        def make(state: bytes | None, *, run: int, mode: Mode = Mode.RESUME) -> RedisPartition:
            part = sink(valkey, mode, run=run).build_part("view", sink_partition("acme"), state)
            stack.callback(part.close)
            return part

        yield make


def rows(client: redis.Redis, day: str = "2026-03-01") -> dict[str, str]:
    return contents(client).get(f"lasttouch:{{acme}}:rows:{day}", {})


def test_a_run_that_is_killed_while_it_holds_rows_back_leaves_them_to_the_next(
    valkey: redis.Redis, resumed: Make
) -> None:
    killed = resumed(None, run=2)
    killed.write_batch([[row("o2", text=b"2"), row("o1", DAY + 1, DAY), row("o3")]])
    state = killed.snapshot()
    assert rows(valkey) == {"o1": "{}", "o2": "{}"}
    nexts = resumed(state, run=3)
    nexts.write_batch([[row("o3", text=b"newer"), *all_passed()]])
    assert nexts.snapshot() == NOTHING
    assert rows(valkey) == {"o2": "2", "o3": "newer"}
    assert rows(valkey, "2026-03-02") == {"o1": "{}"}
    assert set(contents(valkey)["lasttouch:{acme}:orders:2026-03-01"]) == {"o2", "o3"}


def test_also_if_the_next_one_is_killed_before_anything_comes(valkey: redis.Redis, resumed: Make) -> None:
    killed = resumed(None, run=2)
    killed.write_batch([[row("o3")]])
    again = resumed(killed.snapshot(), run=3)
    again.write_batch([[row("o4")]])
    last = resumed(again.snapshot(), run=4)
    last.write_batch([[*all_passed()]])
    last.snapshot()
    assert rows(valkey).keys() == {"o1", "o2", "o3", "o4"}


def test_a_view_that_is_built_anew_is_told_them(valkey: redis.Redis, resumed: Make) -> None:
    killed = resumed(None, run=2)
    killed.write_batch([[row("gone")]])
    anew = resumed(killed.snapshot(), run=3, mode=Mode.REPLACE)
    anew.write_batch([[row("o1"), *all_passed()]])
    anew.snapshot()
    assert rows(valkey) == {"o1": "{}"}


def test_what_is_packed_is_unpacked() -> None:
    writes = AccountWrites()
    writes.put_row(DAY, "o1", 5, b"row")
    writes.take_row(DAY - 1, "o1")
    writes.set("key", "field", 7)
    unpacked = unpack_rows(pack_rows({"acme": writes, "тест": AccountWrites()}))
    assert unpacked.keys() == {"acme"}
    assert unpacked["acme"].rows == writes.rows
    assert unpacked["acme"].hashes == {}
    assert pack_rows({}) == NOTHING
    assert unpack_rows(NOTHING) == {}
