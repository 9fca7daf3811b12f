"""Decoding in the worker's own process: what is too small to be handed to another and back."""

from __future__ import annotations

import atexit
import subprocess
import sys
from threading import Thread
from typing import Final

from config.child_process import python_environment, stop_signals_blocked
from config.kernels_switch import kernels_are_on
from connectors.decoding.decoder import Decoded, Decoder
from connectors.decoding.decoder_choice import Decode, kernel_decode, kernels_are_compiled
from connectors.decoding.joined_lines import joined
from connectors.sources.raw_lines import Lines

KERNEL_LINES_MIN: Final = 32
"""Of fewer lines kernels cost more than they save: to call them takes as long as ten touches take in Python."""

_IN_A_TOUCH: Final = b'"touch"'
_LOAD_S_MAX: Final = 5.0
"""How long the interpreter waits before it ends; cut off in native code, a thread may abort the process."""
_COMPILE: Final = (sys.executable, "-c", "from kernels.loading import load; load()")


class WorkerDecoder:
    """Decodes batches of touches with kernels once they are loaded, which takes half a second, and all else in Python.

    They are loaded by a thread when the first batch comes that they are for: a stream that trickles does without them.
    Where they are not compiled yet, which takes some twenty seconds, a process of its own does it, for it would hold
    this one's lock, and could not be ended before its time.
    """

    def __init__(self) -> None:
        """Raises `UserError` where `LASTTOUCH_KERNELS` is wrong."""
        self._decoder = Decoder()
        self._wants_kernels = kernels_are_on()
        self._loading: Thread | None = None
        self._compiling: subprocess.Popen[bytes] | None = None
        self._is_closed = False
        self._with_kernels: Decode | None = None

    def decode(self, lines: Lines, read_ms: int) -> Decoded:
        """All events of a batch, whose lines were read at `read_ms`."""
        if self._wants_kernels and _are_for_kernels(lines):
            if self._with_kernels is not None:
                return self._with_kernels(joined(lines, read_ms))
            if self._loading is None:
                self._loading = Thread(target=self._load, name="load-kernels", daemon=True)
                atexit.register(self._loading.join, _LOAD_S_MAX)
                self._loading.start()
        return self._decoder.decode(lines, read_ms)

    def has_kernels_for(self, lines: Lines) -> bool:
        """Whether a batch would be decoded with kernels by now."""
        return self._with_kernels is not None and _are_for_kernels(lines)

    def _load(self) -> None:
        if not kernels_are_compiled():
            self._compile()
        if not self._is_closed:
            self._with_kernels = kernel_decode()

    def _compile(self) -> None:
        """Whatever comes in its way is found, and told, by who loads what it has made."""
        nowhere = subprocess.DEVNULL
        # One to the whole group would have it compiled here.
        with stop_signals_blocked():
            self._compiling = subprocess.Popen(
                _COMPILE, env=python_environment(), stdin=nowhere, stdout=nowhere, stderr=nowhere
            )
        if self._is_closed:
            self._compiling.kill()
        self._compiling.wait()

    def close(self) -> None:
        """End what compiles. What is being loaded is not waited for: the stream, which calls this, has still to write
        what it has counted, and on a busy machine a load takes as long as a worker may take to end."""
        self._is_closed = True
        if self._compiling is not None:
            self._compiling.kill()


def _are_for_kernels(lines: Lines) -> bool:
    """Kernels know touches only: orders, which have a topic of their own, they would look at for nothing."""
    count = len(lines.lines)
    return count >= KERNEL_LINES_MIN and any(_IN_A_TOUCH in lines.lines[at] for at in (0, count // 2, -1))
