"""Words for the next stage, as kernels have written them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from kernels.layout import Bytes, Numbers
from state.changes import Packed

_packed: Final[Callable[[tuple[int, bytes]], Packed]] = partial(tuple.__new__, Packed)
"""In half the time that `Packed` takes."""


def written_words(out: Bytes, groups: Numbers, ends: Numbers) -> list[Packed]:
    """The words that stand in `out` one behind the other: for which key group each is, and where it ends."""
    written, behind = out.tobytes(), ends.tolist()
    words = [written[begin:end] for begin, end in zip([0, *behind], behind, strict=False)]
    return list(map(_packed, zip(groups.tolist(), words, strict=True)))
