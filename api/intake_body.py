"""The body of a request that events come in by: whole, after gzip, and never longer than it may be."""

from __future__ import annotations

import zlib
from typing import Any, Final

from litestar import Request

from api.problems import Code, Problem

BODY_BYTES_MAX: Final = 8 * 1_048_576
"""After gzip (docs/intake.md)."""
_READ_BYTES_MAX: Final = 128 * 1_048_576
"""Who sends more is cut off."""
_GZIP: Final = 31
"""What zlib calls a stream of gzip."""
_PLAIN: Final = frozenset({"", "identity"})


async def read_body(request: Request[Any, Any, Any], *, other_encoding: Code) -> bytes:
    """The body. Raises `Problem` for one that is too long, and with the code `other_encoding` for one that is packed in
    another way than gzip.
    """
    sent = await _sent(request)
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in _PLAIN:
        return sent
    if encoding not in {"gzip", "x-gzip"}:
        raise Problem(other_encoding, "Content-Encoding: send the body as it is, or as gzip.")
    return unzipped(sent)


async def _sent(request: Request[Any, Any, Any]) -> bytes:
    """What was sent. Of what is too long nothing is kept, but it is read: a client that is cut off while it sends
    never sees the answer.
    """
    kept = bytearray()
    length = 0
    async for piece in request.stream():
        length += len(piece)
        if length <= BODY_BYTES_MAX:
            kept += piece
        elif length > _READ_BYTES_MAX:
            break
        else:
            kept.clear()
    if length > BODY_BYTES_MAX:
        raise _too_large()
    return bytes(kept)


def _too_large() -> Problem:
    return Problem("too_large", f"The body is longer than {BODY_BYTES_MAX} bytes; send less at once.")


def unzipped(sent: bytes) -> bytes:
    """What was packed. Raises `Problem`; no more than may be read is ever unpacked."""
    whole = bytearray()
    try:
        while sent:
            unzip = zlib.decompressobj(_GZIP)
            whole += unzip.decompress(sent, BODY_BYTES_MAX + 1 - len(whole))
            if len(whole) > BODY_BYTES_MAX:
                raise _too_large()
            if not unzip.eof:
                raise Problem("bad_json", "The body is gzip that ends too early.")
            sent = unzip.unused_data
    except zlib.error:
        raise Problem("bad_json", "The body is no gzip, though Content-Encoding says so.") from None
    return bytes(whole)
