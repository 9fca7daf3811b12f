"""The event file is the one that the peers' `gen.py` makes, byte by byte."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from benchmarks.event_file import event_lines, write_event_file
from benchmarks.peers import read_peers

# Events, contacts, seed and the SHA-256 of the file that gen.py wrote for them.
GOLDEN = [
    (1_000, 100, 1, "cfda296f27d4c542311af082919864697eb54dac23ad7e0ad41fad5d78d7bf6e"),
    (5_000, 500, 1, "5d03961911c5cc56e7cbd4b72ca275a1a556ef5cc2a44e72c8cb10865c3d8c06"),
    (25_000, 300, 7, "3c3b77b27120a02e7d4280ca08e252f68bc0e1b321f0ec919996d34300e61ab8"),
    (100, 1, 3, "3c00c6a20b08d0ec8554f959583feaea8efd6cc5584fb4247863e77452b963ec"),
]


@pytest.mark.parametrize(("events", "contacts", "seed", "sha256"), GOLDEN)
def test_the_bytes_are_those_of_the_peers(tmp_path: Path, events: int, contacts: int, seed: int, sha256: str) -> None:
    path = tmp_path / "events.jsonl"
    told: list[int] = []
    write_event_file(path, events, contacts, seed, told.append)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    assert told[-1] == events
    assert [file.name for file in tmp_path.iterdir()] == ["events.jsonl"]


def test_nine_of_ten_events_are_touches_of_one_shop() -> None:
    events = [json.loads(line) for line in event_lines(20_000, 2_000, 1)]
    assert {event["account"] for event in events} == {"acme"}
    assert sum(event["type"] == "touch" for event in events) == pytest.approx(18_000, rel=0.01)


@pytest.mark.skipif("PEERS" not in os.environ, reason="PEERS names no folder with other programs")
def test_the_peers_own_generator_agrees(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_event_file(path, 30_000, 3_000, 2, lambda _written: None)
    read_peers(Path(os.environ["PEERS"]), tmp_path).check_event_file(path, 30_000, 3_000, 2)
