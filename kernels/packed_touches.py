"""Packed touches (`state.touches.Touches`): where their columns stand."""

from __future__ import annotations

from typing import NamedTuple

from kernels.compiling import inner
from kernels.layout import Bytes
from kernels.msgpack_reading import behind_bytes, head_bytes, head_length, number_bytes


class Columns(NamedTuple):
    """How many touches there are, and where the first of each column begins, with what heads it by itself."""

    number: int
    contact_at: int
    entry_at: int
    time_at: int
    form_at: int
    kind_at: int


@inner
def columns_of(text: Bytes) -> Columns:
    """Where the columns stand."""
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
    kinds = behind_bytes(text, at)
    return Columns(number, contact_at, entry_at, time_at, at + head_bytes(text, at), kinds + head_bytes(text, kinds))
