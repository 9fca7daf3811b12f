"""One file from where its reading goes on: first whether it is still the file that was read, then its lines.

Another process can go on with it (`FileReader.leave`).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, Protocol, Self, TypeVar

import msgspec

from connectors.files.decompression import ByteStream, Readable, open_stream
from connectors.files.fingerprint import Fingerprint, Stamp
from connectors.files.line_chunks import LinePosition
from connectors.files.positions import UNREAD, FileProgress

_VERIFY_BYTES: Final = 16 * 1_048_576
_DECOMPRESSED_AGAIN_BYTES_MAX: Final = 256 * 1_048_576
"""Of a compressed file somebody else has to decompress all that was read of it, some 0.5 s."""

Progress = Callable[[Path, int, int], None]
"""Told of a file, how many bytes of it on disk have been read, and its size on disk in bytes."""

Cut_co = TypeVar("Cut_co", covariant=True)


class Cutter(Protocol[Cut_co]):
    """What makes chunks of a stream, as `LineChunks` does."""

    @property
    def position(self) -> LinePosition:
        """Behind all that `read` has returned."""

    def read(self) -> Cut_co | None:
        """What is next, perhaps nothing; None at the end of the stream. Raises `UserError`."""


class Left(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file, as one reader has left it to another."""

    path: bytes
    progress: FileProgress
    """Where it goes on; if it is not open, not verified yet."""
    stamp: Stamp | None
    """Before it was read, if it is open."""
    crc32_before_tail: int
    chunk_bytes: int


Cut = Callable[[Readable, LinePosition, int], Cutter[Cut_co]]
"""Makes one, of a stream that stands where reading goes on, and of how many bytes at least a chunk is."""


class FileReader(Generic[Cut_co]):
    """Opened when first read from. All raise `UserError` for a file that is damaged or cannot be read."""

    def __init__(
        self,
        source: str,
        path: Path,
        saved: FileProgress,
        cut: Cut[Cut_co],
        *,
        chunk_bytes: int,
        on_progress: Progress,
    ) -> None:
        self.source = source
        self.progress = saved
        """What is known of the file; another one only once it has been found to be, or not to be, the file it was."""
        self._path = path
        self._cut = cut
        self._chunk_bytes = chunk_bytes
        self._on_progress = on_progress
        self._stream: ByteStream | None = None
        self._stamp: Stamp | None = None
        self._verified = 0
        self._crc32 = 0
        self._crc32_before_tail = 0
        self._to_skip = 0
        self._fingerprint: Fingerprint | None = None
        self._chunks: Cutter[Cut_co] | None = None
        self._is_verified = saved.position.offset == 0

    @classmethod
    def going_on(cls, source: str, left: Left, opened: int | None, cut: Cut[Cut_co], on_progress: Progress) -> Self:
        """Goes on where another reader has `left` off, with its open file if there is one."""
        path = Path(os.fsdecode(left.path))
        reader = cls(source, path, left.progress, cut, chunk_bytes=left.chunk_bytes, on_progress=on_progress)
        if opened is not None:
            reader._stream, reader._stamp = open_stream(path, opened), left.stamp
            reader._is_verified = True
            reader._to_skip = left.progress.position.read_from
            reader._crc32_before_tail = left.crc32_before_tail
        return reader

    def leave(self) -> tuple[Left, int | None] | None:
        """For `going_on`, with a duplicate of the open file, which is to be closed; then this reader is not used any
        more. None: reading is better done here."""
        if self._stream is None and self._verified == 0 and not self._to_skip:
            return self._left(), None
        if not self.is_positioned or self._stream is None:
            return None
        at = self.progress.position
        if not self._stream.skips_cheaply and at.offset > _DECOMPRESSED_AGAIN_BYTES_MAX:
            return None
        if at.tail_bytes and self._chunks is not None:  # nothing comes behind an unclosed line but the end
            return None
        return self._left(), os.dup(self._stream.fileno())

    def _left(self) -> Left:
        crc32 = self._crc32_before_tail if self.progress.position.tail_bytes else self.progress.crc32
        return Left(os.fsencode(self._path), self.progress, self._stamp, crc32, self._chunk_bytes)

    @property
    def is_positioned(self) -> bool:
        """Whether `read` can be called."""
        return self._stream is not None and self._is_verified and self._to_skip == 0

    def advance(self) -> bool:
        """Go a step, of some 0.1 s at most, towards where reading goes on: the start, if what was read before is not
        there any more as it was. True: there it is."""
        stream = self._opened()
        if self._is_verified:
            self._skip_on(stream)
        else:
            self._verify_on(stream)
        return self.is_positioned

    def read(self) -> Cut_co | None:
        """The next chunk, which may be empty; None at the end."""
        stream = self._opened()
        at = self.progress.position
        if self._chunks is None or self._fingerprint is None:
            self._fingerprint = Fingerprint(
                at.read_from, self._crc32_before_tail, position=at.offset, at_position=self.progress.crc32
            )
            fingerprinted = _Fingerprinted(stream, self._fingerprint)
            self._chunks = fingerprinted.chunks = self._cut(fingerprinted, at, self._chunk_bytes)
        chunk = self._chunks.read()
        at = self._chunks.position
        self.progress = FileProgress(at, self._fingerprint.up_to(at.offset), chunk is None, self._stamp)
        self.tell(stream.disk_bytes(), stream.disk_size_bytes())
        return chunk

    def tell(self, disk_bytes: int, disk_size_bytes: int) -> None:
        """Tell how many bytes on disk are read, of how many."""
        self._on_progress(self._path, disk_bytes, disk_size_bytes)

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _verify_on(self, stream: ByteStream) -> None:
        piece = stream.read(min(_VERIFY_BYTES, self._verify_to() - self._verified))
        self._verified += len(piece)
        self._crc32 = zlib.crc32(piece, self._crc32)
        at = self.progress.position
        if self._verified == at.read_from:
            self._crc32_before_tail = self._crc32
        if not piece or (self._verified == at.offset and self._crc32 != self.progress.crc32):
            self._start_over()
        elif self._verified == at.offset:
            self._is_verified = True
            if at.tail_bytes:
                self.close()
                self._to_skip = at.read_from

    def _skip_on(self, stream: ByteStream) -> None:
        if self._to_skip == 0:
            return
        skipped = stream.skip(self._to_skip)
        self._to_skip -= skipped
        if not skipped:  # it was cut between two looks at it
            self._start_over()

    def _verify_to(self) -> int:
        at = self.progress.position
        return at.read_from if self._verified < at.read_from else at.offset

    def _start_over(self) -> None:
        self.close()
        self.progress = UNREAD
        self._crc32 = self._crc32_before_tail = self._to_skip = 0
        self._is_verified = True

    def _opened(self) -> ByteStream:
        if self._stream is None:
            self._stream = open_stream(self._path)
            if self._stamp is None:
                self._trust(self._stream.stamp())
        return self._stream

    def _trust(self, stamp: Stamp) -> None:
        """Spare the look at what was read if the file has not been written to since."""
        # Of the first opening: what is written later is then seen as a change by the next run.
        self._stamp = stamp if stamp.is_settled() else None
        saved = self.progress
        if not self._is_verified and saved.stamp == stamp and not saved.position.tail_bytes:
            self._is_verified = True
            self._to_skip = saved.position.offset
            self._crc32_before_tail = saved.crc32


class _Fingerprinted:
    """A stream of which every piece read is told to a fingerprint; what `LineChunks` reads."""

    def __init__(self, stream: ByteStream, fingerprint: Fingerprint) -> None:
        self._stream = stream
        self._fingerprint = fingerprint
        self.chunks: Cutter[object] | None = None
        """What reads this."""

    def read(self, size: int) -> bytes:
        if self.chunks is not None:
            # A chunk is of several pieces, and may end in the first of them if the others are of one long line.
            self._fingerprint.up_to(self.chunks.position.offset)
        piece = self._stream.read(size)
        self._fingerprint.feed(piece)
        return piece
