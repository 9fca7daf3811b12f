"""How far each file has been read, and by what it is known to be the same file again."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.errors import UserError
from connectors.files.decompression import unreadable
from connectors.files.fingerprint import Stamp
from connectors.files.line_chunks import AT_START, LinePosition
from connectors.sources.raw_lines import SOURCE_PARTITIONS

STATE_VERSION: Final = 2

PlainStamp = tuple[int, int, int, int]
PlainEntry = tuple[int, int, int, int, bool, PlainStamp | None]
PlainState = dict[str, object]
"""What the recovery store keeps of a virtual partition: `{"version": 2, "files": {path: entry}}`, an entry
being (offset, line, tail_bytes, crc32, ended, stamp). No class that a rename orphans."""


@dataclass(frozen=True, slots=True)
class FileProgress:
    """How far one file has been read.

    `position` counts in the decompressed stream, and `crc32` is that of all of it before `position.offset`. `ended`:
    there was nothing behind it. `stamp` is the file's before it was read; None if it says nothing (`is_settled`).
    """

    position: LinePosition = AT_START
    crc32: int = 0
    ended: bool = False
    stamp: Stamp | None = None


UNREAD: Final = FileProgress()


def source_of(path: Path) -> str:
    """A file's absolute path as text that can be written anywhere: in JSON, in Redis, on a terminal."""
    return str(path.absolute()).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def partition_of(source: str) -> str:
    """The virtual partition that reads a file; fixed, or a file's progress would be looked for elsewhere."""
    return SOURCE_PARTITIONS[zlib.crc32(source.encode()) % len(SOURCE_PARTITIONS)]


def to_plain(files: Mapping[str, FileProgress]) -> PlainState:
    """The state of a virtual partition for the recovery store; shares nothing that changes later."""
    return {
        "version": STATE_VERSION,
        "files": {source: _entry(progress) for source, progress in files.items()},
    }


def from_plain(state: PlainState | None) -> dict[str, FileProgress]:
    """The files that a virtual partition knows. Raises `UserError` for a state that another version wrote."""
    if state is None:
        return {}
    if state["version"] != STATE_VERSION:
        raise UserError(
            f"LASTTOUCH_RECOVERY_DIR: has file positions of form {state['version']}, this version reads "
            f"form {STATE_VERSION}; use the version of lasttouch that wrote them, or an empty directory"
        )
    files = state["files"]
    assert isinstance(files, dict)
    return {source: _progress(entry) for source, entry in files.items()}


def _entry(progress: FileProgress) -> PlainEntry:
    at, stamp = progress.position, progress.stamp
    plain = None if stamp is None else (stamp.size_bytes, stamp.mtime_ns, stamp.ctime_ns, stamp.inode)
    return (at.offset, at.line, at.tail_bytes, progress.crc32, progress.ended, plain)


def _progress(entry: PlainEntry) -> FileProgress:
    offset, line, tail_bytes, crc32, ended, stamp = entry
    known = None if stamp is None else Stamp(*stamp)
    return FileProgress(LinePosition(offset, line, tail_bytes), crc32, ended, known)


def stamp_of(path: Path) -> Stamp:
    """The stamp of a file as it is now. Raises `UserError` if it is not there."""
    try:
        return Stamp.of(path.stat())
    except OSError as error:
        raise unreadable(path, error) from error


def is_finished(progress: FileProgress, stamp: Stamp) -> bool:
    """Whether the file was read to its end and has not been written to since."""
    return progress.ended and progress.stamp == stamp
