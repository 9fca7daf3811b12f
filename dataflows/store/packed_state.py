"""State on its way into the recovery store: it is compressed by other threads while the worker encodes what comes next.

The stream stands still until all of its state is in the store, and compressing it takes two thirds of that time; it
needs no lock of Python's. The engine takes the snapshots of all key groups of a stage before it stores the first one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import zstandard

from config.cores import usable_cores

_PARAMETERS: Final = zstandard.ZstdCompressionParameters(
    strategy=zstandard.STRATEGY_FAST, window_log=19, hash_log=12, chain_log=13, search_log=1, min_match=7
)
"""Level 1 as it is for so much, but for its table of what came before: a quarter, which a core's first cache holds."""
_THREADS_MAX: Final = 3
_WAITING_MAX: Final = 2
"""Encoded states that wait for a thread: they take two to three times the memory of compressed ones."""

_LOCAL: Final = threading.local()

decompressed: Final[Callable[[bytes], bytes]] = zstandard.ZstdDecompressor().decompress
"""What was encoded. Raises `zstandard.ZstdError`."""


class PackedState:
    """A snapshot of one key group: bytes as soon as somebody needs them."""

    def __init__(self, head: bytes, encoded: bytes) -> None:
        """`head` stands before what becomes of `encoded`, uncompressed."""
        self._head = head
        self._packing = _PACKING.begin(encoded)
        self._is_stored: Callable[[int, float], None] | None = None

    def when_stored(self, tell: Callable[[int, float], None]) -> None:
        """`tell` hears its size and the seconds that the engine had to wait for it."""
        self._is_stored = tell

    def __bytes__(self) -> bytes:
        return self._head + self._packing.result()

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        # What the engine stores are bytes: a store names no class of ours.
        began = time.perf_counter()
        packed = bytes(self)
        if self._is_stored is not None:
            self._is_stored(len(packed), time.perf_counter() - began)
        return bytes, (packed,)


StoredState = bytes | PackedState
"""What a stage gives to the recovery store, and what it gets back from it, which are bytes."""


def _compressed(encoded: bytes) -> bytes:
    compressor = getattr(_LOCAL, "compressor", None)
    if compressor is None:
        compressor = _LOCAL.compressor = zstandard.ZstdCompressor(compression_params=_PARAMETERS)
    done: bytes = compressor.compress(encoded)
    return done


class _Packing:
    """The threads of a worker that compress, beside the one that runs the stages; made with the first snapshot."""

    def __init__(self) -> None:
        self._spare = min(_THREADS_MAX, usable_cores() - 1)
        self._room = threading.Semaphore(self._spare + _WAITING_MAX)
        self._threads: ThreadPoolExecutor | None = None

    def begin(self, encoded: bytes) -> Future[bytes]:
        """What becomes of it. Who calls does it himself where enough is waiting."""
        if not self._spare or not self._room.acquire(blocking=False):
            done: Future[bytes] = Future()
            done.set_result(_compressed(encoded))
            return done
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._spare, "packing")
        begun = self._threads.submit(_compressed, encoded)
        begun.add_done_callback(lambda _: self._room.release())
        return begun


_PACKING: Final = _Packing()
