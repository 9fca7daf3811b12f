"""Processes of a cluster begin a run only where their folders are one whole store, and all are told the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.errors import UserError
from config.metrics_address import MetricsAddress
from dataflows.run.members import Member, options, parts_to_make, require_agreement
from dataflows.run.metrics_endpoints import number_on_machine
from dataflows.run.plan import Plan


def member(*parts: int, store: str | None = "s", of_parts: int = 4, **more: Any) -> Member:
    fields: dict[str, Any] = {"nonce": "n", "is_used": True, "options": {"epoch_s": "x"}, "public_key": ""}
    return Member(store=store, parts=parts, of_parts=of_parts, **(fields | more))


def test_a_store_that_is_whole_needs_nothing() -> None:
    """However its files are spread: a process that is new has none of them."""
    assert parts_to_make([member(0, 1, 2, 3), member(of_parts=0), member(of_parts=0)], 4) == ((), (), ())
    assert parts_to_make([member(2), member(0, 3), member(1)], 4) == ((), (), ())


def test_a_new_store_is_made_evenly_and_a_start_that_broke_off_goes_on() -> None:
    new = [member(store=None, of_parts=0, is_used=False) for _ in range(3)]
    assert parts_to_make(new, 6) == ((0, 3), (1, 4), (2, 5))
    begun = [member(0, 3, is_used=False, of_parts=6), *new[1:]]
    assert parts_to_make(begun, 6) == ((), (1, 4), (2, 5))


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([member(0, 1), member(2)], "part-3.sqlite3 of 4 database files are in no process's folder"),
        ([member(0, 1, 2, 3), member(1)], "part-1.sqlite3 is in the folders of processes 0 and 1"),
        ([member(0, 1, 2, 3), member(4, of_parts=8)], "process 1 has files of a store of 8"),
    ],
)
def test_files_that_are_lost_doubled_or_anothers_are_named(members: list[Member], said: str) -> None:
    """A start without one, or with an old copy of one, would count from something that never was."""
    with pytest.raises(UserError, match=r"^LASTTOUCH_RECOVERY_DIR: ") as refused:
        parts_to_make(members, 4)
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_folders_of_two_stores_are_refused() -> None:
    with pytest.raises(UserError, match=r"process 1 has the folder of store t, process 0 that of s"):
        require_agreement([member(), member(store="t")])
    with pytest.raises(UserError, match=r"process 0 an empty one"):
        require_agreement([member(store=None), member()])
    require_agreement([member(), member(store=None)])


def test_what_processes_are_told_otherwise_is_named() -> None:
    with pytest.raises(UserError, match=r"^process 1: its epoch-s differs from process 0's"):
        require_agreement([member(), member(options={"epoch_s": "y"})])


def plan(**more: Any) -> Plan:
    fields: dict[str, Any] = {"redis_url": "redis://a", "kafka": "k:1", "settings": None, "recovery_dir": "/a"}
    return Plan(**(fields | more))


def test_how_each_reaches_the_same_may_differ(tmp_path: Path) -> None:
    same = options(plan())
    assert options(plan(redis_url="redis://b", kafka="l:1", recovery_dir="/b", process=2)) == same
    assert options(plan(metrics=MetricsAddress("0.0.0.0", 9_500, was_chosen=True))) == same
    file = tmp_path / "settings.toml"
    file.write_text('[default]\ncurrency = "EUR"\n')
    assert options(plan(settings=str(file))) == same


@pytest.mark.parametrize(
    "more", [{"epoch_s": 1.0}, {"row_days": 3}, {"files": ("/x",)}, {"addresses": ("a:1",)}, {"kafka": None}]
)
def test_what_is_counted_and_where_must_not_differ(more: dict[str, Any]) -> None:
    assert options(plan(**more)) != options(plan())


def test_settings_are_compared_by_what_they_say(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[accounts.acme]\ncurrency = "UAH"\n')
    assert options(plan(settings=str(file))) != options(plan())


@pytest.mark.parametrize(("process", "number"), [(0, 0), (1, 0), (2, 1), (3, 1)])
def test_workers_are_counted_on_their_machine(process: int, number: int) -> None:
    """On one machine no two want the same port for their metrics; of several each has the first."""
    addresses = ("a:1", "b:1", "b:2", "a:2")
    assert number_on_machine(plan(process=process, addresses=addresses)) == number
