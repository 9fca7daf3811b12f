"""The view in place, and the view that is built aside and takes its place when it is whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from config.stopping import StopRequest
from connectors.embedded.servers import EmbeddedValkey
from connectors.view.account_writes import AccountWrites
from connectors.view.client import writing_client
from connectors.view.run_status import RunStatus
from connectors.view.sink import sink_partition
from connectors.view.writes import Fenced
from tests.connectors.files.cut_line import CutLine
from tests.connectors.view.view_writes import (
    ALL,
    DAY,
    aside,
    contents,
    gathered,
    in_place,
    revenue,
    run_fields,
    sent,
    shown,
)

NEIGHBOUR = next(name for name in ("b", "c", "d", "e", "f") if sink_partition(name) != sink_partition("acme"))
"""An account that another sink partition writes."""


@pytest.fixture
def old_view(valkey: redis.Redis) -> redis.Redis:
    """A server with the view of an earlier run, another account's, and things that are not ours."""
    in_place(valkey).write("acme", gathered(*revenue(5, "gone"), *revenue(5, "gone", ALL), sent(5)), 1)
    in_place(valkey, account=NEIGHBOUR).write(NEIGHBOUR, gathered(sent(9, account=NEIGHBOUR)), 1)
    valkey.set("lasttouchy:{acme}:day", "not ours")
    valkey.set("shop", "not ours")
    return valkey


def new_view() -> AccountWrites:
    writes = gathered(*revenue(7), *revenue(7, day=ALL), sent(1))
    writes.put_row(DAY, "o1", 1, b"{}")
    return writes


def test_a_view_in_place_is_read_as_it_is_written(valkey: redis.Redis) -> None:
    view = in_place(valkey)
    view.write("acme", gathered(sent(1)), 1)
    assert shown(valkey) == {"sent": "1"}
    assert view.show() is view


def test_whose_view_it_is_and_that_it_has_caught_up_is_said_when_it_is_shown(valkey: redis.Redis) -> None:
    in_place(valkey, store="mine").show()
    fields = run_fields(valkey)
    assert fields[f"view:{sink_partition('acme')}"] == "mine"
    assert fields["catching_up"] == "0"


def test_nothing_of_a_view_that_is_built_aside_is_seen(old_view: redis.Redis) -> None:
    before = contents(old_view)
    aside(old_view, run=2).write("acme", new_view(), 1)
    read = {key: fields for key, fields in contents(old_view).items() if "}:next:" not in key}
    assert read == before


def test_when_it_is_shown_it_is_all_there_is_of_its_accounts(old_view: redis.Redis) -> None:
    view = aside(old_view, run=2)
    view.write("acme", new_view(), 1)
    view.show()
    found = contents(old_view)
    kept = {key: found.pop(key) for key in list(found) if "{acme}" not in key}
    assert kept.keys() == {f"lasttouch:{{{NEIGHBOUR}}}:day:2026-03-01", f"lasttouch:{{{NEIGHBOUR}}}:days"}

    old_view.flushall()
    in_place(old_view).write("acme", new_view(), 1)
    assert found == contents(old_view)


def test_what_is_not_ours_stays(old_view: redis.Redis) -> None:
    view = aside(old_view, run=2)
    view.write("acme", new_view(), 1)
    view.show()
    assert old_view.get("lasttouchy:{acme}:day") == old_view.get("shop") == b"not ours"


def test_accounts_that_nobody_hears_of_any_more_are_swept(old_view: redis.Redis) -> None:
    aside(old_view, run=2).show()
    assert not [key for key in contents(old_view) if "{acme}" in key]
    assert shown(old_view, account=NEIGHBOUR) == {"sent": "9"}


def test_what_an_earlier_run_left_aside_does_not_come_to_light(valkey: redis.Redis) -> None:
    aside(valkey, run=1).write("acme", gathered(*revenue(5, "half")), 1)
    view = aside(valkey, run=2)
    view.write("acme", gathered(sent(1)), 1)
    view.show()
    assert contents(valkey).keys() == {"lasttouch:{acme}:day:2026-03-01", "lasttouch:{acme}:days"}
    assert shown(valkey) == {"sent": "1"}


def test_a_total_that_came_and_went_aside_leaves_no_key(valkey: redis.Redis) -> None:
    view = aside(valkey)
    view.write("acme", gathered(*revenue(5, day=ALL)), 1)
    view.write("acme", gathered(*revenue(0, day=ALL)), 1)
    view.show()
    assert contents(valkey) == {}


def test_after_it_is_shown_writes_go_in_place(valkey: redis.Redis) -> None:
    view = aside(valkey)
    view.write("acme", gathered(sent(1)), 1)
    view.show().write("acme", gathered(sent(2)), 1)
    assert shown(valkey) == {"sent": "2"}


def test_a_large_view_is_shown_whole(valkey: redis.Redis) -> None:
    count = 1_300
    view = aside(valkey)
    view.write("acme", gathered(*((("acme", ALL, "email", f"c{number}", "sent"), 1) for number in range(count))), 1)
    view.show()
    assert len(contents(valkey, "lasttouch:{acme}:campaign:*")) == count
    assert not contents(valkey, "lasttouch:{acme}:next:*")


@pytest.mark.parametrize("account", ["a}b{c", "ї/%", " ", "next:", "*", "[x]"])
def test_an_account_may_be_called_anything(valkey: redis.Redis, account: str) -> None:
    in_place(valkey, account=account).write(account, gathered(sent(5, DAY + 1, account)), 1)
    view = aside(valkey, run=2, account=account)
    view.write(account, gathered(sent(1, account=account)), 1)
    view.show()
    [day, days] = contents(valkey).items()
    assert day[1] == {"sent": "1"}
    assert days[1].keys() == {"2026-03-01"}


@pytest.mark.parametrize("writes", [gathered(sent(1)), AccountWrites()], ids=["something", "nothing"])
def test_an_older_run_shows_nothing_over_a_newer_ones_view(valkey: redis.Redis, writes: AccountWrites) -> None:
    """It was thought dead, and another run has begun; when it wakes up it must leave all as it is."""
    runs = RunStatus(valkey, StopRequest())
    older = aside(valkey, run=runs.begin(), store="old")
    older.write("acme", writes, 1)
    newer = aside(valkey, run=runs.begin(), store="new")
    newer.write("acme", new_view(), 1)
    newer.show()
    before, run_before = contents(valkey), run_fields(valkey)
    with pytest.raises(Fenced):
        older.show()
    assert contents(valkey) == before
    assert run_fields(valkey) == run_before


@pytest.fixture
def line(valkey_server: EmbeddedValkey) -> Iterator[CutLine]:
    with CutLine(valkey_server.port) as line:
        yield line


@pytest.mark.parametrize("words", [b"RENAME", b"UNLINK", b"SCAN", b"HSET"])
def test_an_answer_that_is_lost_on_its_way_loses_nothing_of_the_view(
    old_view: redis.Redis, line: CutLine, words: bytes
) -> None:
    """The server has done what it was asked, the line breaks, and so it is asked once more."""
    with writing_client(f"redis://127.0.0.1:{line.port}/0") as client:
        view = aside(client, run=2)
        view.write("acme", new_view(), 1)
        line.cut_answer_to(words)
        view.show().write("acme", gathered(sent(3)), 1)
    assert line.cuts == 1
    assert shown(old_view)["revenue:EUR"] == "7"
    assert shown(old_view)["sent"] == "3"
    assert not [key for key in contents(old_view) if "gone" in key or "}:next:" in key]
    assert "lasttouch:{acme}:campaign:email:spring" in contents(old_view)
