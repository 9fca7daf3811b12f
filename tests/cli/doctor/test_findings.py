"""What each check makes of what a server or a machine says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.doctor import configuration, kafka_broker, machine, redis_server
from cli.doctor.finding import Verdict
from connectors.kafka.topics import TopicNames
from state.times import DAY_MS
from tests.house.sources import PACKAGES, modules

RIGHT, NOTE, WRONG = Verdict.RIGHT, Verdict.NOTE, Verdict.WRONG
[TOUCHES, ORDERS, PROFILES, ATTRIBUTIONS, DEAD_LETTERS, SEGMENTS] = kafka_broker._wanted(TopicNames())


@pytest.mark.parametrize(
    ("version", "implementation", "verdict"),
    [((3, 12), "CPython", RIGHT), ((3, 11), "CPython", RIGHT), ((3, 13), "CPython", WRONG), ((3, 11), "PyPy", WRONG)],
)
def test_python(version: tuple[int, int], implementation: str, verdict: Verdict) -> None:
    assert machine.python(version, implementation, "").verdict is verdict


@pytest.mark.parametrize(
    ("store_gib", "free_gib", "verdict"), [(0, 2, RIGHT), (0, 0.5, WRONG), (4, 9, RIGHT), (4, 7, WRONG)]
)
def test_disk(store_gib: float, free_gib: float, verdict: Verdict) -> None:
    assert machine.disk(Path("/"), int(store_gib * 2**30), int(free_gib * 2**30)).verdict is verdict


@pytest.mark.parametrize(("kind", "verdicts"), [("ext4", []), (None, []), ("tmpfs", [NOTE]), ("nfs4", [NOTE])])
def test_file_system(kind: str | None, verdicts: list[Verdict]) -> None:
    assert [found.verdict for found in machine.file_system(Path("/"), kind)] == verdicts


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"redis_version": "7.4.1"}, RIGHT),
        ({"redis_version": "7.2.4", "valkey_version": "9.1.2"}, RIGHT),
        ({"redis_version": "6.2.0"}, RIGHT),
        ({"redis_version": "6.0.16"}, WRONG),
        ({}, WRONG),
    ],
)
def test_redis_version(said: dict[str, str], verdict: Verdict) -> None:
    assert redis_server.version(said, "here").verdict is verdict


@pytest.mark.parametrize(
    ("used", "most", "verdict"), [(10, 0, RIGHT), (80, 100, RIGHT), (95, 100, WRONG)], ids=["boundless", "free", "full"]
)
def test_redis_memory(used: int, most: int, verdict: Verdict) -> None:
    assert redis_server.memory({"used_memory": used << 20, "maxmemory": most << 20}).verdict is verdict


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"aof_enabled": 1, "aof_last_write_status": "ok", "rdb_last_bgsave_status": "ok"}, RIGHT),
        ({"aof_enabled": 0, "rdb_last_bgsave_status": "ok"}, NOTE),
        ({"aof_enabled": 1, "aof_last_write_status": "err"}, WRONG),
        ({"aof_enabled": 0, "rdb_last_bgsave_status": "err"}, WRONG),
    ],
)
def test_redis_persistence(said: dict[str, object], verdict: Verdict) -> None:
    assert redis_server.persistence(said).verdict is verdict


@pytest.mark.parametrize(
    ("theirs_s", "verdict", "words"),
    [(100.5, RIGHT, "to the second"), (160.0, WRONG, "59 s behind"), (10.0, WRONG, "90 s ahead")],
)
def test_clock_skew(theirs_s: float, verdict: Verdict, words: str) -> None:
    found = redis_server.clock_skew(theirs_s, 100.0, 101.0)
    assert found.verdict is verdict
    assert words in found.found


@pytest.mark.parametrize(
    ("wanted", "settings", "verdict"),
    [
        (TOUCHES, {}, RIGHT),
        (TOUCHES, {"retention.ms": str(90 * DAY_MS)}, RIGHT),
        (TOUCHES, {"retention.ms": "-1"}, RIGHT),
        (TOUCHES, {"retention.ms": str(7 * DAY_MS)}, NOTE),
        (TOUCHES, {"retention.ms": str(DAY_MS)}, WRONG),
        (TOUCHES, {"retention.ms": "-1", "retention.bytes": "1000000"}, NOTE),
        (TOUCHES, {"retention.ms": "-1", "max.message.bytes": "1048588"}, NOTE),
        (ORDERS, {"retention.ms": str(90 * DAY_MS)}, NOTE),
        (ORDERS, {"retention.ms": str(400 * DAY_MS)}, RIGHT),
        (PROFILES, {"retention.ms": "-1", "retention.bytes": "-1"}, RIGHT),
        (PROFILES, {"retention.ms": str(400 * DAY_MS)}, WRONG),
        (PROFILES, {"retention.ms": "-1", "retention.bytes": "1000"}, WRONG),
        (PROFILES, {}, NOTE),
        (ATTRIBUTIONS, {"cleanup.policy": "compact"}, RIGHT),
        (ATTRIBUTIONS, {"cleanup.policy": "delete"}, WRONG),
        (ATTRIBUTIONS, {"cleanup.policy": "compact,delete"}, WRONG),
        (ATTRIBUTIONS, {}, NOTE),
        (DEAD_LETTERS, {"retention.ms": str(DAY_MS)}, RIGHT),
        (SEGMENTS, {"cleanup.policy": "compact"}, RIGHT),
    ],
)
def test_what_a_topic_keeps(wanted: kafka_broker._Wanted, settings: dict[str, str], verdict: Verdict) -> None:
    assert kafka_broker.topic(wanted, "kafka:9092", 8, settings).verdict is verdict


def test_only_what_a_run_does_not_make_itself_has_to_be_there() -> None:
    missing = {
        wanted.role: kafka_broker.topic(wanted, "kafka:9092", None, {}).verdict
        for wanted in kafka_broker._wanted(TopicNames())
    }
    assert {role for role, verdict in missing.items() if verdict is WRONG} == {"touches", "orders", "profiles"}


def test_every_variable_that_the_code_names_is_known() -> None:
    """So that no right variable is called one that nothing reads."""
    named = {
        name
        for path in modules(*PACKAGES)
        for name in re.findall(r"LASTTOUCH_[A-Z_]+[A-Z]\b(?!_)", path.read_text(encoding="utf-8"))
        if not name.startswith(("LASTTOUCH_TEST_", "LASTTOUCH_X"))  # the tests' own, and what stands for any
    }
    assert named
    assert not list(configuration.unread_variables(dict.fromkeys(named, "")))


def test_a_variable_that_nothing_reads_is_told() -> None:
    [found] = configuration.unread_variables({"LASTTOUCH_SETTING": "x", "PATH": "", "LASTTOUCH_TEST_KAFKA": "apache"})
    assert found.verdict is NOTE
    assert found.mend == "is LASTTOUCH_SETTINGS meant?"


def test_a_secret_in_a_file_is_read() -> None:
    assert not list(
        configuration.unread_variables({"LASTTOUCH_REDIS_URL_FILE": "x", "LASTTOUCH_KAFKA_SSL_CA_FILE": ""})
    )


def test_bounds_of_the_http_server_that_are_no_numbers_are_wrong() -> None:
    assert configuration.limits({}).verdict is RIGHT
    found = configuration.limits({"LASTTOUCH_HTTP_CONNECTIONS_MAX": "many"})
    assert found.verdict is WRONG
    assert "LASTTOUCH_HTTP_CONNECTIONS_MAX" in found.line(0)
