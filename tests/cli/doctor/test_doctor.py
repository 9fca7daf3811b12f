"""`lasttouch doctor`, as it is called, on servers that are as they should be and on some that are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from confluent_kafka.admin import AdminClient, NewTopic

from cli.main import main
from cli.topic_options import topic_arguments
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.client import connection_settings
from connectors.kafka.topics import TopicNames, ensure_topics, topic_plans
from connectors.view.layout import RUN_KEY
from dataflows.store.store import held, open_store
from tests.servers.redis_servers import cluster
from tests.waiting import PATIENCE_S, await_that

Asked = list[str]


@pytest.fixture
def asked(
    kafka_bootstrap: str, topics: TopicNames, valkey: redis.Redis, valkey_server: EmbeddedValkey, tmp_path: Path
) -> Iterator[Asked]:
    """The command, of a Redis of its own, a broker with all topics and a store that a run has made."""
    ensure_topics(kafka_bootstrap, topic_plans(topics, with_segments=True))
    store = open_store(tmp_path / "recovery")
    store.use(3)
    named = [word for flag, name in topic_arguments(topics).items() for word in (flag, name)]
    yield [
        "doctor",
        *("--kafka-bootstrap-servers", kafka_bootstrap, "--redis-url", valkey_server.url),
        *("--recovery-dir", str(store.directory), *named),
    ]
    valkey.config_set("maxmemory-policy", "noeviction")


def lines(out: str) -> dict[str, tuple[str, str]]:
    """By check: verdict and what was found."""
    found = {}
    for line in out.splitlines():
        verdict, rest = line.split(maxsplit=1)
        check, _, words = rest.partition("  ")
        found[check.strip()] = (verdict, words.strip())
    return found


@pytest.mark.kafka
def test_where_all_is_well_every_line_is_right_and_the_status_0(
    asked: Asked, topics: TopicNames, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(asked) == 0

    out, err = capsys.readouterr()
    found = lines(out)
    assert not err
    assert "wrong" not in {verdict for verdict, _ in found.values()}
    assert found["recovery store"][1].endswith("whole; last used by run 3")
    assert found["Redis policy"][0] == found["clock"][0] == found["Kafka"][0] == "right"
    assert found[f"topic {topics.profiles}"] == ("right", "1 partition, kept without end")
    assert found[f"topic {topics.attributions}"] == ("right", "1 partition, compacted")


@pytest.mark.kafka
def test_a_redis_that_drops_keys_is_wrong_and_the_line_says_how_to_mend_it(
    asked: Asked, valkey: redis.Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    valkey.config_set("maxmemory-policy", "allkeys-lru")

    assert main(asked) == 1

    out, err = capsys.readouterr()
    verdict, words = lines(out)["Redis policy"]
    assert verdict == "wrong"
    assert "allkeys-lru" in words
    assert "CONFIG SET maxmemory-policy noeviction" in words
    assert err.splitlines() == [
        f"lasttouch: doctor: 1 of {len(out.splitlines())} checks found something wrong: Redis policy"
    ]


@pytest.mark.kafka
def test_a_user_who_may_touch_our_keys_and_no_more_is_no_fault(
    asked: Asked, valkey: redis.Redis, valkey_server: EmbeddedValkey, capsys: pytest.CaptureFixture[str]
) -> None:
    """The user of docs/security.md before `+info`."""
    valkey.acl_setuser(
        "narrow", enabled=True, passwords=["+secret"], keys=["lasttouch:*"], categories=["+@all", "-@dangerous"]
    )
    url = valkey_server.url.replace("//", "//narrow:secret@")
    try:
        assert main([url if word == valkey_server.url else word for word in asked]) == 0
    finally:
        valkey.acl_deluser("narrow")

    found = lines(capsys.readouterr().out)
    verdict, words = found["Redis"]
    assert verdict == "note"
    assert "may not ask INFO" in words
    assert words.endswith("ACL SETUSER USER +info")
    assert "secret" not in words
    assert found["clock"][0] == "right"
    assert "Redis policy" not in found


@pytest.mark.kafka
def test_a_view_of_another_store_is_wrong(
    asked: Asked, valkey: redis.Redis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    valkey.hset(RUN_KEY, mapping={"store": "another-store", "catching_up": "0"})
    assert main(asked) == 1
    verdict, words = lines(capsys.readouterr().out)["view"]
    assert verdict == "wrong"
    assert "another-store" in words
    assert "--replace-view" in words

    valkey.hset(RUN_KEY, mapping={"store": open_store(tmp_path / "recovery").id})
    assert main(asked) == 0
    assert lines(capsys.readouterr().out)["view"] == (
        "right",
        "of this recovery store; up to date when it was written",
    )


@pytest.mark.kafka
def test_topics_that_are_missing_or_forget_are_wrong(
    kafka_bootstrap: str, topics: TopicNames, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    short, uncompacted = f"{topics.touches}-short", f"{topics.attributions}-kept"
    make(kafka_bootstrap, short, {"retention.ms": "3600000"})
    make(kafka_bootstrap, uncompacted, {"cleanup.policy": "delete"})
    others = {"--topic-touches": short, "--topic-attributions": uncompacted, "--topic-orders": f"{topics.orders}-gone"}

    assert main([*asked, *(word for flag, name in others.items() for word in (flag, name))]) == 1

    found = lines(capsys.readouterr().out)
    assert found[f"topic {short}"][0] == "wrong"
    assert "retention.ms=7776000000" in found[f"topic {short}"][1]
    assert found[f"topic {uncompacted}"][0] == "wrong"
    assert "cleanup.policy=compact" in found[f"topic {uncompacted}"][1]
    assert found[f"topic {topics.orders}-gone"][0] == "wrong"


def test_servers_that_are_away_are_wrong_and_the_rest_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTTOUCH_REDIS_URI", "redis://a-typing-error")
    away = ["--redis-url", "redis://:secret@127.0.0.1:1", "--kafka-bootstrap-servers", "127.0.0.1:1"]

    assert main(["doctor", *away, "--recovery-dir", str(tmp_path / "recovery"), "--format", "json"]) == 1

    out, err = capsys.readouterr()
    answer: dict[str, Any] = json.loads(out)
    by_check = {check["check"]: check for check in answer["checks"]}
    assert {name for name, check in by_check.items() if check["verdict"] == "wrong"} == {"Redis", "Kafka"}
    assert answer["wrong"] == 2
    assert by_check["recovery store"]["verdict"] == "note"
    assert by_check["environment"]["mend"] == "is LASTTOUCH_REDIS_URL meant?"
    assert "secret" not in out + err


def test_a_folder_that_is_no_store_a_file_that_is_no_settings_and_an_open_tokens_file_are_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "something").write_text("else")
    settings, tokens = tmp_path / "settings.toml", tmp_path / "tokens.toml"
    settings.write_text('[default]\ncurrency = "euro"\n')
    assert main(["token", "create", "--account", "acme", "--role", "admin", "--tokens", str(tokens)]) == 0
    tokens.chmod(0o644)
    capsys.readouterr()

    command = ["doctor", "--redis-url", "redis://127.0.0.1:1", "--kafka-bootstrap-servers", "127.0.0.1:1"]
    files = ["--recovery-dir", str(tmp_path), "--settings", str(settings), "--tokens", str(tokens)]
    assert main([*command, *files]) == 1

    found = lines(capsys.readouterr().out)
    assert found["recovery store"][0] == found["settings"][0] == found["tokens"][0] == "wrong"
    assert "currency" in found["settings"][1]
    assert f"chmod go= {tokens}" in found["tokens"][1]


def test_a_store_that_a_run_has_is_not_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(tmp_path / "recovery")
    store.use(7)
    away = ["--redis-url", "redis://127.0.0.1:1", "--kafka-bootstrap-servers", "127.0.0.1:1"]
    with held(str(store.directory)):
        assert main(["doctor", *away, "--recovery-dir", str(store.directory)]) == 1
    assert lines(capsys.readouterr().out)["recovery store"][1].endswith("in use by run 7")


def test_a_damaged_store_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(tmp_path / "recovery")
    next(store.directory.glob("*.sqlite3")).write_bytes(b"no database")
    away = ["--redis-url", "redis://127.0.0.1:1", "--kafka-bootstrap-servers", "127.0.0.1:1"]
    assert main(["doctor", *away, "--recovery-dir", str(store.directory)]) == 1
    verdict, words = lines(capsys.readouterr().out)["recovery store"]
    assert verdict == "wrong"
    assert "put a copy of the folder back" in words


def make(bootstrap: str, name: str, settings: dict[str, str]) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    [made] = admin.create_topics([NewTopic(name, 1, 1, config=settings)]).values()
    made.result(PATIENCE_S)
    await_that(lambda: name in admin.list_topics(timeout=PATIENCE_S).topics, f"{name} is shown")


def test_every_master_of_a_redis_cluster_is_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with cluster() as nodes:
        command = ["doctor", "--redis-url", nodes.url, "--kafka-bootstrap-servers", "127.0.0.1:1"]
        assert main([*command, "--recovery-dir", str(tmp_path / "recovery")]) == 1
    found = lines(capsys.readouterr().out)
    policies = [check for check in found if check.startswith("Redis policy 127.0.0.1:")]
    assert len(policies) == 3
    assert {verdict for check, (verdict, _) in found.items() if check.startswith(("Redis", "clock"))} <= {
        "right",
        "note",
    }


def test_a_setting_of_kafka_that_is_none_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTTOUCH_KAFKA_GROUP_ID", "mine")
    # A process looks once.
    connection_settings.cache_clear()
    command = ["doctor", "--redis-url", "redis://127.0.0.1:1", "--kafka-bootstrap-servers", "127.0.0.1:1"]
    assert main([*command, "--recovery-dir", str(tmp_path / "recovery")]) == 1
    verdict, words = lines(capsys.readouterr().out)["Kafka"]
    assert verdict == "wrong"
    assert "LASTTOUCH_KAFKA_GROUP_ID" in words


def test_a_part_of_a_clusters_store_is_known_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(tmp_path / "recovery")
    next(store.directory.glob("*.sqlite3")).unlink()
    away = ["--redis-url", "redis://127.0.0.1:1", "--kafka-bootstrap-servers", "127.0.0.1:1"]
    assert main(["doctor", *away, "--recovery-dir", str(store.directory)]) == 1
    verdict, words = lines(capsys.readouterr().out)["recovery store"]
    assert verdict == "note"
    assert "some of its 4 database files" in words
