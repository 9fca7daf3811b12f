"""The sink that keeps the view: whole numbers that never go back, and nothing lost while Redis is away."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
import redis

from config.stopping import StopRequest
from connectors.sources.clock import Tick
from connectors.view.inbox import WAITING_MAX
from connectors.view.placement import holding
from connectors.view.run_status import SINK_PARTITIONS, Mode, RunStatus
from connectors.view.sink import sink_partition
from connectors.view.writes import Fenced
from tests.connectors.view.view_writes import (
    ALL,
    DAY,
    NEWEST,
    all_passed,
    contents,
    give,
    opened,
    revenue,
    row,
    run_fields,
    sent,
    shown,
    sink,
    sums,
)
from tests.state.shop import DAY as DAY_MS
from tests.waiting import PATIENCE_S, await_that


def test_a_new_view_grows_as_it_is_counted_and_is_whole_when_all_has_come_that_was_there(
    valkey: redis.Redis, closing: ExitStack
) -> None:
    status = RunStatus(valkey, StopRequest())
    status.behind([holding(sink_partition("acme"))])
    part = opened(closing, valkey)
    give(part, sums(sent(1)))
    assert shown(valkey) == {"sent": "1"}
    give(part, sums(sent(2)), *all_passed()[:-1])
    assert shown(valkey) == {"sent": "2"}
    assert run_fields(valkey)["catching_up"] == "1"
    give(part, sums(sent(3)), all_passed()[-1])
    assert shown(valkey) == {"sent": "3"}
    assert run_fields(valkey)["catching_up"] == "0"
    status.behind([holding(sink_partition("acme"))])
    give(part, sums(sent(4)), *all_passed())
    assert run_fields(valkey)["catching_up"] == "1", "that is for another to say now"


def test_when_an_epoch_is_closed_all_of_it_is_in_redis(valkey: redis.Redis, closing: ExitStack) -> None:
    part = opened(closing, valkey)
    for number in range(1, 300):
        part.write_batch([[sums(*revenue(number), sent(number)), row(f"o{number}")]])
    part.snapshot()
    assert shown(valkey) == {"channel:email:revenue:EUR": "299", "revenue:EUR": "299", "sent": "299"}
    assert valkey.zcard("lasttouch:{acme}:orders:2026-03-01") == valkey.hlen("lasttouch:{acme}:rows:2026-03-01") == 299


def test_what_holds_for_the_account_is_written_beside_its_counters(valkey: redis.Redis, closing: ExitStack) -> None:
    give(opened(closing, valkey), sums(acme=NEWEST))
    assert contents(valkey)["lasttouch:{acme}:account"] == {
        "as_of": "2026-03-01T15:00:00.000Z",
        "currency": "EUR",
        "time_zone": "UTC",
    }


def test_a_row_that_changes_its_day_is_in_one_day(valkey: redis.Redis, closing: ExitStack) -> None:
    part = opened(closing, valkey)
    give(part, row("o1", text=b'{"a":1}'), row("o2"))
    give(part, row("o1", DAY + 1, DAY, text=b'{"a":2}'))
    found = contents(valkey, "lasttouch:{acme}:rows:*")
    assert {key[-10:]: fields for key, fields in found.items()} == {
        "2026-03-01": {"o2": "{}"},
        "2026-03-02": {"o1": '{"a":2}'},
    }
    assert {key[-10:]: set(fields) for key, fields in contents(valkey, "lasttouch:{acme}:orders:*").items()} == {
        "2026-03-01": {"o2"},
        "2026-03-02": {"o1"},
    }


def test_a_day_of_which_nothing_is_left_is_no_day_of_the_account(valkey: redis.Redis, closing: ExitStack) -> None:
    """A reader who walks through the days finds those that have data, and no others."""
    part = opened(closing, valkey)
    give(part, sums(sent(1), sent(1, DAY + 1)), row("o1", DAY + 2))
    give(part, sums(sent(0)), row("o1", DAY + 1, DAY + 2))
    assert contents(valkey)["lasttouch:{acme}:days"].keys() == {"2026-03-02"}


def test_every_account_is_written_by_one_partition_whatever_the_worker() -> None:
    parts = {f"account-{number}": sink_partition(f"account-{number}") for number in range(200)}
    assert set(parts.values()) == set(SINK_PARTITIONS)
    assert sink_partition("acme") == "06", "fixed for the life of a recovery store"


def test_an_item_goes_to_the_partition_it_is_keyed_by(valkey: redis.Redis) -> None:
    made = sink(valkey)
    parts = made.list_parts()
    assert parts == list(SINK_PARTITIONS)
    assert [parts[made.part_fn(part)] for part in parts] == parts


class TestResumed:
    """A run goes on where an earlier one of the same store was: what readers see must not go back."""

    @pytest.fixture
    def before(self, valkey: redis.Redis) -> redis.Redis:
        """What the earlier run had shown: ahead of the recovery store."""
        with ExitStack() as closing:
            give(opened(closing, valkey), sums(sent(9), *revenue(900)), row("o1", text=b'{"seen":true}'))
            for part in SINK_PARTITIONS:
                RunStatus(valkey, StopRequest()).own_view(part, "store", 9)
        return valkey

    def test_nothing_changes_before_all_of_the_replay_has_come(self, before: redis.Redis, closing: ExitStack) -> None:
        seen = contents(before)
        part = opened(closing, before, Mode.RESUME, run=2)
        give(part, sums(sent(3), *revenue(300)), row("o1", text=b"{}"))
        give(part, *all_passed()[:-1])
        give(part, sums(sent(8)))
        assert contents(before) == seen

    def test_then_all_that_was_held_back_is_shown_and_no_epoch_is_waited_for(
        self, before: redis.Redis, closing: ExitStack
    ) -> None:
        part = opened(closing, before, Mode.RESUME, run=2)
        give(part, sums(sent(3), *revenue(300)))
        part.write_batch([[sums(sent(10), *revenue(950)), row("o1", text=b'{"seen":"again"}')]])
        part.write_batch([all_passed()])
        await_that(lambda: shown(before)["sent"] == "10", "the counters that were held back")
        assert shown(before) == {"sent": "10", "revenue:EUR": "950", "channel:email:revenue:EUR": "950"}
        rows = "lasttouch:{acme}:rows:2026-03-01"
        await_that(lambda: before.hget(rows, "o1") == b'{"seen":"again"}', "the row that was held back")
        give(part, sums(sent(11)))
        assert shown(before)["sent"] == "11"

    def test_each_key_group_upstream_counts_once(self, before: redis.Redis, closing: ExitStack) -> None:
        part = opened(closing, before, Mode.RESUME, run=2)
        give(part, sums(sent(10)), *all_passed()[:1] * 200)
        assert shown(before)["sent"] == "9"

    def test_a_total_that_the_repetition_never_makes_is_gone(self, before: redis.Redis, closing: ExitStack) -> None:
        part = opened(closing, before, Mode.RESUME, run=2)
        give(part, sums(sent(10)), *all_passed())
        assert shown(before) == {"sent": "10"}

    def test_an_account_may_have_more_to_hold_back_than_may_wait_to_be_written(
        self, before: redis.Redis, closing: ExitStack
    ) -> None:
        """What is held back is one value a field, however much comes; the stream must not wait for it."""
        part = opened(closing, before, Mode.RESUME, run=2)
        many = [(("acme", DAY, "email", f"c{number}", "sent"), 1) for number in range(WAITING_MAX * 17 // 10)]
        taking = threading.Thread(target=part.write_batch, args=([[sums(sent(10), *many), Tick()]],), daemon=True)
        taking.start()
        taking.join(PATIENCE_S)
        assert not taking.is_alive(), "the stream waits for what is held back until the stream goes on"
        give(part, *all_passed())
        assert before.hlen("lasttouch:{acme}:campaigns:2026-03-01") == len(many)

    @pytest.mark.parametrize("attempt", range(5))
    def test_a_tick_at_the_moment_of_release_leaves_no_stale_counter(
        self, before: redis.Redis, closing: ExitStack, attempt: int
    ) -> None:
        part = opened(closing, before, Mode.RESUME, run=2 + attempt)
        give(part, sums(sent(10)), Tick())
        part.write_batch([[*all_passed(), Tick()]])
        give(part, Tick())
        assert shown(before) == {"sent": "10"}

    def test_readers_are_told_that_it_is_catching_up_until_then(self, before: redis.Redis, closing: ExitStack) -> None:
        RunStatus(before, StopRequest()).behind([f"view:{sink_partition('acme')}"])
        part = opened(closing, before, Mode.RESUME, run=2)
        give(part, sums(sent(3)))
        assert run_fields(before)["catching_up"] == "1"
        give(part, *all_passed())
        assert run_fields(before)["catching_up"] == "0"


class TestReplaced:
    """A store over a view that is not its own builds it aside, shows it whole, and sweeps what is left over."""

    @pytest.fixture
    def foreign(self, valkey: redis.Redis) -> redis.Redis:
        with ExitStack() as closing:
            part = opened(closing, valkey, store="other")
            give(part, sums(sent(9), *revenue(900, "gone", ALL)), row("o9", DAY + 5))
        return valkey

    def test_the_old_view_stays_while_the_new_one_is_built(self, foreign: redis.Redis, closing: ExitStack) -> None:
        seen = contents(foreign)
        part = opened(closing, foreign, Mode.REPLACE, run=2)
        give(part, sums(sent(1)), row("o1"))
        now = contents(foreign)
        assert {key: fields for key, fields in now.items() if "}:next:" not in key} == seen
        assert len(now) > len(seen)

    def test_then_the_new_one_is_all_there_is(self, foreign: redis.Redis, closing: ExitStack) -> None:
        part = opened(closing, foreign, Mode.REPLACE, run=2, store="mine")
        give(part, sums(sent(1)), row("o1"))
        give(part, sums(sent(2)), *all_passed())
        assert contents(foreign) == {
            "lasttouch:{acme}:day:2026-03-01": {"sent": "2"},
            "lasttouch:{acme}:days": {"2026-03-01": "20513"},
            "lasttouch:{acme}:orders:2026-03-01": {"o1": "1772366400000"},
            "lasttouch:{acme}:rows:2026-03-01": {"o1": "{}"},
        }
        assert run_fields(foreign)[f"view:{sink_partition('acme')}"] == "mine"
        give(part, sums(sent(3)))
        assert shown(foreign) == {"sent": "3"}

    def test_a_run_that_dies_before_that_leaves_the_old_view_and_is_followed_by_another(
        self, foreign: redis.Redis, closing: ExitStack
    ) -> None:
        give(opened(closing, foreign, Mode.REPLACE, run=2, store="mine"), sums(sent(1), *revenue(5, "half")))
        assert shown(foreign)["sent"] == "9"
        part = opened(closing, foreign, Mode.REPLACE, run=3, store="mine")
        give(part, sums(sent(2)), *all_passed())
        assert [key for key in contents(foreign) if "half" in key or "}:next:" in key] == []
        assert shown(foreign) == {"sent": "2"}


class TestRetention:
    """Order rows leave by whole days of the account; its counters stay."""

    def test_rows_older_than_the_retention_leave_and_their_totals_stay(
        self, valkey: redis.Redis, closing: ExitStack
    ) -> None:
        part = opened(closing, valkey, row_days=2)
        give(part, sums(sent(1), acme=NEWEST), row("o1"), row("o2", DAY + 1))
        give(part, sums(acme=NEWEST + 2 * DAY_MS), row("o3", DAY + 2))
        found = contents(valkey)
        assert {key[-10:] for key in found if "}:rows:" in key or "}:orders:" in key} == {"2026-03-02", "2026-03-03"}
        assert found["lasttouch:{acme}:account"]["rows_from"] == "2026-03-02"
        assert shown(valkey) == {"sent": "1"}

    def test_a_row_that_comes_after_its_day_has_left_does_not_come_back(
        self, valkey: redis.Redis, closing: ExitStack
    ) -> None:
        part = opened(closing, valkey, row_days=2)
        give(part, sums(acme=NEWEST + 2 * DAY_MS))
        give(part, row("o1"))
        assert not contents(valkey, "lasttouch:{acme}:rows:*")

    def test_nothing_is_said_of_rows_where_none_has_left(self, valkey: redis.Redis, closing: ExitStack) -> None:
        give(opened(closing, valkey, row_days=2), sums(acme=NEWEST), row("o1"))
        assert "rows_from" not in contents(valkey)["lasttouch:{acme}:account"]

    def test_a_day_of_which_there_were_only_counters_has_no_row_that_leaves(
        self, valkey: redis.Redis, closing: ExitStack
    ) -> None:
        part = opened(closing, valkey, row_days=2)
        give(part, sums(sent(1), acme=NEWEST))
        give(part, sums(acme=NEWEST + 2 * DAY_MS), row("o3", DAY + 2))
        assert "rows_from" not in contents(valkey)["lasttouch:{acme}:account"]

    def test_a_row_that_comes_too_late_for_its_day_is_one_that_has_left(
        self, valkey: redis.Redis, closing: ExitStack
    ) -> None:
        part = opened(closing, valkey, row_days=2)
        give(part, sums(acme=NEWEST + 2 * DAY_MS), row("o3", DAY + 2))
        give(part, row("o1"))
        assert contents(valkey)["lasttouch:{acme}:account"]["rows_from"] == "2026-03-02"

    def test_a_view_that_is_replaced_does_not_show_them_either(self, valkey: redis.Redis, closing: ExitStack) -> None:
        part = opened(closing, valkey, Mode.REPLACE, row_days=2)
        give(part, row("o1"), row("o3", DAY + 2))
        give(part, sums(acme=NEWEST + 2 * DAY_MS), *all_passed())
        assert {key[-10:] for key in contents(valkey, "lasttouch:{acme}:rows:*")} == {"2026-03-03"}
        assert contents(valkey)["lasttouch:{acme}:account"]["rows_from"] == "2026-03-02"

    def test_nor_does_it_hide_that_one_came_too_late(self, valkey: redis.Redis, closing: ExitStack) -> None:
        part = opened(closing, valkey, Mode.REPLACE, row_days=2)
        give(part, sums(acme=NEWEST + 2 * DAY_MS), row("o3", DAY + 2))
        give(part, row("o1"), *all_passed())
        assert contents(valkey)["lasttouch:{acme}:account"]["rows_from"] == "2026-03-02"


def test_an_older_run_ends_when_a_newer_one_writes(valkey: redis.Redis, closing: ExitStack) -> None:
    older = opened(closing, valkey, run=1)
    give(older, sums(sent(1)))
    give(opened(closing, valkey, run=2), sums(sent(2)))
    with pytest.raises(Fenced):
        give(older, sums(sent(3)))
    with pytest.raises(Fenced):
        older.write_batch([[]])
    assert shown(valkey) == {"sent": "2"}


def test_readers_never_see_a_day_that_does_not_add_up(valkey: redis.Redis, closing: ExitStack) -> None:
    part = opened(closing, valkey)
    seen: list[dict[str, str]] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            seen.append(shown(valkey))

    reading = threading.Thread(target=read)
    reading.start()
    for number in range(1, 400):
        part.write_batch([[sums(*revenue(number))]])
    part.snapshot()
    ended.set()
    reading.join()
    assert all(fields.get("revenue:EUR") == fields.get("channel:email:revenue:EUR") for fields in seen)
    numbers = [int(fields.get("revenue:EUR", "0")) for fields in seen]
    assert numbers == sorted(numbers)
    assert shown(valkey)["revenue:EUR"] == "399"
