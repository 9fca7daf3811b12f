"""What a recovery store retains, read from outside while a run is live, after its end, and after it was killed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from config.errors import Unavailable, UserError
from connectors.embedded.servers import EmbeddedValkey
from connectors.view.order_rows import row
from dataflows.store.recovery_files import recovery_files
from dataflows.store.retained import Retained, retained
from dataflows.store.store import open_store
from state.changes import Outcome
from state.contact_orders import OrderAtContact
from state.key_groups import GROUPS, key_group
from state.order_state import OrderState, unpack_order_state
from state.questions import AccountVersions, ExplainOrder, ShowContact
from state.settings import Settings
from state.timeline import Timeline, of_file
from tests.e2e.running import Runs, await_epochs
from tests.e2e.shop_files import generated, touch, write
from tests.e2e.views import view
from tests.reference.values import moment_ms

OF_FILE = of_file(Settings(currency="UAH"))
EPOCH_S = 0.1


def of_settings_file(account: str) -> Timeline:
    return OF_FILE


@pytest.fixture
def runs(valkey_server: EmbeddedValkey, valkey: redis.Redis, tmp_path: Path) -> Iterator[Runs]:
    started = Runs(tmp_path, valkey_server.url)
    yield started
    started.end_all()


def placed_orders(state: Retained) -> dict[str, OrderAtContact]:
    """Every order of acme as its contact's group has it."""
    groups = [group.accounts["acme"] for group in state.contact_groups() if "acme" in group.accounts]
    return {
        placed.order.order: placed
        for facts in groups
        for contact in facts.orders.packed
        for placed in facts.orders.of(contact)
    }


def held_orders(state: Retained, orders: list[str]) -> dict[str, OrderState]:
    """The same orders as their own groups have them."""
    return {
        order: unpack_order_state(
            state.order_group(key_group("acme", order, GROUPS)).accounts["acme"].orders.get(order, b"")
        )
        for order in orders
    }


def test_what_an_ended_run_retains_is_what_it_showed(runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    runs.run(generated(tmp_path / "week.jsonl", 6_000, seed=2))
    shown = {name: fields for key, fields in view(valkey).items() if ":rows:" in key for name, fields in fields.items()}
    with retained(runs.recovery_dir(), of_settings_file) as state:
        placed = placed_orders(state)
        assert len(placed) > 100
        for order, one in placed.items():
            told = json.loads(row(Outcome(one.sequence, one.order, one.decision, day=0, hour=0)))
            assert told == {
                **shown[order],
                **{name: told[name] for name in ("first_name", "last_name", "email", "phone")},
            }
        assert placed.keys() == shown.keys()
        assert {order: one.sequence for order, one in held_orders(state, list(placed)).items()} == {
            order: one.sequence for order, one in placed.items()
        }
        assert state.ask(AccountVersions("acme")).found == of_file(Settings()).versions
        assert state.ask(AccountVersions("never heard of")).found is None


@pytest.mark.parametrize("workers", [1, 2])
def test_a_live_run_is_seen_as_of_one_instant(workers: int, runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    """Orders and contacts lie in different steps and files, and epochs pass meanwhile: no order is half there."""

    def look() -> int:
        with retained(runs.recovery_dir(), of_settings_file) as state:
            placed = placed_orders(state)
            held = held_orders(state, sorted(placed)[::7])
        assert {order: one.sequence for order, one in held.items()} == {order: placed[order].sequence for order in held}
        return len(placed)

    shop = generated(tmp_path / "week.jsonl", 20_000)
    runs.pause_at([shop], 0)
    running = runs.start(shop, epoch_seconds=EPOCH_S, workers=workers)
    runs.read_to(running, valkey, [shop], 0.1)
    await_epochs(runs.recovery_dir())
    seen: list[int] = []
    for step in range(2, 10):
        runs.pause_at([shop], step / 10)
        seen += [look(), look()]
        runs.read_to(running, valkey, [shop], step / 10)
        await_epochs(runs.recovery_dir())
        seen.append(look())
    runs.go_on()
    while not running.has_ended:
        seen.append(look())
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert running.wait().status == 0


def test_after_a_crash_it_is_what_the_next_run_begins_with(runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    shop = generated(tmp_path / "week.jsonl", 20_000)
    runs.pause_at([shop], 0)
    running = runs.start(shop, epoch_seconds=EPOCH_S)
    runs.read_to(running, valkey, [shop], 0.3)
    await_epochs(runs.recovery_dir())
    runs.read_to(running, valkey, [shop], 0.6)
    running.kill()
    with retained(runs.recovery_dir(), of_settings_file) as state:
        placed = placed_orders(state)
        held = held_orders(state, list(placed))
    assert placed
    assert {order: one.sequence for order, one in held.items()} == {o: one.sequence for o, one in placed.items()}


def test_a_store_that_no_run_has_used_retains_nothing(tmp_path: Path) -> None:
    open_store(tmp_path / "store")
    with retained(tmp_path / "store", of_settings_file) as state:
        assert placed_orders(state) == {}
        assert state.order_group(0).accounts == {}
        assert state.ask(AccountVersions("acme")).found is None
        assert state.ask(ExplainOrder("acme", "o1")).found is None
        assert state.ask(ShowContact("acme", "ann")).found is None


def test_a_folder_that_is_no_store_is_said_to_be_none_and_left_as_it_is(tmp_path: Path) -> None:
    with (
        pytest.raises(UserError, match=r"LASTTOUCH_RECOVERY_DIR: .*none.* is no recovery store"),
        retained(tmp_path / "none", of_settings_file),
    ):
        pass
    assert not (tmp_path / "none").exists()


def test_files_that_are_damaged_are_said_to_be_unreadable(tmp_path: Path) -> None:
    open_store(tmp_path / "store")
    (tmp_path / "store" / "part-1.sqlite3").write_bytes(b"no database" * 1_000)
    with (
        pytest.raises(Unavailable, match=r"LASTTOUCH_RECOVERY_DIR: .*cannot be read"),
        retained(tmp_path / "store", of_settings_file),
    ):
        pass


@pytest.mark.parametrize("pickled", [b"cos\nsystem\n(S'true'\ntR.", b"I1\n.", b"gone"])
def test_a_snapshot_that_no_version_wrote_is_refused(pickled: bytes, tmp_path: Path) -> None:
    open_store(tmp_path / "store")
    with sqlite3.connect(tmp_path / "store" / "part-2.sqlite3") as file:
        file.execute("INSERT INTO exs (ex_num, worker_count, resume_epoch) VALUES (0, 1, 3)")
        file.execute(
            "INSERT INTO snaps (step_id, state_key, snap_epoch, ser_change) VALUES ('s', 'k', 2, ?)", (pickled,)
        )
    file.close()
    with pytest.raises(Unavailable, match="cannot be read"), recovery_files(tmp_path / "store") as files:
        files.snapshot("s", "k")


def test_of_the_snapshots_of_a_key_the_last_one_of_a_complete_epoch_counts(tmp_path: Path) -> None:
    """As the engine has it: epoch 4 was complete on one worker only."""
    open_store(tmp_path / "store")
    parts = [tmp_path / "store" / f"part-{number}.sqlite3" for number in range(4)]
    with sqlite3.connect(parts[0]) as file:
        file.execute("INSERT INTO exs (ex_num, worker_count, resume_epoch) VALUES (0, 3, 1), (1, 2, 3)")
    file.close()
    with sqlite3.connect(parts[1]) as file:
        file.execute("INSERT INTO fronts (ex_num, worker_index, worker_frontier) VALUES (0, 2, 9), (1, 0, 5)")
        for epoch in range(1, 6):
            pickled = b"\x80\x04C\x01" + b"%d" % epoch + b"."
            file.execute("INSERT INTO snaps VALUES (datetime(), 's', 'k', ?, ?)", (epoch, pickled))
        file.execute("INSERT INTO snaps VALUES (datetime(), 's', 'gone', 2, NULL)")
    file.close()
    with recovery_files(tmp_path / "store") as files:
        assert files.snapshot("s", "k") == b"2"
        assert files.snapshot("s", "gone") is None
        assert files.snapshot("other", "k") is None
    with sqlite3.connect(parts[2]) as file:
        file.execute("INSERT INTO fronts (ex_num, worker_index, worker_frontier) VALUES (1, 1, 4)")
    file.close()
    with recovery_files(tmp_path / "store") as files:
        assert files.snapshot("s", "k") == b"3"


def test_every_key_group_is_snapshotted_in_the_first_epoch_of_a_run(runs: Runs, tmp_path: Path) -> None:
    """What a crash left of an incomplete epoch would be taken for current otherwise."""
    runs.run(generated(tmp_path / "week.jsonl", 2_000))
    with retained(runs.recovery_dir(), of_settings_file) as state:
        assert _epochs(state) == {1}
    runs.run(write(tmp_path / "one.jsonl", [touch("c1", moment_ms("2026-01-05T10:00:00Z"))]))
    with retained(runs.recovery_dir(), of_settings_file) as state:
        assert _epochs(state) == {2}


def _epochs(state: Retained) -> set[int]:
    """Those of the last snapshots of the keyed stages' groups."""
    rows = [
        row
        for part in sorted(state.store.directory.glob("*.sqlite3"))
        for row in _last_snapshots(part)
        if row[0].removeprefix("lasttouch.") in {"by_address", "by_order", "by_contact", "by_total", "publish"}
    ]
    assert len(rows) == 5 * 64
    return {epoch for _, _, epoch in rows}


def _last_snapshots(part: Path) -> list[tuple[str, str, int]]:
    with closing(sqlite3.connect(part)) as file:
        return file.execute(
            "SELECT step_id, state_key, max(snap_epoch) FROM snaps GROUP BY step_id, state_key"
        ).fetchall()
