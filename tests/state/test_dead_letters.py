"""What did not fit is kept whole, with its reason and where it stood."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sources.raw_lines import MAX_EVENT_BYTES, OVERSIZED_HEAD_BYTES
from state.dead_letters import TOO_LATE, Oversized, dead_letter, encode, of_oversized
from state.events import At


def test_a_letter_from_kafka_names_topic_partition_offset_and_line() -> None:
    letter = dead_letter("touches", 3, 42, b"{}", "missing", "type: missing")
    assert json.loads(encode(letter)) == {
        "raw": "{}",
        "code": "missing",
        "reason": "type: missing",
        "topic": "touches",
        "partition": 3,
        "offset": 42,
        "line": 1,
    }


def test_a_letter_from_a_record_of_several_events_names_the_line_within_it() -> None:
    assert json.loads(encode(dead_letter("touches", 0, (42, 7), b"{}", "missing", "x"))) == {
        "raw": "{}",
        "code": "missing",
        "reason": "x",
        "topic": "touches",
        "partition": 0,
        "offset": 42,
        "line": 7,
    }


def test_a_letter_from_a_file_names_file_and_line() -> None:
    assert json.loads(encode(dead_letter("events.jsonl", None, 12, b"x", "bad_json", "not JSON"))) == {
        "raw": "x",
        "code": "bad_json",
        "reason": "not JSON",
        "file": "events.jsonl",
        "line": 12,
    }


def test_a_letter_of_what_came_too_late_says_how() -> None:
    letter = json.loads(encode(dead_letter("touches", 0, 1, b"{}", TOO_LATE, "older than touches are kept (90 days)")))
    assert (letter["code"], letter["reason"]) == ("too_late", "older than touches are kept (90 days)")


def test_bytes_that_are_no_text_are_kept_in_base64() -> None:
    letter = json.loads(encode(dead_letter("touches", 0, 1, b"caf\xe9", "bad_json", "not UTF-8")))
    assert "raw" not in letter
    assert base64.b64decode(letter["raw_base64"]) == b"caf\xe9"


def oversized(head: bytes) -> Oversized:
    return Oversized(at=12, head=head, length=MAX_EVENT_BYTES + 1, sha256="ab" * 32)


@pytest.mark.parametrize(
    ("source", "partition", "where"),
    [
        ("events.jsonl", None, {"file": "events.jsonl", "line": 12}),
        ("touches", 3, {"topic": "touches", "partition": 3, "offset": 12, "line": 1}),
    ],
)
def test_of_an_event_that_is_too_long_head_length_and_sum_are_kept(
    source: str, partition: int | None, where: dict[str, object]
) -> None:
    head = b"x" * OVERSIZED_HEAD_BYTES
    letter = json.loads(encode(of_oversized(source, partition, oversized(head))))
    assert letter == {
        "reason": f"an event of {MAX_EVENT_BYTES + 1} bytes is longer than 1 MiB; its first 64 KiB are kept",
        "code": "too_large",
        "raw": head.decode(),
        "length": MAX_EVENT_BYTES + 1,
        "sha256": "ab" * 32,
        **where,
    }


def test_a_head_that_ends_within_a_character_is_kept_in_base64() -> None:
    head = ("x" + "ї" * 40_000).encode()[:OVERSIZED_HEAD_BYTES]
    letter = json.loads(encode(of_oversized("touches", 0, oversized(head))))
    assert base64.b64decode(letter["raw_base64"]) == head


@settings(deadline=None)
@given(
    raw=st.one_of(st.binary(), st.text().map(str.encode)),
    reason=st.text(),
    at=st.one_of(st.integers(0, 2**62), st.tuples(st.integers(0, 2**62), st.integers(1, 10**6))),
)
def test_a_letter_is_one_line_of_json_that_gives_the_event_back(raw: bytes, reason: str, at: At) -> None:
    encoded = encode(dead_letter("touches", 0, at, raw, "bad_json", reason))
    assert b"\n" not in encoded
    letter = json.loads(encoded)
    assert ("raw" in letter) != ("raw_base64" in letter)
    given_back = letter["raw"].encode() if "raw" in letter else base64.b64decode(letter["raw_base64"])
    assert given_back == raw
    assert letter["reason"] == reason
    assert (letter["offset"], letter["line"]) == (at if isinstance(at, tuple) else (at, 1))
