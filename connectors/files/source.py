"""Files of JSON Lines as a source of the dataflow, resumable at any line.

Files are not partitions: the engine refuses to resume when a partition that its store knows is missing, and
another run names other files. So files are dealt to `SOURCE_PARTITIONS`, whose state says how far each was read.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from config.errors import UserError
from config.stopping import StopRequest
from connectors.files.decompression import ByteStream, open_stream
from connectors.files.line_chunks import (
    AT_START,
    CHUNK_BYTES,
    Chunk,
    LineChunks,
    LinePosition,
)
from connectors.files.positions import (
    FileProgress,
    PlainState,
    from_plain,
    is_finished,
    partition_of,
    progress_now,
    source_of,
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

Progress = Callable[[Path, int, int], None]
"""Told of a file, how many bytes of it on disk have been read, and its size on disk in bytes."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What the partitions of one run share."""

    notes: ReadNotes
    stop: StopRequest
    rebuild: bool
    on_progress: Progress
    chunk_bytes: int


class JsonLinesSource(PositionedSource[PlainState]):
    """Plain, .gz and .zst files, read to their ends.

    A file that a run with the same recovery store has read to its end is not read again; one that has grown
    goes on where it ended; one that begins otherwise than it did is another file, and read from its start.
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
        """Raises `UserError` for a file that is missing or may not be read. `chunk_bytes`: at most 1 MiB."""
        for path in files:
            _check(path)
        self._files = {source_of(path): path for path in files}
        self._run = _Run(notes, stop, rebuild, on_progress or _say_nothing, chunk_bytes)

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
        self._waiting: deque[_OpenFile] = deque()
        self._behind: dict[str, int] = {}
        for source, path in files.items():
            progress = self._known[source] = progress_now(path, known.get(source))
            if is_finished(path, progress):
                run.on_progress(path, progress.end_disk_bytes, progress.end_disk_bytes)
            else:
                self._note_if_behind(source, progress.position)
                self._waiting.append(_OpenFile(source, path, progress, run))
        self._noted = dict(self._known)
        self._open: _OpenFile | None = None
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

    def position(self) -> dict[str, FileProgress]:
        """How far every file that this partition ever read has been read."""
        return dict(self._known)

    def note(self, position: dict[str, FileProgress]) -> None:
        """Note how far the files have been read that were read on since the last time."""
        read = {name: file for name, file in position.items() if file is not self._noted.get(name)}
        self._noted.update(read)
        self._run.notes.read_to({name: file.position.offset for name, file in read.items()})

    def snapshot_at(self, position: dict[str, FileProgress]) -> PlainState:
        """The same in the recovery store's form."""
        return to_plain(position)

    def close(self) -> None:
        """Close the file that is being read."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _read(self, file: _OpenFile) -> list[SourceItem]:
        if not file.is_positioned:
            if not file.skip_on():  # it ended too early, so it is not the file that was read
                file.start_over()
                self._note_if_behind(file.source, file.progress.position)
            if not file.is_positioned:
                return []
        chunk = file.read()
        self._known[file.source] = file.progress
        if chunk is None:
            self._behind.pop(file.source, None)
            self.close()
            return []
        offset = file.progress.position.offset
        if file.source in self._behind and offset >= self._behind[file.source]:
            del self._behind[file.source]
        if not chunk.lines and not chunk.oversized:
            return []
        return [Lines(file.source, None, chunk.lines, chunk.ats, chunk.oversized)]

    def _note_if_behind(self, source: str, position: LinePosition) -> None:
        high_water = self._run.notes.high_water(source)
        if position.offset < high_water:
            self._behind[source] = high_water

    def _passed_now(self) -> list[SourceItem]:
        if self._passed or self._behind:
            return []
        self._passed = True
        return [ReplayFinished(self._name)]


class _OpenFile:
    """A file from where its reading goes on; opened when first read from."""

    def __init__(self, source: str, path: Path, progress: FileProgress, run: _Run) -> None:
        self.source = source
        self.progress = progress
        self._path = path
        self._run = run
        self._stream: ByteStream | None = None
        self._to_skip = progress.position.read_from
        self._chunks: LineChunks | None = None

    @property
    def is_positioned(self) -> bool:
        return self._to_skip == 0

    def skip_on(self) -> bool:
        """Pass over a part of what was read before, in some 0.1 s; False if the file ends before that."""
        skipped = self._opened().skip(self._to_skip)
        self._to_skip -= skipped
        return skipped > 0

    def start_over(self) -> None:
        """Read the file as one that was never read."""
        self.close()
        self._to_skip = 0
        self.progress = replace(self.progress, position=AT_START, end_disk_bytes=0)

    def read(self) -> Chunk | None:
        """The next chunk, which may be empty; None at the end."""
        stream = self._opened()
        if self._chunks is None:
            self._chunks = LineChunks(stream, self.progress.position, chunk_bytes=self._run.chunk_bytes)
        chunk = self._chunks.read()
        read = stream.disk_bytes()
        ended_at = read if chunk is None else 0
        self.progress = replace(self.progress, position=self._chunks.position, end_disk_bytes=ended_at)
        self._run.on_progress(self._path, read, stream.disk_size_bytes())
        return chunk

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _opened(self) -> ByteStream:
        if self._stream is None:
            self._stream = open_stream(self._path)
        return self._stream


def _check(path: Path) -> None:
    if not path.exists():
        raise UserError(f"FILE {path}: there is no such file; check the path")
    if not path.is_file():
        raise UserError(f"FILE {path}: is not a regular file; name a file of JSON Lines (plain, .gz or .zst)")
    if not os.access(path, os.R_OK):
        raise UserError(f"FILE {path}: may not be read by this user; change its permissions")


def _say_nothing(path: Path, read_bytes: int, size_bytes: int) -> None:
    """For a run that shows no progress."""
