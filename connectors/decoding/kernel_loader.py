"""The kernels of a worker's own process: loaded beside its work when somebody first wants them."""

from __future__ import annotations

import atexit
import subprocess
import sys
from threading import Thread
from typing import TYPE_CHECKING, Final

from config.child_process import python_environment, stop_signals_blocked
from config.kernels_switch import kernels_are_on
from connectors.decoding.decoder_choice import kernels_are_compiled, loaded_kernels

if TYPE_CHECKING:
    from kernels.loading import Kernels

_LOAD_S_MAX: Final = 5.0
"""How long the interpreter waits before it ends; cut off in native code, a thread may abort the process."""
_COMPILE: Final = (sys.executable, "-c", "from kernels.loading import load; load()")


class KernelLoader:
    """Loads kernels once, by a thread: it takes up to half a second, and a stream that trickles does without them.

    Where they are not compiled yet, which takes some twenty seconds, a process of its own does it, for it would hold
    this one's lock, and could not be ended before its time.
    """

    def __init__(self) -> None:
        """Raises `UserError` where `LASTTOUCH_KERNELS` is wrong."""
        self._wants_kernels = kernels_are_on()
        self._loading: Thread | None = None
        self._compiling: subprocess.Popen[bytes] | None = None
        self._is_closed = False
        self._kernels: Kernels | None = None

    @property
    def loaded(self) -> Kernels | None:
        """The kernels, if they are loaded."""
        return self._kernels

    def wanted(self) -> Kernels | None:
        """The kernels, which are loaded from the first call on; None: not yet, or they cannot be had."""
        if self._kernels is None and self._loading is None and self._wants_kernels:
            self._loading = Thread(target=self._load, name="load-kernels", daemon=True)
            atexit.register(self._loading.join, _LOAD_S_MAX)
            self._loading.start()
        return self._kernels

    def _load(self) -> None:
        if not kernels_are_compiled():
            self._compile()
        if not self._is_closed:
            self._kernels = loaded_kernels()

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
