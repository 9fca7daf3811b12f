"""A hash that is kept is what stands in the server, whoever wrote it and however."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.embedded.servers import EmbeddedValkey
from connectors.view.tracked_hashes import KeptHash, TrackedHashes

KEYS = ["a", "b", "c"]


def in_a_transaction(client: redis.Redis) -> object:
    pipeline = client.pipeline(transaction=True)
    pipeline.hset("a", "x", 7)
    pipeline.hset("b", "x", 8)
    return pipeline.execute()


WRITES: Final[dict[str, Callable[[redis.Redis], object]]] = {
    "a value": lambda client: client.hset("a", "x", 2),
    "a field": lambda client: client.hset("a", "y", 1),
    "incremented": lambda client: client.hincrby("a", "x", 1),
    "a field deleted": lambda client: client.hdel("a", "x"),
    "deleted": lambda client: client.delete("a"),
    "unlinked": lambda client: client.unlink("a"),
    "renamed": lambda client: client.rename("b", "a"),
    "database flushed": lambda client: client.flushdb(),
    "all flushed": lambda client: client.flushall(),
    "by a script": lambda client: client.eval("redis.call('hset', KEYS[1], 'x', 5)", 1, "a"),
    "in a transaction": in_a_transaction,
    "restored": lambda client: client.restore("a", 0, client.dump("b") or b"", replace=True),
    "expired": lambda client: client.pexpire("a", 0),
}


@pytest.fixture
def hashes(valkey: redis.Redis) -> Iterator[TrackedHashes]:
    tracked = TrackedHashes(valkey)
    yield tracked
    tracked.close()


def read(hashes: TrackedHashes, *keys: str) -> list[KeptHash]:
    return list(hashes.read(keys))


def plain(kept: KeptHash) -> dict[bytes, bytes]:
    return dict(zip(*kept, strict=True))


def test_what_was_not_written_is_not_read_again(valkey: redis.Redis, hashes: TrackedHashes) -> None:
    valkey.hset("a", mapping={"x": 1, "y": 2})
    first_a, first_b = read(hashes, "a", "b")
    assert (plain(first_a), plain(first_b)) == ({b"x": b"1", b"y": b"2"}, {})
    valkey.hset("b", "x", 3)
    again_a, again_b = read(hashes, "a", "b")
    assert again_a is first_a
    assert plain(again_b) == {b"x": b"3"}


def test_the_same_fields_in_the_same_places_are_the_same_object(valkey: redis.Redis, hashes: TrackedHashes) -> None:
    valkey.hset("a", mapping={"x": 1, "y": 2})
    [first] = read(hashes, "a")
    valkey.hset("a", "y", 3)
    [again] = read(hashes, "a")
    assert again.fields is first.fields
    assert plain(again) == {b"x": b"1", b"y": b"3"}
    valkey.hset("a", "z", 4)
    [other] = read(hashes, "a")
    assert other.fields is not first.fields
    assert plain(other) == {b"x": b"1", b"y": b"3", b"z": b"4"}


@pytest.mark.parametrize("how", WRITES)
def test_whatever_writes_it_it_is_read_again(valkey: redis.Redis, hashes: TrackedHashes, how: str) -> None:
    valkey.hset("a", "x", 1)
    valkey.hset("b", "x", 9)
    assert [plain(each) for each in hashes.read(KEYS)] == [{b"x": b"1"}, {b"x": b"9"}, {}]
    WRITES[how](valkey)
    assert [plain(each) for each in hashes.read(KEYS)] == [valkey.hgetall(key) for key in KEYS]


@given(st.lists(st.tuples(st.sampled_from(["set", "delete", "read"]), st.sampled_from(KEYS), st.integers(0, 3))))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_given_out_is_what_stands_there(
    valkey: redis.Redis, hashes: TrackedHashes, steps: list[tuple[str, str, int]]
) -> None:
    for step, key, number in steps:
        match step:
            case "set":
                valkey.hset(key, f"f{number}", number)
            case "delete":
                valkey.delete(key)
            case _:
                assert plain(read(hashes, key)[0]) == valkey.hgetall(key)


def test_no_more_is_kept_than_allowed(valkey: redis.Redis) -> None:
    for key in KEYS:
        valkey.hset(key, mapping={"x": 1, "y": 2})
    tracked = TrackedHashes(valkey, fields_kept_max=6)
    first = read(tracked, *KEYS)
    again = read(tracked, *reversed(KEYS))[::-1]
    tracked.close()
    assert [one is other for one, other in zip(first, again, strict=True)] == [False, True, True]
    assert first == again


@pytest.mark.parametrize("kind", ["normal", "pubsub"])
def test_connections_that_are_closed_are_made_anew(valkey: redis.Redis, hashes: TrackedHashes, kind: str) -> None:
    valkey.hset("a", "x", 1)
    read(hashes, "a")
    valkey.client_kill_filter(_type=kind, skipme=True)
    valkey.hset("a", "x", 2)
    valkey.hset("b", "x", 3)
    assert [plain(each) for each in hashes.read(["a", "b"])] == [{b"x": b"2"}, {b"x": b"3"}]


def test_a_server_that_is_away_is_said_to_be() -> None:
    with EmbeddedValkey() as first, redis.Redis.from_url(first.url) as client:
        client.hset("a", "x", 1)
        hashes = TrackedHashes(client)
        assert plain(read(hashes, "a")[0]) == {b"x": b"1"}
    with pytest.raises((redis.ConnectionError, redis.TimeoutError)):
        read(hashes, "a")
    hashes.close()
