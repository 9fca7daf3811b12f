"""Bytes copied eight at once: most texts are short, and one by one each of their bytes costs as much as eight do."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.layout import Bytes
from kernels.words import first_word

WORD_BYTES: Final = 8


@inner
def copy_words(source: Bytes, start: int, length: int, out: Bytes, at: int) -> int:
    """Bytes as they are, and up to seven that mean nothing, for which there has to be room behind both. Returns where
    the next go, over these.
    """
    k = 0
    while k < length:
        word, place = first_word(source, start + k, WORD_BYTES), np.uint64(at + k)
        for byte in range(WORD_BYTES):
            out[place + np.uint64(byte)] = (word >> (8 * byte)) & 0xFF
        k += WORD_BYTES
    return at + length
