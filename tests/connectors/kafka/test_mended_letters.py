"""`lasttouch ingest --dead-letters`, as it is called: from the topic, and from a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
import redis

from api.intake.writing import Sender, letter_key
from cli.main import main
from cli.topic_options import topic_arguments
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.topics import TopicNames
from connectors.view.layout import account_key
from state.bad_events import Code
from state.dead_letters import DeadLetter, dead_letter, encode
from tests.connectors.kafka.kafka_topics import make_topic, produce, read_back

pytestmark = pytest.mark.kafka

TOUCH: Final = {
    "type": "touch",
    "account": "acme",
    "contact": "c1",
    "channel": "email",
    "event": "clicked",
    "campaign": "spring",
    "message": "m1",
    "time": "2026-01-10T10:00:00Z",
}
ORDER: Final = {
    "type": "order",
    "account": "acme",
    "order": "o1",
    "contact": "c1",
    "status": "DELIVERED",
    "amount": "10.00",
    "currency": "EUR",
    "ordered_at": "2026-01-10T11:00:00Z",
    "time": "2026-01-10T11:00:00Z",
}


def letter(event: dict[str, Any], code: Code = "missing") -> bytes:
    return encode(dead_letter("touches", 0, 1, json.dumps(event).encode(), code, "what was wrong with it"))


LETTERS: Final = [
    letter(TOUCH),
    letter({**TOUCH, "campaign": None}),
    letter(ORDER),
    letter({**ORDER, "currency": "XXL"}, "unknown_currency"),
    letter({**ORDER, "currency": "XXM"}, "unknown_currency"),
    letter({**TOUCH, "message": "m2"}, "too_late"),
]
SAID: Final = (
    "ingested 2 of 6 dead letters (1 touch, 1 order); still refused 4: 1 missing, 2 unknown_currency, 1 too_late\n"
)


YESPO: Final = {
    "externalOrderId": "17",
    "status": "DELIVERED",
    "totalCost": "10.50",
    "currency": "UAH",
    "email": "a@b.c",
    "date": "2026-03-01T09:30:00",
}
FROM_A_DOOR: Final = encode(DeadLetter("not_allowed", "status: …", json.dumps(YESPO), topic="api:orders", line=1))


def flags(bootstrap: str, topics: TopicNames) -> list[str]:
    named = [word for flag, name in topic_arguments(topics).items() for word in (flag, name)]
    return ["--kafka-bootstrap-servers", bootstrap, *named]


def values(bootstrap: str, topic: str, count: int) -> list[Any]:
    return [json.loads(record.value() or b"") for record in read_back(bootstrap, topic, count)]


def test_letters_of_the_topic_that_fit_go_in_again(
    kafka_bootstrap: str, topics: TopicNames, capsys: pytest.CaptureFixture[str]
) -> None:
    make_topic(kafka_bootstrap, topics.dead_letters)
    produce(kafka_bootstrap, topics.dead_letters, LETTERS)

    assert main(["ingest", "--dead-letters", *flags(kafka_bootstrap, topics)]) == 0

    assert capsys.readouterr().out == SAID
    assert values(kafka_bootstrap, topics.touches, 1) == [TOUCH]
    assert values(kafka_bootstrap, topics.orders, 1) == [ORDER]


def test_letters_of_a_file_that_were_put_right_go_in(
    kafka_bootstrap: str, topics: TopicNames, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dead-letters.jsonl"
    file.write_bytes(b"\n".join([*LETTERS, b""]))

    assert main(["ingest", "--dead-letters", str(file), *flags(kafka_bootstrap, topics)]) == 0

    out, err = capsys.readouterr()
    assert out == SAID
    assert not err
    assert values(kafka_bootstrap, topics.touches, 1) == [TOUCH]


def test_what_came_too_late_goes_in_where_asked_for(
    kafka_bootstrap: str, topics: TopicNames, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "late.jsonl"
    file.write_bytes(LETTERS[5])

    assert main(["ingest", "--dead-letters", str(file), "--too-late", *flags(kafka_bootstrap, topics)]) == 0

    assert capsys.readouterr().out == "ingested 1 of 1 dead letters (1 touch); still refused 0\n"
    assert values(kafka_bootstrap, topics.touches, 1) == [{**TOUCH, "message": "m2"}]


def test_a_topic_that_is_not_there_is_one_line(
    kafka_bootstrap: str, topics: TopicNames, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ingest", "--dead-letters", *flags(kafka_bootstrap, topics)]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert topics.dead_letters in err
    assert err.count("\n") == 1


def test_what_a_door_refused_is_read_as_the_door_reads_it_by_now(
    kafka_bootstrap: str,
    topics: TopicNames,
    valkey: redis.Redis,
    valkey_server: EmbeddedValkey,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The sender's time has no offset: it is of the account's zone, which the view has."""
    valkey.hset(account_key("acme"), mapping={"currency": "UAH", "time_zone": "Europe/Kyiv"})
    make_topic(kafka_bootstrap, topics.dead_letters)
    produce(kafka_bootstrap, topics.dead_letters, [FROM_A_DOOR], key=letter_key(Sender("acme")))

    command = ["ingest", "--dead-letters", *flags(kafka_bootstrap, topics), "--redis-url", valkey_server.url]
    assert main(command) == 0

    assert capsys.readouterr().out == "ingested 1 of 1 dead letters (1 order); still refused 0\n"
    [order] = values(kafka_bootstrap, topics.orders, 1)
    assert (order["account"], order["order"], order["amount"]) == ("acme", "17", "10.50")
    assert order["ordered_at"] == "2026-03-01T07:30:00.000Z"


def test_a_file_does_not_say_whose_the_letters_of_a_door_are(
    kafka_bootstrap: str,
    topics: TopicNames,
    valkey: redis.Redis,
    valkey_server: EmbeddedValkey,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "refused.jsonl"
    file.write_bytes(FROM_A_DOOR)
    command = ["ingest", "--dead-letters", str(file), *flags(kafka_bootstrap, topics), "--redis-url", valkey_server.url]

    assert main(command) == 0
    assert capsys.readouterr().out == "ingested 0 of 1 dead letters; still refused 1: 1 not_allowed\n"

    assert main([*command, "--account", "acme"]) == 0
    assert capsys.readouterr().out == "ingested 1 of 1 dead letters (1 order); still refused 0\n"
