"""Amounts of money as orders have them: decimals to minor units of their currency (`state.money.parse_amount`)."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.layout import Bytes
from state.money import DIGITS

NO_AMOUNT: Final = -1
"""What `parse_amount` gives for a text that Python has to look at."""
_LETTERS: Final = 26
_FIGURES_MOST: Final = 18
"""Any so long fits 64 bits."""


def _decimals() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """How many decimals a currency has, by the number that its code is; -1: there is none of this code."""
    decimals = np.full(_LETTERS**3, -1, np.int64)
    for code, digits in DIGITS.items():
        first, second, third = (ord(letter) - ord("A") for letter in code)
        decimals[(first * _LETTERS + second) * _LETTERS + third] = digits
    return decimals


_DECIMALS: Final = _decimals()


@inner
def decimals_of(text: Bytes, at: int, length: int) -> int:
    """How many decimals the currency has whose code stands at `at`; -1: it is none that ISO 4217 knows."""
    if length != 3:
        return -1
    number = 0
    for k in range(3):
        letter = int(np.int64(text[at + k])) - ord("A")
        if not 0 <= letter < _LETTERS:
            return -1
        number = number * _LETTERS + letter
    return _DECIMALS[number]


@inner
def parse_amount(text: Bytes, at: int, length: int, decimals: int) -> int:
    """Minor units of the decimal text at `at`, of a currency with so many decimals.

    `NO_AMOUNT` for all that is no amount, and for one with more figures or decimals than usual.
    """
    minor = figures = 0
    behind_point = -1
    for k in range(at, at + length):
        byte = int(np.int64(text[np.uint64(k)]))
        if byte == ord(".") and behind_point < 0:
            behind_point = 0
            continue
        if not ord("0") <= byte <= ord("9"):
            return NO_AMOUNT
        minor = minor * 10 + byte - ord("0")
        figures += 1
        behind_point += behind_point >= 0
        if figures > _FIGURES_MOST:
            return NO_AMOUNT
    missing = decimals - max(behind_point, 0)
    if not figures or missing < 0 or figures + missing > _FIGURES_MOST:
        return NO_AMOUNT
    for _ in range(missing):
        minor *= 10
    return minor
