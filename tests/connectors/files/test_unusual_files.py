"""Files that are packed unusually, damaged, missing or named strangely."""

from __future__ import annotations

import os
import random
from contextlib import closing
from pathlib import Path

import pytest

from config.errors import UserError
from config.stopping import StopRequest
from connectors.files.line_chunks import CHUNK_BYTES
from connectors.files.positions import partition_of, source_of
from connectors.files.source import JsonLinesSource
from connectors.sources.raw_lines import MAX_EVENT_BYTES, SOURCE_PARTITIONS, Lines
from connectors.sources.replay import SourceItem
from state.dead_letters import Oversized
from tests.connectors.files.file_runs import (
    PACKS,
    Notes,
    Reader,
    Store,
    events,
    gzipped,
    way,
    zstandardized,
)

__all__ = ["way"]


def test_padding_between_gzip_members_and_skippable_zstd_frames_are_passed_over(tmp_path: Path) -> None:
    padded = tmp_path / "a.jsonl.gz"
    padded.write_bytes(gzipped([b'{"a":1}\n']) + b"\0" * 20_000 + gzipped([b'{"b":2}\n']) + b"\0" * 7)
    framed = tmp_path / "b.jsonl.zst"
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"hello"
    framed.write_bytes(skippable + zstandardized([b'{"a":1}\n']) + skippable + zstandardized([b'{"b":2}\n']))
    for file in (padded, framed):
        assert [line for _, line in events(Store().run(file))] == [b'{"a":1}', b'{"b":2}']


def test_highly_compressible_content_is_taken_in_chunks(tmp_path: Path) -> None:
    for ending, pack in PACKS.items():
        file = tmp_path / f"events{ending}"
        file.write_bytes(pack([b"{}\n" * 3_000_000]))
        batches = [item for item in Store().run(file) if isinstance(item, Lines)]
        assert max(sum(map(len, item.lines)) for item in batches) <= CHUNK_BYTES
        assert sum(len(item.lines) for item in batches) == 3_000_000


@pytest.mark.parametrize("ending", PACKS)
@pytest.mark.parametrize("chunk_bytes", [1, 2, 5, 1_000])
def test_a_byte_order_mark_at_the_start_is_skipped_and_nowhere_else(
    tmp_path: Path, ending: str, chunk_bytes: int
) -> None:
    mark = b"\xef\xbb\xbf"
    file = tmp_path / f"events{ending}"
    file.write_bytes(PACKS[ending]([mark + b'{"a":1}\n' + mark + b'{"b":2}\n']))
    assert list(events(Store().run(file, chunk_bytes=chunk_bytes))) == [(1, b'{"a":1}'), (2, mark + b'{"b":2}')]


@pytest.mark.parametrize("rest", [b"", b"\n", b"\r\n"])
def test_a_file_of_a_byte_order_mark_alone_is_empty(tmp_path: Path, rest: bytes) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + rest)
    assert list(events(Store().run(file))) == []


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_an_event_of_one_mebibyte_fits_also_behind_a_byte_order_mark(tmp_path: Path, end: bytes) -> None:
    file = tmp_path / "events.jsonl"
    for size, fits in ((MAX_EVENT_BYTES, True), (MAX_EVENT_BYTES + 1, False)):
        file.write_bytes(b"\xef\xbb\xbf" + b"x" * size + end)
        [lines] = [item for item in Store().run(file) if isinstance(item, Lines)]
        assert [len(line) for line in lines.lines] == ([size] if fits else [])
        assert [(long.length, long.head[:1]) for long in lines.oversized] == ([] if fits else [(size, b"x")])


def test_a_marked_line_that_was_half_written_is_given_again_whole(tmp_path: Path) -> None:
    file, store = tmp_path / "events.jsonl", Store()
    file.write_bytes(b'\xef\xbb\xbf{"a"')
    assert list(events(store.run(file))) == [(1, b'{"a"')]
    assert list(events(store.run(file))) == []
    file.write_bytes(b'\xef\xbb\xbf{"a":1}\n{"b":2}')
    assert list(events(store.run(file))) == [(1, b'{"a":1}'), (2, b'{"b":2}')]


NOISE = random.Random(1).randbytes(50_000)
DAMAGED = {
    "cut.gz": (gzipped([NOISE])[:-20_000], "ends in the middle"),
    "cut.zst": (zstandardized([NOISE])[:-20_000], "ends in the middle"),
    "plain.gz": (b'{"a":1}\n', "is damaged"),
    "plain.zst": (b'{"a":1}\n', "is damaged"),
    "garbage.gz": (gzipped([b"{}\n"]) + b"garbage", "is damaged"),
    "garbage.zst": (zstandardized([b"{}\n"]) + b"garbage", "is damaged"),
    "flipped.gz": (gzipped([b"{}\n" * 9])[:-6] + b"abcdef", "is damaged"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_named_in_one_line(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    content, complaint = DAMAGED[name]
    file.write_bytes(content)
    with pytest.raises(UserError) as raised:
        Store().run(file)
    message = str(raised.value)
    assert str(file) in message
    assert complaint in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["cut.gz", "cut.zst"])
def test_what_stands_before_the_damage_is_given(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    content = b"".join(os.urandom(1000).hex().encode() + b"\n" for _ in range(100))
    pack = gzipped if name.endswith("gz") else zstandardized
    file.write_bytes(pack([content[:150_000], content[150_000:]])[:-10])
    source = JsonLinesSource([file], notes=Notes(), stop=StopRequest(), chunk_bytes=20_000)
    got: list[SourceItem] = []
    part = Reader(source.build_part("files", partition_of(source_of(file)), None))
    with closing(part), pytest.raises(UserError):
        while True:
            got += part.next_batch()
    numbers = [at for at, _ in events(got)]
    assert len(numbers) > 50
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_missing_file_a_folder_and_a_file_that_vanished_are_named(tmp_path: Path) -> None:
    def source(path: Path) -> JsonLinesSource:
        return JsonLinesSource([path], notes=Notes(), stop=StopRequest())

    with pytest.raises(UserError, match=r"no\.jsonl: there is no such file"):
        source(tmp_path / "no.jsonl")
    with pytest.raises(UserError, match="is not a regular file"):
        source(tmp_path)
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"{}\n")
    built = source(file)
    file.unlink()
    with pytest.raises(UserError, match=r"events\.jsonl: cannot be read"):
        built.build_part("files", partition_of(source_of(file)), None)


@pytest.mark.parametrize("version", [1, 3])
def test_a_state_of_another_version_is_refused(version: int) -> None:
    source = JsonLinesSource([], notes=Notes(), stop=StopRequest())
    with pytest.raises(UserError, match=f"LASTTOUCH_RECOVERY_DIR: has file positions of form {version}"):
        source.build_part("files", SOURCE_PARTITIONS[0], {"version": version, "files": {}})


def test_a_name_that_is_not_utf_8_is_read_and_shown(tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jsonl"))
    file.write_bytes(b"{}\n")
    items = Store().run(file)
    assert [item.source for item in items if isinstance(item, Lines)] == [f"{tmp_path}/\\xff.jsonl"]


@pytest.mark.parametrize("ending", PACKS)
@pytest.mark.parametrize("long_bytes", [MAX_EVENT_BYTES + 1, 2 * MAX_EVENT_BYTES, 2 * CHUNK_BYTES])
def test_lines_longer_than_what_is_read_at_once_are_refused_and_those_around_them_given(
    tmp_path: Path, ending: str, long_bytes: int
) -> None:
    file, store = tmp_path / f"events{ending}", Store()
    long, usual = b"x" * long_bytes + b"\n", b'{"a":1}\n'
    many = usual * (CHUNK_BYTES // len(usual))
    pieces = [usual, usual, long, long, many, usual, long, usual]
    file.write_bytes(PACKS[ending](pieces))
    given = list(events(store.run(file)))
    count = CHUNK_BYTES // len(usual) + 7
    assert sorted(at for at, _ in given) == list(range(1, count + 1))
    assert sorted(line.at for _, line in given if isinstance(line, Oversized)) == [3, 4, count - 1]
    file.write_bytes(PACKS[ending]([*pieces, long, usual]))  # known by what was read of it
    assert [at for at, _ in events(store.run(file))] == [count + 2, count + 1]
