"""The body of a request that events come in by: whole, after gzip, and never longer than it may be."""

from __future__ import annotations

import zlib
from typing import Any, Final

from litestar import Request

from api.problems import Problem

BODY_BYTES_MAX: Final = 8 * 1_048_576
"""After gzip (docs/intake.md)."""
_GZIP: Final = 31
"""What zlib calls a stream of gzip."""
_PLAIN: Final = frozenset({"", "identity"})


async def read_body(request: Request[Any, Any, Any]) -> bytes:
    """The body. Raises `Problem` for one that is too long, or in an encoding other than gzip."""
    sent = await request.body()
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in _PLAIN:
        return sent
    if encoding not in {"gzip", "x-gzip"}:
        raise Problem("unsupported_media_type", "Content-Encoding: send the body as it is, or as gzip.")
    return unzipped(sent)


def unzipped(sent: bytes) -> bytes:
    """What was packed. Raises `Problem`; no more than may be read is ever unpacked."""
    whole = bytearray()
    try:
        while sent:
            unzip = zlib.decompressobj(_GZIP)
            whole += unzip.decompress(sent, BODY_BYTES_MAX + 1 - len(whole))
            if len(whole) > BODY_BYTES_MAX:
                raise Problem("too_large", f"The body is longer than {BODY_BYTES_MAX} bytes; send less at once.")
            if not unzip.eof:
                raise Problem("bad_json", "The body is gzip that ends too early.")
            sent = unzip.unused_data
    except zlib.error:
        raise Problem("bad_json", "The body is no gzip, though Content-Encoding says so.") from None
    return bytes(whole)
