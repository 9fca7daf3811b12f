"""What a run keeps in Redis about itself: its number, whose view is shown, who is behind, and how far it has read."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import UserError
from config.stopping import StopRequest
from connectors.embedded.servers import EmbeddedValkey
from connectors.view.client import writing_client
from connectors.view.read_positions import (
    ALL_UNITS,
    EVERYTHING,
    POSITIONS_KEY,
    Positions,
)
from connectors.view.run_status import SINK_PARTITIONS, Mode, RunStatus
from connectors.view.waiting import Stopped, waiting
from connectors.view.writes import Fenced
from tests.connectors.view.view_writes import gathered, in_place, run_fields, sent


def status(client: redis.Redis) -> RunStatus:
    return RunStatus(client, StopRequest())


def owned(client: redis.Redis, store: str, parts: tuple[str, ...] = SINK_PARTITIONS) -> None:
    for part in parts:
        status(client).own_view(part, store, 9)


def test_every_run_has_a_greater_number(valkey: redis.Redis) -> None:
    numbers = [status(valkey).begin() for _ in range(3)]
    assert numbers == sorted(set(numbers))


def test_also_than_one_that_redis_has_forgotten(valkey: redis.Redis) -> None:
    """It came back from an older dump; the recovery store remembers."""
    assert status(valkey).begin(last=7) == 8
    assert status(valkey).begin(last=3) == 9


def test_also_than_one_of_which_only_the_fence_is_left(valkey: redis.Redis) -> None:
    in_place(valkey, run=60).write("acme", gathered(sent(1)), 1)
    assert status(valkey).begin() == 61


def test_once_a_run_has_begun_no_earlier_one_writes_to_an_account(valkey: redis.Redis) -> None:
    """Though the new run has not written to it yet: what it reads of the old one has to be all."""
    older = in_place(valkey, run=status(valkey).begin())
    older.write("acme", gathered(sent(1)), 1)
    status(valkey).begin()
    with pytest.raises(Fenced):
        older.write("acme", gathered(sent(2)), 1)


def test_what_an_earlier_run_left_behind_is_forgotten(valkey: redis.Redis) -> None:
    status(valkey).behind(["00", "view:03"])
    status(valkey).begin()
    status(valkey).behind(["01"])
    status(valkey).caught_up(["01"])
    assert run_fields(valkey)["catching_up"] == "0"


def test_a_run_is_catching_up_while_anybody_is_behind(valkey: redis.Redis) -> None:
    run = status(valkey)
    run.behind(["00", "01"])
    assert run_fields(valkey)["catching_up"] == "1"
    run.caught_up(["00"])
    assert run_fields(valkey)["catching_up"] == "1"
    run.caught_up(["01"])
    assert run_fields(valkey)["catching_up"] == "0"
    run.caught_up(["02"])
    assert run_fields(valkey)["catching_up"] == "0"
    run.behind(["00"])
    assert run_fields(valkey)["catching_up"] == "1"


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.tuples(st.booleans(), st.lists(st.sampled_from("abc"), min_size=1)), min_size=1))
def test_catching_up_is_whether_anybody_is_behind(valkey: redis.Redis, said: list[tuple[bool, list[str]]]) -> None:
    valkey.flushall()
    behind: set[str] = set()
    for is_behind, who in said:
        if is_behind:
            status(valkey).behind(who)
            behind |= set(who)
        else:
            status(valkey).caught_up(who)
            behind -= set(who)
        assert run_fields(valkey)["catching_up"] == ("1" if behind else "0")


def test_on_an_empty_server_what_is_counted_can_be_shown_as_it_grows(valkey: redis.Redis) -> None:
    assert status(valkey).mode("mine") is Mode.FRESH
    status(valkey).begin()
    valkey.set("shop", "not ours")
    assert status(valkey).mode("mine") is Mode.FRESH


def test_over_its_own_view_a_run_resumes(valkey: redis.Redis) -> None:
    owned(valkey, "mine")
    assert status(valkey).mode("mine") is Mode.RESUME


def test_another_stores_view_is_replaced(valkey: redis.Redis) -> None:
    owned(valkey, "mine")
    assert status(valkey).mode("other") is Mode.REPLACE


def test_so_is_a_view_of_which_a_part_is_another_stores_or_nobodys(valkey: redis.Redis) -> None:
    owned(valkey, "mine", SINK_PARTITIONS[:-1])
    assert status(valkey).mode("mine") is Mode.REPLACE
    owned(valkey, "other", SINK_PARTITIONS[-1:])
    assert status(valkey).mode("mine") is Mode.REPLACE


def test_so_is_a_view_that_nobody_owns(valkey: redis.Redis) -> None:
    in_place(valkey).write("acme", gathered(sent(1)), 1)
    assert status(valkey).mode("mine") is Mode.REPLACE


def test_positions_are_noted_for_the_next_run_and_only_grow(valkey: redis.Redis) -> None:
    notes = Positions(valkey, StopRequest())
    assert notes.high_water("touches:0") == 0
    notes.read_to({"touches:0": 5, "touches:1": 7})
    notes.read_to({"touches:0": 3})
    assert (notes.high_water("touches:0"), notes.high_water("touches:1")) == (5, 7)
    after = Positions(valkey, StopRequest())
    assert [after.high_water(unit) for unit in ("touches:0", "touches:1", "touches:2")] == [5, 7, 0]
    assert valkey.hgetall(POSITIONS_KEY) == {b"touches:0": b"5", b"touches:1": b"7"}


def test_positions_can_be_given_as_a_goal_whatever_was_noted(valkey: redis.Redis) -> None:
    Positions(valkey, StopRequest()).read_to({"a": 5, "b": 5})
    notes = Positions(valkey, StopRequest(), {"a": 9, "c": 1})
    assert [notes.high_water(unit) for unit in "abcd"] == [9, 5, 1, 0]
    everything = Positions(valkey, StopRequest(), {ALL_UNITS: EVERYTHING, "a": 2})
    assert [everything.high_water(unit) for unit in "abd"] == [5, EVERYTHING, EVERYTHING]


def test_a_unit_may_be_called_anything(valkey: redis.Redis) -> None:
    Positions(valkey, StopRequest()).read_to({"/файл {a}:b\n.jsonl": 2**53})
    assert Positions(valkey, StopRequest()).high_water("/файл {a}:b\n.jsonl") == 2**53


@pytest.fixture
def server() -> Iterator[EmbeddedValkey]:
    """A server of this test's own, which keeps what it holds over a restart."""
    with EmbeddedValkey(appendonly=True) as server:
        yield server


def test_a_question_waits_until_redis_is_back(server: EmbeddedValkey) -> None:
    with writing_client(server.url) as client:
        client.set("key", "kept")
        server.kill()
        asked: list[object] = []
        answers: list[object] = []

        def question() -> object:
            asked.append(None)
            return client.get("key")

        asking = threading.Thread(target=lambda: answers.append(waiting(question, StopRequest())))
        asking.start()
        while len(asked) < 2:
            asking.join(0.01)
        assert answers == []
        server.restart()
        asking.join()
        assert answers == [b"kept"]


def test_notes_and_status_wait_too(server: EmbeddedValkey) -> None:
    with writing_client(server.url) as client:
        run, notes = status(client), Positions(client, StopRequest())
        first = run.begin()
        server.kill()
        done: list[object] = []

        def work() -> None:
            notes.read_to({"a": 1})
            run.behind(["00"])
            done.append(run.mode("mine"))
            done.append(run.begin())

        working = threading.Thread(target=work)
        working.start()
        working.join(0.2)
        assert working.is_alive()
        server.restart()
        working.join()
        assert done == [Mode.FRESH, first + 1]
        assert Positions(client, StopRequest()).high_water("a") == 1


def test_a_stop_ends_the_waiting(server: EmbeddedValkey) -> None:
    with writing_client(server.url) as client:
        server.kill()
        with pytest.raises(Stopped):
            waiting(client.ping, StopRequest(requested=True))


def test_what_redis_refuses_is_not_asked_again(valkey: redis.Redis) -> None:
    valkey.set("key", "text")
    with pytest.raises(redis.ResponseError):
        waiting(lambda: valkey.hgetall("key"), StopRequest())


def test_an_address_that_is_none_is_one_line() -> None:
    with pytest.raises(UserError) as error:
        writing_client("localhost")
    assert "localhost" in str(error.value)


def test_readers_learn_with_the_number_of_a_run_that_it_is_catching_up(valkey: redis.Redis) -> None:
    valkey.hset("lasttouch:run", "catching_up", "0")
    RunStatus(valkey, StopRequest()).begin()
    assert valkey.hmget("lasttouch:run", "number", "catching_up") == [b"1", b"1"]


def test_a_new_view_is_being_built_until_nothing_is_behind(valkey: redis.Redis) -> None:
    run = status(valkey)
    run.begin()
    run.build()
    run.behind(["files", "view:00"])
    run.caught_up(["view:00"])
    assert run_fields(valkey)["building"] == "1"
    run.begin()
    run.behind(["files"])
    assert run_fields(valkey)["building"] == "1", "a run that crashed left it half built"
    run.caught_up(["files"])
    assert "building" not in run_fields(valkey)
    run.behind(["files"])
    assert "building" not in run_fields(valkey)
