"""Where the batches of a worker are decoded: in its own process or in one beside it, which then reads files as well."""

from __future__ import annotations

import time
from typing import Final

from connectors.decoding.decoder import Decoded
from connectors.decoding.kernel_loader import KernelLoader
from connectors.decoding.process import Answer, DecodingProcess
from connectors.decoding.worker_decoder import WorkerDecoder
from connectors.files.asked_reading import Ask
from connectors.sources.raw_lines import Lines
from state.changes import UNKNOWN

AHEAD_OF_WORKER_MAX: Final = 16
"""Batches on their way in a worker, which bounds its memory; each partition may have one in any case."""
LINES_MIN: Final = 1_000
"""A smaller batch is decoded here and at once: to hand it over and back would take longer."""
LINES_MIN_WITH_KERNELS: Final = 4_000
"""The same where kernels decode it here."""


def is_small(events: int) -> bool:
    """Whether a batch of so many is decoded here, with kernels or without."""
    return events < LINES_MIN


class Decoding:
    """Of one worker."""

    def __init__(self, *, ahead: bool, notes_time: bool = False, loader: KernelLoader | None = None) -> None:
        """`ahead`: in a process of its own, where that is worth it. `notes_time`: whether events know when they were
        read. `loader`: of this process; None: nobody else wants kernels.
        """
        self._ahead = ahead
        self._notes_time = notes_time
        self._loader = loader or KernelLoader()
        self._here = WorkerDecoder(self._loader)
        self._process: DecodingProcess | None = None
        self._begun = 0
        self._partitions = 0

    @property
    def has_room(self) -> bool:
        """Whether any more batches may be begun."""
        return self._begun < AHEAD_OF_WORKER_MAX

    def begin(self, lines: Lines) -> Decoded | int:
        """The events of a batch that has just been read, or the number by which to ask for them later."""
        read_ms = time.time_ns() // 1_000_000 if self._notes_time else UNKNOWN
        lines_min = LINES_MIN_WITH_KERNELS if self._here.has_kernels_for(lines) else LINES_MIN
        if not self._ahead or len(lines.lines) < lines_min:
            return self._here.decode(lines, read_ms)
        if self._process is None:
            self._process = DecodingProcess()
        if not self._process.is_ready:
            return self._here.decode(lines, read_ms)
        self._begun += 1
        return self._process.submit(lines, read_ms)

    @property
    def reads_files(self) -> bool:
        """Whether `ask` can be called: the process is ready, which the first great batch has started."""
        return self._ahead and self._process is not None and self._process.is_ready

    def ask(self, ask: Ask) -> int:
        """Have the process read on; the number by which to ask for what it reads."""
        assert self._process is not None
        self._begun += 1
        return self._process.ask(ask, notes_time=self._notes_time)

    def is_done(self, number: int) -> bool:
        """Whether a batch that was begun is decoded."""
        assert self._process is not None
        return self._process.is_done(number)

    def take(self, number: int) -> Answer:
        """A batch that is done, or what was read; once."""
        assert self._process is not None
        self._begun -= 1
        return self._process.take(number)

    def open(self) -> None:
        """One partition more uses it."""
        self._partitions += 1

    def close(self) -> None:
        """One partition less; the last one ends the process."""
        self._partitions -= 1
        if self._partitions == 0:
            self.end()

    def end(self) -> None:
        """End the process, if there is one."""
        self._loader.close()
        if self._process is not None:
            self._process.close()
            self._process = None
