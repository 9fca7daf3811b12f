"""Lines that are no events: each is put aside with its place and its reason, and the run goes on (contract §6.3)."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
import redis

from connectors.sources.raw_lines import MAX_EVENT_BYTES, OVERSIZED_HEAD_BYTES
from tests.e2e.running import Runs
from tests.e2e.shop_files import TOTAL, touch
from tests.e2e.views import view
from tests.reference.broken_lines import WAYS
from tests.reference.parsing import read_event
from tests.reference.values import Refused, moment_ms

BAD = [(way, line, word) for way, pairs in WAYS.items() for line, word in pairs]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good line, a bad one, a good one, a blank one, and so on."""
    path = tmp_path / "events.jsonl"
    with path.open("wb") as out:
        for number, (_, line, _) in enumerate(BAD):
            out.write(_good(2 * number) + b"\n" + line + b"\n" + _good(2 * number + 1) + b"\r\n" + b" \n")
    return path


def _good(number: int) -> bytes:
    return touch(f"c{number}", moment_ms("2026-01-05T10:00:00Z"))


def _text(line: bytes) -> dict[str, Any]:
    """How a letter has to show a line."""
    kept = line if len(line) <= MAX_EVENT_BYTES else line[:OVERSIZED_HEAD_BYTES]
    whole = {"length": len(line), "sha256": hashlib.sha256(line).hexdigest()} if kept is not line else {}
    try:
        return {"raw": kept.decode(), **whole}
    except UnicodeDecodeError:
        return {"raw_base64": base64.b64encode(kept).decode(), **whole}


def _code(line: bytes) -> str:
    """The code that the reference refuses a line with."""
    if len(line) > MAX_EVENT_BYTES:
        return "too_large"
    with pytest.raises(Refused) as refused:
        read_event(line, time.time_ns() // 1_000_000)
    return refused.value.code


def test_there_are_fifteen_ways() -> None:
    assert len(WAYS) == 15


@pytest.mark.parametrize("workers", [1, 2])
def test_each_is_put_aside_and_all_others_count(workers: int, runs: Runs, valkey: redis.Redis, file: Path) -> None:
    runs.run(file, workers=workers)
    total = {name: int(value) for name, value in view(valkey)[TOTAL].items()}
    assert total == {"clicked": 2 * len(BAD), "channel:email:clicked": 2 * len(BAD)}

    letters = {letter["line"]: letter for letter in map(json.loads, runs.dead_letters().read_bytes().splitlines())}
    assert sorted(letters) == [4 * number + 2 for number in range(len(BAD))]
    for number, (way, line, word) in enumerate(BAD):
        letter = letters[4 * number + 2]
        reason = letter.pop("reason")
        assert letter.pop("code") == _code(line), way
        assert letter == {"file": str(file), "line": 4 * number + 2, **_text(line)}, way
        # How deep an array goes does not matter: it is no object.
        words = {word.lower(), "object"} if line.startswith(b"[") else {word.lower()}
        assert any(word in reason.lower() for word in words), way
        assert "\n" not in reason


def test_the_letters_of_several_runs_are_in_one_file(runs: Runs, file: Path, tmp_path: Path) -> None:
    runs.run(file)
    runs.run(file)
    assert len(runs.dead_letters().read_bytes().splitlines()) == len(BAD)
    more = tmp_path / "more.jsonl"
    more.write_bytes(b"nothing\n")
    runs.run(more)
    letters = runs.dead_letters().read_bytes().splitlines()
    assert len(letters) == len(BAD) + 1
    assert json.loads(letters[-1])["file"] == str(more)
