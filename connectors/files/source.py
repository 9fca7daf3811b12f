"""Files of JSON Lines as a source of the dataflow, resumable at any line.

Files are not partitions: the engine refuses to resume when a partition that its store knows is missing, and
another run names other files. So files are dealt to `SOURCE_PARTITIONS`, whose state says how far each was read.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.errors import UserError
from config.stopping import StopRequest
from connectors.files.asked_reading import Ask, Reading, ReadOn
from connectors.files.decompression import is_compressed
from connectors.files.file_reader import FileReader, Progress
from connectors.files.line_chunks import CHUNK_BYTES, Chunk, LineChunks
from connectors.files.pause import STEP_BYTES, Pause, pause_of_environment
from connectors.files.positions import (
    UNREAD,
    FileProgress,
    PlainState,
    from_plain,
    is_finished,
    partition_of,
    source_of,
    stamp_of,
    to_plain,
)
from connectors.sources.positioned import PositionedPartition, PositionedSource
from connectors.sources.raw_lines import SOURCE_PARTITIONS, Lines
from connectors.sources.replay import (
    ReadNotes,
    ReplayFinished,
    SourceItem,
    Start,
)

LARGE_BYTES: Final = 8_388_608
"""Of a file that another process may read. To hand on a smaller one takes longer than to read it."""
_TIMES_COMPRESSED: Final = 8
"""Events are some 7 to 10 times as long as what gzip makes of them."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What the partitions of one run share."""

    notes: ReadNotes
    stop: StopRequest
    rebuild: bool
    on_progress: Progress
    chunk_bytes: int
    pause: Pause | None


class JsonLinesSource(PositionedSource[PlainState]):
    """Plain, .gz and .zst files, read to their ends.

    A file that a run with the same recovery store has read to its end is not read again; one that has grown goes on
    where it ended; one that is not up to there what it was is another file, and read from its start (contract §8).
    """

    def __init__(
        self,
        files: Sequence[Path],
        *,
        notes: ReadNotes,
        stop: StopRequest,
        rebuild: bool = False,
        on_progress: Progress | None = None,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        """Raises `UserError` for a file that is missing or may not be read. `chunk_bytes`: see `LineChunks`."""
        for path in files:
            _check(path)
        self._files = {source_of(path): path for path in files}
        pause = pause_of_environment()
        chunk_bytes = chunk_bytes if pause is None else min(chunk_bytes, STEP_BYTES)
        self._run = _Run(notes, stop, rebuild, on_progress or _say_nothing, chunk_bytes, pause)

    @property
    def notes(self) -> ReadNotes:
        """Those that it was given."""
        return self._run.notes

    def list_parts(self) -> list[str]:
        """The same virtual partitions in every run and on every worker."""
        return list(SOURCE_PARTITIONS)

    def build_part(self, step_id: str, for_part: str, resume_state: PlainState | None) -> _Partition:
        """Raises `UserError` for a file that cannot be read any more, and for a state of a later version."""
        files = {source: path for source, path in self._files.items() if partition_of(source) == for_part}
        return _Partition(for_part, files, from_plain(resume_state), self._run)


class _Partition(PositionedPartition[PlainState]):
    def __init__(self, name: str, files: dict[str, Path], known: dict[str, FileProgress], run: _Run) -> None:
        self._run = run
        self._name = name
        # Files of earlier runs stay known, or naming one again would read it again.
        self._known = known
        self._waiting: deque[FileReader[Chunk]] = deque()
        self._large: set[str] = set()
        self._behind: dict[str, int] = {}
        for source, path in files.items():
            progress, stamp = known.get(source, UNREAD), stamp_of(path)
            if is_finished(progress, stamp):
                run.on_progress(path, stamp.size_bytes, stamp.size_bytes)
            else:
                # Also if it was read so far: it may turn out to be another file.
                if high_water := run.notes.high_water(source):
                    self._behind[source] = high_water
                if stamp.size_bytes * (_TIMES_COMPRESSED if is_compressed(path) else 1) >= LARGE_BYTES:
                    self._large.add(source)
                self._waiting.append(
                    FileReader(
                        source, path, progress, LineChunks, chunk_bytes=run.chunk_bytes, on_progress=run.on_progress
                    )
                )
        self._noted = dict(self._known)
        self._open: FileReader[Chunk] | None = None
        self._is_read_elsewhere = False
        self._started = False
        self._passed = False

    def next_batch(self) -> list[SourceItem]:
        """At most one chunk of lines. Raises `UserError` for a file that is damaged or cannot be read."""
        if self._run.stop.requested:
            raise StopIteration
        if not self._started:
            self._started = True
            start: list[SourceItem] = [Start(self._run.rebuild)] if self._name == SOURCE_PARTITIONS[0] else []
            return start + self._passed_now()
        while self._open is not None or self._waiting:
            if self._open is None:
                self._open = self._waiting.popleft()
            items = self._read(self._open) + self._passed_now()
            # The engine rests after an empty batch; thousands of small files shall not wait for that.
            if items or self._open is not None:
                return items
        raise StopIteration

    def ask(self) -> Ask | None:
        """A request to read on in the file whose turn it is, if that is large."""
        if self._run.stop.requested or self._run.pause is not None or not self._started:
            return None
        if self._open is None:
            if not self._waiting or self._waiting[0].source not in self._large:
                return None
            self._open = self._waiting.popleft()
        source = self._open.source
        if self._is_read_elsewhere:
            return Ask(ReadOn(source))
        if source not in self._large or (left := self._open.leave()) is None:
            return None
        self._is_read_elsewhere = True
        where, opened = left
        self._open.close()
        return Ask(ReadOn(source, left=where), opened)

    def taken(self, reading: Reading) -> list[ReplayFinished]:
        """Take account of what came of a request. Raises `UserError` for a file that is damaged or cannot be read."""
        file = self._open
        if file is None or reading.is_behind_end:
            return []
        if reading.error:
            raise UserError(reading.error)
        if not reading.is_positioned:
            return []
        file.progress = reading.progress
        if reading.is_read:
            self._known[file.source] = reading.progress
            file.tell(*reading.on_disk)
        if reading.is_read and reading.progress.ended:
            self._behind.pop(file.source, None)
            self.close()
        else:
            self._look_if_behind(file)
        return self._passed_now()

    def position(self) -> dict[str, FileProgress]:
        """How far every file that this partition ever read has been read."""
        return dict(self._known)

    def to_note(self, position: dict[str, FileProgress]) -> Mapping[str, int]:
        """How far the files have been read that were read on since the last time."""
        read = {name: file for name, file in position.items() if file is not self._noted.get(name)}
        self._noted.update(read)
        return {name: file.position.offset for name, file in read.items()}

    def snapshot_at(self, position: dict[str, FileProgress]) -> PlainState:
        """The same in the recovery store's form."""
        return to_plain(position)

    def close(self) -> None:
        """Close the file that is being read."""
        if self._open is not None:
            self._open.close()
            self._open = None
            self._is_read_elsewhere = False

    def _read(self, file: FileReader[Chunk]) -> list[SourceItem]:
        items: list[SourceItem] = []
        if not file.is_positioned:
            if not file.advance():
                return []
            self._look_if_behind(file)
            items += self._passed_now()
        pause = self._run.pause
        # What an earlier run has read is read again in any case, or the replay would not finish.
        if pause and file.source not in self._behind and pause.holds_at(file.progress.position.offset):
            return items
        chunk = file.read()
        self._known[file.source] = file.progress
        if chunk is None:
            self._behind.pop(file.source, None)
            self.close()
            return items
        self._look_if_behind(file)
        if not chunk.lines and not chunk.oversized:
            return items
        return [*items, Lines(file.source, None, chunk.lines, chunk.ats, chunk.oversized)]

    def _look_if_behind(self, file: FileReader[Chunk]) -> None:
        if file.progress.position.offset >= self._behind.get(file.source, 0):
            self._behind.pop(file.source, None)

    def _passed_now(self) -> list[ReplayFinished]:
        if self._passed or self._behind:
            return []
        self._passed = True
        return [ReplayFinished(self._name)]


def _check(path: Path) -> None:
    if not path.exists():
        raise UserError(f"FILE {path}: there is no such file; check the path")
    if not path.is_file():
        raise UserError(f"FILE {path}: is not a regular file; name a file of JSON Lines (plain, .gz or .zst)")
    if not os.access(path, os.R_OK):
        raise UserError(f"FILE {path}: may not be read by this user; change its permissions")


def _say_nothing(path: Path, read_bytes: int, size_bytes: int) -> None:
    """For a run that shows no progress."""
