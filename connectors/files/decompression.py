"""Files as forward-only streams of decompressed bytes: plain, gzip (.gz) and zstd (.zst).

zlib and zstandard are driven piece by piece: the ready-made readers of zstandard take a file that was cut off
for its end, and those of gzip read in steps too small for this project's rates.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

import zstandard

from config.errors import UserError
from connectors.files.fingerprint import Stamp

_GZIP_WBITS: Final = 31
_GZIP_PIECE_BYTES: Final = 16_384
"""deflate grows a piece at most 1,032-fold, so what is decompressed at once stays under 17 MB."""
_ZSTD_PIECE_BYTES: Final = 4_096
"""A zstd block of 4 bytes can stand for 128 KiB, so what is decompressed at once stays under 128 MiB."""
_SKIP_BYTES: Final = 16 * 1_048_576


class Readable(Protocol):
    """Where `LineChunks` has its bytes from."""

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer only before the end; nothing at the end."""


class ByteStream(Readable, Protocol):
    """The content of one file from its start on. `read` and `skip` raise `UserError` if it cannot be read."""

    @property
    def skips_cheaply(self) -> bool:
        """Whether `skip` takes no time, however many bytes it passes over."""

    def skip(self, size: int) -> int:
        """Pass over up to `size` bytes and return how many; 0 only at the end. May take several calls."""

    def disk_bytes(self) -> int:
        """How many bytes of the file on disk have been read."""

    def disk_size_bytes(self) -> int:
        """The size of the file on disk, as it is now."""

    def stamp(self) -> Stamp:
        """The stamp of the file on disk, as it is now."""

    def fileno(self) -> int:
        """The descriptor of the open file."""

    def close(self) -> None:
        """Close the file."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_stream(path: Path, opened: int | None = None) -> ByteStream:
    """The stream of a file; its name's ending says how it is compressed. Raises `UserError`.

    `opened`: its descriptor, if it is open already, which is the stream's from now on.
    """
    match path.suffix.lower():
        case ".gz":
            return _CompressedStream(path, "gzip", opened)
        case ".zst":
            return _CompressedStream(path, "zstd", opened)
        case _:
            return _PlainStream(path, opened)


def is_compressed(path: Path) -> bool:
    """Whether `open_stream` decompresses it."""
    return path.suffix.lower() in {".gz", ".zst"}


def unreadable(path: Path, error: OSError) -> UserError:
    """The one line for a file that is not there, or cannot be read."""
    return UserError(f"FILE {path}: cannot be read ({error.strerror or error}); check the path and its permissions")


class _PlainStream:
    skips_cheaply: Final = True

    def __init__(self, path: Path, opened: int | None) -> None:
        self._path = path
        try:
            # Unbuffered: a chunk goes from the page cache into its bytes object with no copy in between.
            self._raw = path.open("rb", buffering=0) if opened is None else os.fdopen(opened, "rb", buffering=0)
            self._raw.seek(0)
        except OSError as error:
            raise unreadable(path, error) from error
        self._offset = 0

    def read(self, size: int) -> bytes:
        try:
            data = self._raw.read(size)
        except OSError as error:
            raise unreadable(self._path, error) from error
        self._offset += len(data)
        return data

    def skip(self, size: int) -> int:
        skipped = max(0, min(size, self.disk_size_bytes() - self._offset))
        self._raw.seek(skipped, os.SEEK_CUR)
        self._offset += skipped
        return skipped

    def disk_bytes(self) -> int:
        return self._offset

    def disk_size_bytes(self) -> int:
        return os.fstat(self._raw.fileno()).st_size

    def stamp(self) -> Stamp:
        return Stamp.of(os.fstat(self._raw.fileno()))

    def fileno(self) -> int:
        return self._raw.fileno()

    def close(self) -> None:
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Decompressor(Protocol):
    """What zlib and zstandard have in common: reads one gzip member, or one zstd frame."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


class _CompressedStream:
    """Several gzip members or zstd frames one after the other are one stream, as their own tools have it."""

    skips_cheaply: Final = False

    def __init__(self, path: Path, kind: str, opened: int | None) -> None:
        self._disk = _PlainStream(path, opened)
        self._path = path
        self._kind = kind
        self._piece_bytes = _GZIP_PIECE_BYTES if kind == "gzip" else _ZSTD_PIECE_BYTES
        self._zstd = zstandard.ZstdDecompressor()
        self._member: _Decompressor | None = None
        self._spare = memoryview(b"")

    def read(self, size: int) -> bytes:
        taken, self._spare = self._spare[:size], self._spare[size:]
        parts: list[bytes | memoryview] = [taken]
        missing = size - len(taken)
        while missing > 0:
            data = self._decompressed_piece()
            if data is None:
                break
            if len(data) > missing:
                view = memoryview(data)
                self._spare = view[missing:]
                parts.append(view[:missing])
                break
            parts.append(data)
            missing -= len(data)
        return b"".join(parts)

    def skip(self, size: int) -> int:
        return len(self.read(min(size, _SKIP_BYTES)))

    def disk_bytes(self) -> int:
        return self._disk.disk_bytes()

    def disk_size_bytes(self) -> int:
        return self._disk.disk_size_bytes()

    def stamp(self) -> Stamp:
        return self._disk.stamp()

    def fileno(self) -> int:
        return self._disk.fileno()

    def close(self) -> None:
        self._disk.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _decompressed_piece(self) -> bytes | None:
        """What the next piece of the file stands for, which may be nothing; None at the end of the file."""
        piece = self._disk.read(self._piece_bytes)
        if not piece:
            if self._member is not None:
                raise UserError(f"FILE {self._path}: the {self._kind} data ends in the middle; copy the file again")
            return None
        parts = []
        try:
            while piece:
                if self._member is None:
                    piece = piece.lstrip(b"\0") if self._kind == "gzip" else piece  # members may be padded
                    if not piece:
                        break
                    self._member = self._new_member()
                parts.append(self._member.decompress(piece))
                piece = self._member.unused_data
                if self._member.eof:
                    self._member = None
        except (zlib.error, zstandard.ZstdError) as error:
            raise UserError(
                f"FILE {self._path}: the {self._kind} data is damaged ({error}); make or copy the file again"
            ) from error
        return b"".join(parts)

    def _new_member(self) -> _Decompressor:
        if self._kind == "gzip":
            return zlib.decompressobj(_GZIP_WBITS)
        return self._zstd.decompressobj()
