"""Files as a source: every line exactly once, whatever the chunks, the compression and the interruptions."""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.stopping import StopRequest
from connectors.files import file_reader, fingerprint
from connectors.files.fingerprint import Stamp
from connectors.files.line_chunks import CHUNK_BYTES
from connectors.files.positions import partition_of, source_of
from connectors.files.source import JsonLinesSource
from connectors.sources.raw_lines import (
    MAX_EVENT_BYTES,
    OVERSIZED_HEAD_BYTES,
    SOURCE_PARTITIONS,
    Lines,
)
from connectors.sources.replay import ReplayFinished, SourceItem, Start
from state.dead_letters import Oversized
from tests.connectors.files.file_runs import (
    ASKED,
    PACKS,
    Notes,
    Reader,
    Store,
    events,
    expected,
    way,
)
from tests.waiting import PATIENCE_S

__all__ = ["way"]

contents = st.lists(
    st.tuples(
        st.sampled_from([b"", b" ", b"\t ", b"{}", b'{"a":1}', b" {}", b"\r", b"a\rb", b"0123456789" * 7]),
        st.sampled_from([b"\n", b"\r\n"]),
    ),
    max_size=20,
).map(lambda lines: b"".join(line + end for line, end in lines))


@given(
    content=contents,
    tail=st.sampled_from([b"", b"{}", b" ", b"\r", b"last\r"]),
    ending=st.sampled_from(list(PACKS)),
    cuts=st.lists(st.integers(0, 200), max_size=3),
    chunk_bytes=st.integers(1, 100),
    interruptions=st.lists(st.integers(0, 12), max_size=4),
    data=st.data(),
)
def test_every_line_once_wherever_a_run_is_stopped(
    content: bytes,
    tail: bytes,
    ending: str,
    cuts: list[int],
    chunk_bytes: int,
    interruptions: list[int],
    data: st.DataObject,
) -> None:
    content += tail
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    pieces = [content[a:b] for a, b in pairwise(edges)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"events{ending}"
        file.write_bytes(PACKS[ending](pieces))
        store = Store()
        got: list[SourceItem] = []
        for batches in interruptions:
            if data.draw(st.booleans(), label="killed"):
                store.run(file, chunk_bytes=chunk_bytes, batches=batches, keep=False)
            got += store.run(file, chunk_bytes=chunk_bytes, batches=batches)
        got += store.run(file, chunk_bytes=chunk_bytes)
        assert list(events(got)) == expected(content)
        assert store.notes.high_water(source_of(file)) <= len(content)
        assert list(events(store.run(file))) == []


@given(parts=st.lists(contents, min_size=1, max_size=4), ending=st.sampled_from(list(PACKS)))
def test_a_growing_file_goes_on(parts: list[bytes], ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"events{ending}"
        store = Store()
        got: list[SourceItem] = []
        for part in parts:
            with file.open("ab") as out:
                out.write(PACKS[ending]([part]))
            got += store.run(file, chunk_bytes=16)
        assert list(events(got)) == expected(b"".join(parts))


@pytest.mark.parametrize("ending", PACKS)
def test_a_last_line_without_newline_is_given_and_not_again(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"events{ending}"
    store = Store()
    file.write_bytes(PACKS[ending]([b'{"a":1}\n{"b":2}']))
    assert list(events(store.run(file))) == [(1, b'{"a":1}'), (2, b'{"b":2}')]
    file.write_bytes(PACKS[ending]([b'{"a":1}\n{"b":2}', b'\n{"c":3}\n']))
    assert list(events(store.run(file))) == [(3, b'{"c":3}')]


@pytest.mark.parametrize("ending", PACKS)
def test_a_line_that_was_half_written_is_given_again_whole(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"events{ending}"
    store = Store()
    file.write_bytes(PACKS[ending]([b'{"a":1}\n{"b":']))
    assert list(events(store.run(file))) == [(1, b'{"a":1}'), (2, b'{"b":')]
    file.write_bytes(PACKS[ending]([b'{"a":1}\n{"b":', b'2}\n{"c":3}']))
    assert list(events(store.run(file))) == [(2, b'{"b":2}'), (3, b'{"c":3}')]
    assert list(events(store.run(file))) == []


@pytest.mark.parametrize("ending", PACKS)
@pytest.mark.parametrize("other", [b'{"z":1}\n{"b":2}\n{"c":3}\n{"d":4}\n', b'{"a":1}\n'])
def test_a_replaced_or_shortened_file_is_another_file(tmp_path: Path, ending: str, other: bytes) -> None:
    file = tmp_path / f"events{ending}"
    store = Store()
    file.write_bytes(PACKS[ending]([b'{"a":1}\n{"b":2}\n']))
    store.run(file)
    file.write_bytes(PACKS[ending]([other]))
    assert list(events(store.run(file))) == expected(other)


@given(
    content=st.lists(st.sampled_from([b'{"a":1}', b"{}", b"", b"0123456789"]), min_size=1, max_size=40).map(b"\n".join),
    grown=st.sampled_from([b"", b"0", b"\n", b'\n{"new":1}\n', b'\n{"new":1}']),
    ending=st.sampled_from(list(PACKS)),
    batches=st.integers(1, 30),
    data=st.data(),
)
def test_a_byte_changed_in_place_before_the_position_has_the_file_read_anew(
    content: bytes, grown: bytes, ending: str, batches: int, data: st.DataObject
) -> None:
    """Contract §8: also where its size, its beginning and its end stay as they were."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"events{ending}"
        file.write_bytes(PACKS[ending]([content]))
        store = Store()
        store.run(file, chunk_bytes=16, batches=batches)
        read_to = store.notes.high_water(source_of(file))
        if read_to == 0:
            return
        at = data.draw(st.integers(0, read_to - 1), label="changed byte")
        changed = content[:at] + b"#" + content[at + 1 :] + grown
        file.write_bytes(PACKS[ending]([changed]))
        assert list(events(store.run(file, chunk_bytes=16))) == expected(changed)
        assert list(events(store.run(file, chunk_bytes=16))) == []


@pytest.mark.parametrize("ending", PACKS)
def test_a_change_far_into_a_large_file_is_noticed(tmp_path: Path, ending: str) -> None:
    """Beyond what is verified in one step (16 MiB), and with a line that no newline closes at the end."""
    file = tmp_path / f"events{ending}"
    lines = [b'{"n":%07d,"pad":"%s"}' % (number, b"x" * 80) for number in range(200_000)]
    file.write_bytes(PACKS[ending]([b"\n".join(lines)]))
    store = Store()
    assert len(list(events(store.run(file)))) == 200_000
    assert list(events(store.run(file))) == []
    grown = PACKS[ending]([b"\n".join(lines), b'\n{"new":1}'])
    file.write_bytes(grown)
    assert list(events(store.run(file))) == [(200_001, b'{"new":1}')]
    lines[190_000] = lines[190_000].replace(b"x", b"y")
    file.write_bytes(PACKS[ending]([b"\n".join(lines), b'\n{"new":1}']))
    assert len(list(events(store.run(file)))) == 200_001


@pytest.mark.parametrize("ending", PACKS)
def test_a_finished_file_that_was_not_written_to_is_not_opened_again(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "SETTLED_NS", -1)
    file = tmp_path / f"events{ending}"
    file.write_bytes(PACKS[ending]([b'{"a":1}\n{"b":2}']))
    store = Store()
    store.run(file)
    with monkeypatch.context() as patch:
        patch.setattr(file_reader, "open_stream", lambda path: pytest.fail(f"{path} is opened"))
        assert list(events(store.run(file))) == []
    with file.open("ab") as out:
        out.write(PACKS[ending]([b'\n{"c":3}\n']))
    assert list(events(store.run(file))) == [(3, b'{"c":3}')]


@pytest.mark.parametrize("ending", PACKS)
def test_a_file_that_was_not_written_to_goes_on_without_a_look_at_what_was_read(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "SETTLED_NS", -1)
    content = b"".join(b'{"n":%d}\n' % number for number in range(100))
    file = tmp_path / f"events{ending}"
    file.write_bytes(PACKS[ending]([content]))
    store = Store()
    got = store.run(file, chunk_bytes=100, batches=4)
    with monkeypatch.context() as patch:
        patch.setattr(file_reader, "_VERIFY_BYTES", None)  # the look would fail
        got += store.run(file, chunk_bytes=100, batches=3)
    monkeypatch.setattr(fingerprint, "SETTLED_NS", 2**62)
    got += store.run(file, chunk_bytes=100)
    assert list(events(got)) == expected(content)


def test_a_file_that_was_written_to_a_moment_ago_is_looked_at_whatever_its_times_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "SETTLED_NS", int(PATIENCE_S * 1e9))  # a moment of a slow machine
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"{}\n")
    assert not Stamp.of(file.stat()).is_settled()
    assert not Stamp(1, 0, time.time_ns(), 1).is_settled()
    assert not Stamp(1, time.time_ns() + 10**12, 0, 1).is_settled()
    assert Stamp(1, 0, 0, 1).is_settled()


def test_runs_over_different_files_never_read_one_twice(tmp_path: Path) -> None:
    a, b = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    a.write_bytes(b'{"a":1}\n')
    b.write_bytes(b'{"b":1}\n')
    store = Store()
    assert list(events(store.run(a))) == [(1, b'{"a":1}')]
    assert list(events(store.run(b))) == [(1, b'{"b":1}')]
    assert list(events(store.run(a, b))) == []


def test_a_file_named_twice_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_bytes(b"{}\n")
    items = Store().run(Path("a.jsonl"), tmp_path / "a.jsonl")
    assert [item.source for item in items if isinstance(item, Lines)] == [str(tmp_path / "a.jsonl")]


def long_lines() -> Iterator[tuple[str, bytes]]:
    for length in (MAX_EVENT_BYTES - 1, MAX_EVENT_BYTES, MAX_EVENT_BYTES + 1, MAX_EVENT_BYTES + 2):
        yield f"{length - MAX_EVENT_BYTES:+d}", b"x" * length
    yield "3.5 MiB", bytes(range(32, 127)) * 38_000


@pytest.mark.parametrize("line", [pytest.param(line, id=name) for name, line in long_lines()])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b""])
@pytest.mark.parametrize("chunk_bytes", [CHUNK_BYTES, 100_000])
def test_a_line_beyond_the_limit_leaves_its_head_length_and_digest(
    tmp_path: Path, line: bytes, newline: bytes, chunk_bytes: int
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"{}\n" + line + newline + (b"{}\n" * 3 if newline else b""))
    store = Store()
    got: list[SourceItem] = []
    for batches in (2, 4, 9, 10_000):
        got += store.run(file, chunk_bytes=chunk_bytes, batches=batches)
    digest = hashlib.sha256(line).hexdigest()
    long = Oversized(2, line[:OVERSIZED_HEAD_BYTES], len(line), digest)
    given = dict(events(got))
    assert given.pop(2) == (line if len(line) <= MAX_EVENT_BYTES else long)
    assert given == dict.fromkeys([1, 3, 4, 5] if newline else [1], b"{}")
    with file.open("ab") as out:
        out.write(b"\n[]")
    assert [event for _, event in events(store.run(file))] == [b"[]"]


def test_start_comes_first_and_once_even_without_files() -> None:
    items = Store().run()
    assert items == [Start(rebuild=False), *(ReplayFinished(name) for name in SOURCE_PARTITIONS)]
    source = JsonLinesSource([], notes=Notes(), stop=StopRequest(), rebuild=True)
    assert source.build_part("files", SOURCE_PARTITIONS[0], None).next_batch()[0] == Start(rebuild=True)


def test_a_partition_has_passed_when_it_is_where_an_earlier_run_was(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"".join(b'{"n":%d}\n' % number for number in range(10)))
    store = Store()
    store.run(file, chunk_bytes=8, batches=3)
    store.run(file, chunk_bytes=8, batches=6, keep=False)
    assert store.notes.high_water(source_of(file)) == 7 * 8
    mine = partition_of(source_of(file))
    items = store.run(file, chunk_bytes=8)
    before = [item for item in items[: items.index(ReplayFinished(mine))] if isinstance(item, Lines)]
    assert [item.lines for item in before] == [[b'{"n":%d}' % number] for number in range(2, 7)]
    assert sorted(item.partition for item in items if isinstance(item, ReplayFinished)) == list(SOURCE_PARTITIONS)


def test_a_replaced_file_has_passed_at_its_end_at_the_latest(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b'{"long":1}\n' * 9)
    store = Store()
    store.run(file)
    file.write_bytes(b"{}\n")
    items = store.run(file)
    mine = ReplayFinished(partition_of(source_of(file)))
    lines = next(place for place, item in enumerate(items) if isinstance(item, Lines))
    assert items.index(mine) > lines


def test_a_stop_ends_the_partition_at_its_next_batch(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"{}\n" * 10)
    stop = StopRequest()
    source = JsonLinesSource([file], notes=Notes(), stop=stop, chunk_bytes=3)
    with closing(Reader(source.build_part("files", partition_of(source_of(file)), None))) as part:
        part.next_batch()
        assert [line for _, line in events(part.next_batch())] == [b"{}"]
        stop.requested = True
        given = list(events(until_it_stops(part)))
        assert [line for _, line in given] == [b"{}"] * len(given)
        assert len(given) < ASKED


def until_it_stops(part: Reader) -> list[SourceItem]:
    items: list[SourceItem] = []
    with suppress(StopIteration):
        while True:
            items += part.next_batch()
    return items


@pytest.mark.parametrize("ending", PACKS)
def test_a_file_that_is_replaced_while_it_is_read_goes_on_as_it_was(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"events{ending}"
    content = b"".join(b'{"n":%d}\n' % number for number in range(100))
    file.write_bytes(PACKS[ending]([content]))
    source = JsonLinesSource([file], notes=Notes(), stop=StopRequest(), chunk_bytes=100)
    with closing(Reader(source.build_part("files", partition_of(source_of(file)), None))) as part:
        items = part.next_batch() + part.next_batch()
        other = tmp_path / "other"
        other.write_bytes(PACKS[ending]([b"{}\n" * 100]))
        other.rename(file)
        items += until_it_stops(part)
    assert list(events(items)) == expected(content)


@pytest.mark.parametrize("ending", PACKS)
def test_progress_goes_to_the_size_of_the_file(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"events{ending}"
    file.write_bytes(PACKS[ending]([os.urandom(3000).hex().encode() + b"\n" for _ in range(20)]))
    told: list[tuple[Path, int, int]] = []
    store = Store()
    for _ in range(2):
        source = JsonLinesSource(
            [file],
            notes=store.notes,
            stop=StopRequest(),
            chunk_bytes=10_000,
            on_progress=lambda path, read, size: told.append((path, read, size)),
        )
        name = partition_of(source_of(file))
        state = store.states.get(name)
        part = source.build_part("files", name, pickle.loads(state) if state else None)
        with closing(Reader(part)) as reader:
            until_it_stops(reader)
            store.states[name] = pickle.dumps(part.snapshot())
    size = file.stat().st_size
    assert [read for _, read, _ in told] == sorted(read for _, read, _ in told)
    assert {(path, size) for path, _, size in told} == {(file, size)}
    assert told[-1] == told[-2] == (file, size, size)
