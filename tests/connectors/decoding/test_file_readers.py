"""Files that the decoding process reads: what it answers, and what it leaves open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config.kernels_switch import KERNELS
from connectors.decoding.decoder import Decoded
from connectors.decoding.file_readers import FileReaders, chosen_cut
from connectors.decoding.joined_lines import JoinedLines
from connectors.files.asked_reading import Reading, ReadOn
from connectors.files.file_reader import FileReader, Left
from connectors.files.line_chunks import LineChunks, LinePosition
from connectors.files.positions import UNREAD, FileProgress
from connectors.files.whole_texts import WholeTexts
from state.changes import UNKNOWN

LINES = [b'{"n":%d}' % number for number in range(9)]
CHUNK_BYTES = 24
"""Three lines."""


class Readers(FileReaders):
    """Of which it is known what they had decoded."""

    def __init__(self) -> None:
        self.seen: list[list[bytes]] = []
        self.read_ms = UNKNOWN
        super().__init__(self._see, WholeTexts)

    def _see(self, lines: JoinedLines) -> Decoded:
        self.seen.append(list(lines.lines().lines))
        self.read_ms = lines.read_ms
        return Decoded(events=lines.count)

    def ask(self, source: str, left: Left | None = None, opened: int | None = None) -> Reading:
        return self.read_on(ReadOn(source, left=left), opened).reading


@pytest.fixture
def readers() -> Iterator[Readers]:
    with closing(Readers()) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in LINES))
    return path


def unread(path: Path) -> Left:
    return Left(os.fsencode(path), UNREAD, None, 0, CHUNK_BYTES)


def open_files(path: Path) -> int:
    return sum(entry.resolve() == path for entry in Path("/proc/self/fd").iterdir())


def test_each_request_is_answered_by_a_step_and_those_behind_the_end_by_nothing(readers: Readers, file: Path) -> None:
    opening = readers.ask("a", unread(file))
    assert (opening.is_positioned, opening.is_read) == (True, False)
    chunks = [readers.ask("a") for _ in range(3)]
    assert [reading.progress.position for reading in chunks] == [
        LinePosition(24, 4),
        LinePosition(48, 7),
        LinePosition(72, 10),
    ]
    assert [reading.on_disk for reading in chunks] == [(24, 72), (48, 72), (72, 72)]
    assert readers.ask("a").progress.ended
    assert [readers.ask("a").is_behind_end for _ in range(2)] == [True, True]
    assert [line for lines in readers.seen for line in lines] == LINES


def test_a_file_that_cannot_be_read_is_said_once_and_nothing_follows(readers: Readers, tmp_path: Path) -> None:
    assert "no.jsonl: cannot be read" in readers.ask("a", unread(tmp_path / "no.jsonl")).error
    assert readers.ask("a").is_behind_end


def test_an_open_file_is_read_on_from_where_it_was_left(readers: Readers, file: Path) -> None:
    progress = FileProgress(LinePosition(48, 7), 123)
    left = Left(os.fsencode(file), progress, None, 123, CHUNK_BYTES)
    opened = os.open(file, os.O_RDONLY)
    file.unlink()
    assert not readers.ask("a", left, opened).is_read
    assert readers.ask("a").progress.position == LinePosition(72, 10)
    assert readers.seen == [LINES[6:]]


def test_files_are_read_side_by_side_and_none_stays_open(readers: Readers, file: Path) -> None:
    other = file.with_name("other.jsonl")
    other.write_bytes(b'{"other":1}\n')
    for source, path in (("a", file), ("b", other)):
        readers.ask(source, unread(path))
    for source in "abaab":
        readers.ask(source)
    assert [len(lines) for lines in readers.seen] == [3, 1, 3, 3]
    assert (open_files(file), open_files(other)) == (1, 0)
    readers.ask("a", unread(file))
    assert open_files(file) == 1
    readers.close()
    assert open_files(file) == 0


@pytest.mark.parametrize("notes_time", [False, True])
def test_events_know_when_they_were_read_if_they_shall(readers: Readers, file: Path, notes_time: bool) -> None:
    readers.ask("a", unread(file))
    readers.read_on(ReadOn("a", notes_time), None)
    assert (readers.read_ms != UNKNOWN) == notes_time


def test_a_reader_that_has_given_an_unclosed_line_keeps_its_file(tmp_path: Path) -> None:
    """Nothing comes behind it but the end."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"a":1}\n{"b":')
    reader = FileReader("a", path, UNREAD, LineChunks, chunk_bytes=8, on_progress=lambda *_: None)
    left = reader.leave()
    assert left == (Left(os.fsencode(path), UNREAD, None, 0, 8), None)
    with closing(reader):
        reader.advance()
        while reader.progress.position.tail_bytes == 0:
            given = reader.leave()
            assert given is not None
            assert given[1] is not None
            os.close(given[1])
            reader.read()
        assert reader.leave() is None


def test_whole_texts_are_for_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KERNELS, "on")
    assert chosen_cut() is WholeTexts
    monkeypatch.setenv(KERNELS, "off")
    assert chosen_cut() is LineChunks
