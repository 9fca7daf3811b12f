"""How far each file has been read, and by what it is known to be the same file again."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from config.errors import UserError
from connectors.files.decompression import open_stream, unreadable
from connectors.files.line_chunks import AT_START, LinePosition
from connectors.sources.raw_lines import SOURCE_PARTITIONS

STATE_VERSION: Final = 1
HEAD_BYTES: Final = 4_096

PlainEntry = tuple[int, int, int, int, int, str]
PlainState = dict[str, object]
"""What the recovery store keeps of a virtual partition: `{"version": 1, "files": {path: entry}}`, an entry
being (offset, line, tail_bytes, end_disk_bytes, head_bytes, head_sha256). No class that a rename orphans."""


@dataclass(frozen=True, slots=True)
class FileProgress:
    """How far one file has been read.

    `position` counts in the decompressed stream. `end_disk_bytes` is the file's size on disk when its end was
    reached, else 0. `head_bytes` and `head_sha256` (hex) are those of the stream's beginning, at most 4 KiB.
    """

    position: LinePosition = AT_START
    end_disk_bytes: int = 0
    head_bytes: int = 0
    head_sha256: str = ""


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
    """The files that a virtual partition knows. Raises `UserError` for a state that a later version wrote."""
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
    at = progress.position
    return (
        at.offset, at.line, at.tail_bytes, progress.end_disk_bytes, progress.head_bytes, progress.head_sha256,
    )  # fmt: skip


def _progress(entry: PlainEntry) -> FileProgress:
    offset, line, tail_bytes, end_disk_bytes, head_bytes, head_sha256 = entry
    return FileProgress(LinePosition(offset, line, tail_bytes), end_disk_bytes, head_bytes, head_sha256)


def progress_now(path: Path, saved: FileProgress | None) -> FileProgress:
    """Where reading goes on: where it stopped if this is still the file that was read, else at its start.

    Raises `UserError` if the file cannot be read.
    """
    with open_stream(path) as stream:
        head = stream.read(HEAD_BYTES)
    fresh = FileProgress(head_bytes=len(head), head_sha256=_sha256(head))
    if saved is None or _sha256(head[: saved.head_bytes]) != saved.head_sha256:
        return fresh
    size = _disk_bytes(path)
    if size < saved.end_disk_bytes:
        return fresh
    # A file that was short when it was first seen is known by more of it from now on.
    return replace(fresh, position=saved.position, end_disk_bytes=saved.end_disk_bytes)


def is_finished(path: Path, progress: FileProgress) -> bool:
    """Whether the file was read to its end and has not grown since."""
    return 0 < progress.end_disk_bytes == _disk_bytes(path)


def _disk_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
