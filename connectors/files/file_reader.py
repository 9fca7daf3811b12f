"""One file from where its reading goes on: first whether it is still the file that was read, then its lines."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from connectors.files.decompression import ByteStream, open_stream
from connectors.files.fingerprint import Fingerprint, Stamp
from connectors.files.line_chunks import Chunk, LineChunks
from connectors.files.positions import UNREAD, FileProgress

_VERIFY_BYTES: Final = 16 * 1_048_576

Progress = Callable[[Path, int, int], None]
"""Told of a file, how many bytes of it on disk have been read, and its size on disk in bytes."""


class FileReader:
    """Opened when first read from. All raise `UserError` for a file that is damaged or cannot be read."""

    def __init__(
        self, source: str, path: Path, saved: FileProgress, *, chunk_bytes: int, on_progress: Progress
    ) -> None:
        self.source = source
        self.progress = saved
        """What is known of the file; another one only once it has been found to be, or not to be, the file it was."""
        self._path = path
        self._chunk_bytes = chunk_bytes
        self._on_progress = on_progress
        self._stream: ByteStream | None = None
        self._stamp: Stamp | None = None
        self._verified = 0
        self._crc32 = 0
        self._crc32_before_tail = 0
        self._to_skip = 0
        self._fingerprint: Fingerprint | None = None
        self._chunks: LineChunks | None = None
        self._is_verified = saved.position.offset == 0

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

    def read(self) -> Chunk | None:
        """The next chunk, which may be empty; None at the end."""
        stream = self._opened()
        at = self.progress.position
        if self._chunks is None or self._fingerprint is None:
            self._fingerprint = Fingerprint(
                at.read_from, self._crc32_before_tail, position=at.offset, at_position=self.progress.crc32
            )
            fingerprinted = _Fingerprinted(stream, self._fingerprint)
            self._chunks = LineChunks(fingerprinted, at, chunk_bytes=self._chunk_bytes)
        chunk = self._chunks.read()
        at = self._chunks.position
        self.progress = FileProgress(at, self._fingerprint.up_to(at.offset), chunk is None, self._stamp)
        self._on_progress(self._path, stream.disk_bytes(), stream.disk_size_bytes())
        return chunk

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

    def read(self, size: int) -> bytes:
        piece = self._stream.read(size)
        self._fingerprint.feed(piece)
        return piece
