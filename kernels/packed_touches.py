"""Packed touches (`state.touches.Touches`): where their columns stand."""

from __future__ import annotations

from kernels.compiling import inner
from kernels.layout import Bytes
from kernels.msgpack_reading import behind_bytes, head_bytes, head_length, number_bytes


@inner
def columns_of(text: Bytes) -> tuple[int, int, int, int, int]:
    """How many touches there are, and where the first contact, entry, time and kind begin, each with what heads it."""
    at = behind_bytes(text, head_bytes(text, 0))
    number = head_length(text, at)
    contact_at = at = at + head_bytes(text, at)
    for _ in range(number):
        at = behind_bytes(text, at)
    entry_at = at = at + head_bytes(text, at)
    for _ in range(number):
        at = behind_bytes(text, at)
    time_at = at = at + head_bytes(text, at)
    for _ in range(number):
        at += number_bytes(text, at)
    return number, contact_at, entry_at, time_at, at + head_bytes(text, at)
