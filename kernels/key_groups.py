"""Which key group a touch or an order belongs to."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.layout import Bytes
from kernels.msgpack_reading import head_bytes, head_length

_POLYNOMIAL: Final = 0xEDB88320


def _remainders() -> list[int]:
    """What each byte leaves, shifted through the polynomial of CRC-32 as zlib has it."""
    found = []
    for byte in range(256):
        remainder = byte
        for _ in range(8):
            remainder = (remainder >> 1) ^ (_POLYNOMIAL if remainder & 1 else 0)
        found.append(remainder)
    return found


_REMAINDERS: Final = np.array(_remainders(), np.int64)


@inner
def crc32(text: Bytes, at: int, length: int, start: int) -> int:
    """CRC-32 of `length` bytes at `at`, gone on with from `start`: what `zlib.crc32` gives.

    `state.key_groups.key_group` is the remainder of this for a contact, gone on with from that of its account.
    """
    crc = start ^ 0xFFFFFFFF
    for i in range(at, at + length):
        crc = (crc >> 8) ^ _REMAINDERS[np.uint64((crc ^ text[np.uint64(i)]) & 0xFF)]
    return crc ^ 0xFFFFFFFF


@inner
def crc_of_packed(packed: Bytes, at: int, crc: int) -> int:
    """CRC-32 of the id packed at `at`, gone on with from its account's: `state.key_groups.key_group` is made of it."""
    return crc32(packed, at + head_bytes(packed, at), head_length(packed, at), crc)
