"""Writes to the view: gathered, each lot applied at once, and refused from a run that is not the newest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.view.account_writes import AccountWrites
from connectors.view.totals import hashes_of
from connectors.view.writes import (
    VALUES_PER_COMMAND_MAX,
    VALUES_PER_SCRIPT,
    Fenced,
    FencedWriter,
    ViewLost,
    commands,
    fence_key,
)
from state.ledger import EntryKey
from tests.connectors.view.view_writes import (
    ALL,
    DAY,
    Contents,
    contents,
    gathered,
    revenue,
    sent,
)

TAG: Final = "lasttouch:{acme}:"


def written(client: redis.Redis, *writes: AccountWrites, run: int = 1) -> None:
    writer = FencedWriter(client, run)
    for one in writes:
        for lot in commands("acme", one, 1):
            writer.apply("acme", lot)


@pytest.mark.parametrize(
    ("entry", "key", "field"),
    [
        (("acme", DAY, "", "", "sent"), "lasttouch:{acme}:day:2026-03-01", "sent"),
        (("acme", ALL, "", "", "orders:DELIVERED:EUR"), "lasttouch:{acme}:total", "orders:DELIVERED:EUR"),
        (("acme", DAY, "sms", "", "sent"), "lasttouch:{acme}:day:2026-03-01", "channel:sms:sent"),
        (("acme", ALL, "sms", "", "revenue:EUR"), "lasttouch:{acme}:total", "channel:sms:revenue:EUR"),
        (("acme", DAY, "sms", "a:b", "sent"), "lasttouch:{acme}:campaigns:2026-03-01", "sms:a%3Ab:sent"),
        (("acme", ALL, "sms", "a:b", "revenue:EUR"), "lasttouch:{acme}:campaign:sms:a%3Ab", "revenue:EUR"),
        (("a/b", ALL, "", "", "sent"), "lasttouch:{a%2Fb}:total", "sent"),
    ],
)
def test_a_total_has_its_place_in_the_layout(entry: EntryKey, key: str, field: str) -> None:
    account, day, *name = entry
    channel, campaign, figure = name
    assert hashes_of((account, day), [((channel, campaign, figure), 7)]) == {key: {field: 7}}
    assert hashes_of((account, day), [((channel, campaign, figure), 0)]) == {key: {field: None}}


def test_totals_are_written_where_a_dashboard_polls_them(valkey: redis.Redis) -> None:
    written(valkey, gathered(*revenue(1000), *revenue(1000, day=ALL)))
    assert contents(valkey) == {
        TAG + "campaign:email:spring": {"revenue:EUR": "1000"},
        TAG + "campaigns:2026-03-01": {"email:spring:revenue:EUR": "1000"},
        TAG + "day:2026-03-01": {"channel:email:revenue:EUR": "1000", "revenue:EUR": "1000"},
        TAG + "days": {"2026-03-01": "20513"},
        TAG + "total": {"channel:email:revenue:EUR": "1000", "revenue:EUR": "1000"},
    }


def test_a_total_that_no_float_holds_is_written_to_the_last_digit(valkey: redis.Redis) -> None:
    written(valkey, gathered(sent(2**64 + 1)))
    assert contents(valkey)[TAG + "day:2026-03-01"] == {"sent": "18446744073709551617"}


def test_a_total_of_nothing_is_no_field_and_a_key_without_fields_is_no_key(valkey: redis.Redis) -> None:
    written(valkey, gathered(*revenue(1000, day=ALL)), gathered(*revenue(0, day=ALL)))
    assert contents(valkey) == {}


def test_of_many_writes_to_a_total_the_last_is_sent() -> None:
    writes = gathered(sent(1), sent(2), sent(3))
    assert writes.size() == 1
    [[counters, days]] = commands("acme", writes, 1)
    assert (counters.name, counters.arguments) == ("HSET", ["sent", "3"])
    assert days.name == "ZADD"


def test_a_row_stands_in_its_day_and_in_the_index_of_its_day(valkey: redis.Redis) -> None:
    writes = AccountWrites()
    writes.put_row(DAY, "o1", 1_772_366_400_000, b'{"order":"o1"}')
    written(valkey, writes)
    assert contents(valkey) == {
        TAG + "days": {"2026-03-01": "20513"},
        TAG + "orders:2026-03-01": {"o1": "1772366400000"},
        TAG + "rows:2026-03-01": {"o1": '{"order":"o1"}'},
    }


@pytest.mark.parametrize("size", [31, 32, 255, 256, 65_535, 65_536, 900_000])
def test_a_row_of_any_length_is_written_as_it_is(valkey: redis.Redis, size: int) -> None:
    row = ("\u0439" + "x" * (size - 2)).encode()
    writes = AccountWrites()
    writes.put_row(DAY, "o1", 9_999_999_999_999, row)
    written(valkey, writes)
    assert valkey.hget(TAG + "rows:2026-03-01", "o1") == row
    assert contents(valkey)[TAG + "orders:2026-03-01"] == {"o1": "9999999999999"}


def test_a_row_that_leaves_a_day_is_in_neither(valkey: redis.Redis) -> None:
    here, gone = AccountWrites(), AccountWrites()
    here.put_row(DAY, "o1", 1, b"{}")
    gone.take_row(DAY, "o1")
    gone.put_row(DAY + 1, "o1", 2, b"{}")
    written(valkey, here, gone)
    assert contents(valkey, TAG + "[or]*") == {
        TAG + "orders:2026-03-02": {"o1": "2"},
        TAG + "rows:2026-03-02": {"o1": "{}"},
    }


def test_a_row_that_leaves_and_comes_back_before_it_is_written_is_there(valkey: redis.Redis) -> None:
    writes = AccountWrites()
    writes.put_row(DAY, "o1", 1, b"{}")
    writes.take_row(DAY, "o1")
    writes.put_row(DAY, "o1", 3, b"{}")
    written(valkey, writes)
    assert contents(valkey, TAG + "orders*") == {TAG + "orders:2026-03-01": {"o1": "3"}}


def test_all_counters_of_an_account_go_in_one_lot_however_many_they_are(valkey: redis.Redis) -> None:
    count = VALUES_PER_SCRIPT
    writes = gathered(*((("acme", DAY, "email", f"c{number}", "sent"), number + 1) for number in range(count)), sent(7))
    [lot] = commands("acme", writes, 1)
    assert max(len(command.arguments) for command in lot) <= VALUES_PER_COMMAND_MAX
    FencedWriter(valkey, 1).apply("acme", lot)
    assert valkey.hlen(TAG + "campaigns:2026-03-01") == count
    assert valkey.hget(TAG + "campaigns:2026-03-01", f"email:c{count - 1}:sent") == str(count).encode()
    assert valkey.hget(TAG + "day:2026-03-01", "sent") == b"7"


def test_many_rows_go_in_lots_of_a_bounded_size_each_row_with_its_index(valkey: redis.Redis) -> None:
    count = VALUES_PER_SCRIPT * 2
    writes = AccountWrites()
    for number in range(count):
        writes.put_row(DAY + number % 3, f"o{number}", number, b"{}")
    lots = list(commands("acme", writes, 1))
    writer = FencedWriter(valkey, 1)
    seen = 0
    for lot in lots:
        assert sum(len(command.arguments) for command in lot) <= VALUES_PER_SCRIPT + 2 * VALUES_PER_COMMAND_MAX
        writer.apply("acme", lot)
        days = [f"2026-03-0{number}" for number in (1, 2, 3)]
        rows, index = (sum(_length(valkey, f"{TAG}{kind}:{day}") for day in days) for kind in ("rows", "orders"))
        assert rows == index >= seen
        seen = rows
    assert seen == count


def _length(client: redis.Redis, key: str) -> int:
    return len(contents(client, key).get(key, {}))


def test_all_keys_of_a_lot_are_on_one_slot_of_a_cluster() -> None:
    writes = gathered(*revenue(1), *revenue(1, day=ALL))
    writes.put_row(DAY, "o}1{", 1, b"{}")
    writes.set("lasttouch:{a%7Db}:account", "currency", "EUR")
    keys = {command.key for lot in commands("a}b", writes, 1) for command in lot if "{acme}" not in command.key}
    assert {key[key.index("{") : key.index("}") + 1] for key in keys} == {"{a%7Db}"}
    assert fence_key("a}b").startswith("lasttouch:{a%7Db}:")


def test_an_older_run_is_refused_and_changes_nothing(valkey: redis.Redis) -> None:
    older = FencedWriter(valkey, 1)
    [lot] = commands("acme", gathered(sent(1)), 1)
    older.apply("acme", lot)
    written(valkey, gathered(sent(2)), run=2)
    before = contents(valkey)
    with pytest.raises(Fenced, match="a newer run"):
        older.apply("acme", lot)
    with pytest.raises(Fenced):
        FencedWriter(valkey, 1).apply("acme", lot)
    assert contents(valkey) == before


def test_a_newer_run_takes_over_from_an_older_one(valkey: redis.Redis) -> None:
    written(valkey, gathered(sent(1)), run=1)
    written(valkey, gathered(sent(2)), run=2)
    written(valkey, gathered(sent(3)), run=2)
    assert valkey.hget(TAG + "day:2026-03-01", "sent") == b"3"


def test_the_fence_of_one_account_is_no_other_accounts(valkey: redis.Redis) -> None:
    written(valkey, gathered(sent(1)), run=2)
    [lot] = commands("other", gathered(sent(5, account="other")), 1)
    FencedWriter(valkey, 1).apply("other", lot)
    assert valkey.hget("lasttouch:{other}:day:2026-03-01", "sent") == b"5"


def test_a_run_finds_out_that_what_it_wrote_is_gone(valkey: redis.Redis) -> None:
    writer = FencedWriter(valkey, 1)
    [lot] = commands("acme", gathered(sent(1)), 1)
    writer.apply("acme", lot)
    valkey.flushall()
    with pytest.raises(ViewLost):
        writer.apply("acme", lot)
    assert contents(valkey) == {}


def test_an_empty_server_is_no_loss_to_a_run_that_has_written_nothing_yet(valkey: redis.Redis) -> None:
    FencedWriter(valkey, 1).apply("acme", next(commands("acme", gathered(sent(1)), 1)))
    assert valkey.hget(TAG + "day:2026-03-01", "sent") == b"1"


def test_any_other_complaint_of_the_server_is_passed_on(valkey: redis.Redis) -> None:
    valkey.set(TAG + "day:2026-03-01", "somebody else's")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        written(valkey, gathered(sent(1)))


Step = Callable[[AccountWrites, Contents], None]


def _total(name: str, value: int) -> Step:
    def step(writes: AccountWrites, model: Contents) -> None:
        writes.put_totals(("acme", DAY), [(("", "", name), value)])
        model["day"].pop(name, None)
        if value:
            model["day"][name] = str(value)

    return step


def _row(order: str, on: int, ordered_at: int) -> Step:
    def step(writes: AccountWrites, model: Contents) -> None:
        writes.put_row(DAY + on, order, ordered_at, str(ordered_at).encode())
        model[f"orders {on}"][order] = model[f"rows {on}"][order] = str(ordered_at)

    return step


def _gone(order: str, on: int) -> Step:
    def step(writes: AccountWrites, model: Contents) -> None:
        writes.take_row(DAY + on, order)
        model[f"orders {on}"].pop(order, None)
        model[f"rows {on}"].pop(order, None)

    return step


names, days = st.sampled_from(("sent", "opened")), st.integers(0, 1)
orders = st.sampled_from(("o1", "o2", ""))
steps = st.one_of(
    st.builds(_total, names, st.integers(0, 3)),
    st.builds(_row, orders, days, st.integers(0, 9)),
    st.builds(_gone, orders, days),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(steps, max_size=8), max_size=4))
def test_however_writes_are_gathered_the_last_of_each_counts(valkey: redis.Redis, batches: list[list[Step]]) -> None:
    valkey.flushall()
    model: Contents = {name: {} for name in ("day", *(f"{kind} {on}" for kind in ("orders", "rows") for on in (0, 1)))}
    for batch in batches:
        writes = AccountWrites()
        for step in batch:
            step(writes, model)
        written(valkey, writes)
    found = contents(valkey)
    iso = [date.fromordinal(DAY + on).isoformat() for on in (0, 1)]
    assert found.get(f"{TAG}day:{iso[0]}", {}) == model["day"]
    for on in (0, 1):
        for kind in ("orders", "rows"):
            assert found.get(f"{TAG}{kind}:{iso[on]}", {}) == model[f"{kind} {on}"]
