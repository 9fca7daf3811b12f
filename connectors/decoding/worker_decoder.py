"""Decoding in the worker's own process: what is too small to be handed to another and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.decoding.decoder import Decoded, Decoder
from connectors.decoding.decoder_choice import Decode, decode_with
from connectors.decoding.joined_lines import joined
from connectors.decoding.kernel_loader import KernelLoader
from connectors.sources.raw_lines import Lines, some_of

KERNEL_LINES_MIN: Final = 32
"""Of fewer lines kernels cost more than they save: to call them takes as long as ten events take in Python."""

_TOUCHES: Final = (b'"touch"',)
_FOR_KERNELS: Final = (*_TOUCHES, b'"order"')


class WorkerDecoder:
    """Decodes batches of touches and of orders with kernels once they are loaded, and all else in Python."""

    def __init__(self, loader: KernelLoader) -> None:
        self._decoder = Decoder()
        self._loader = loader
        self._with_kernels: Decode | None = None

    def decode(self, lines: Lines, read_ms: int) -> Decoded:
        """All events of a batch, whose lines were read at `read_ms`."""
        if _are_for_kernels(lines):
            kernels = self._loader.wanted()
            if kernels is not None:
                self._with_kernels = self._with_kernels or decode_with(kernels)
                return self._with_kernels(joined(lines, read_ms))
        return self._decoder.decode(lines, read_ms)

    def has_kernels_for(self, lines: Lines) -> bool:
        """Whether a batch of touches would be decoded with kernels by now. An order takes them so much longer that even
        some thousands are worth handing to another process."""
        return self._loader.loaded is not None and _are_for_kernels(lines, _TOUCHES)


def _are_for_kernels(lines: Lines, kinds: Sequence[bytes] = _FOR_KERNELS) -> bool:
    """Whether a batch is great enough, and has these. Profiles, which have a topic of their own, kernels would look at
    for nothing."""
    if len(lines.lines) < KERNEL_LINES_MIN:
        return False
    return any(kind in line for line in some_of(lines.lines) for kind in kinds)
