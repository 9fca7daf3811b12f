"""The demo's shop: a week of its events, sent evenly by a thread of its own."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple, Protocol, Self

import msgspec

from config.stopping import StopRequest
from generator import stream
from state.times import parse_time

_TICK_S: Final = 0.02
LINES_AT_ONCE: Final = 1_000
"""So few that a stop is noticed soon, also where more is asked for than this machine can send."""
_SEED: Final = 1
_JOIN_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """What a shop sends: `seconds` × `events_per_second` events of `contacts` people, which it says happened between
    `start_ms` and `end_ms` (since the epoch)."""

    seconds: int
    events_per_second: int
    contacts: int
    start_ms: int
    end_ms: int

    @property
    def events(self) -> int:
        """All of them."""
        return self.seconds * self.events_per_second


class _Mark(NamedTuple):
    """When (monotonic, s) an event left that was newer than all before it."""

    newest_ms: int
    sent_at: float


class _Timed(msgspec.Struct, gc=False):
    time: str


_READ_TIME: Final = msgspec.json.Decoder(_Timed).decode


class Writer(Protocol):
    """Where events go, one a line each."""

    def write(self, lines: Sequence[bytes]) -> None:
        """Send at most `LINES_AT_ONCE` of them, or be about to."""

    def finish(self) -> None:
        """Return when all are written."""


class Shop:
    """Sends its plan's events to a writer.

    It ends when the plan's seconds are over, by when all are sent if this machine can, on the stop request, and when
    the context that it manages is left.
    """

    def __init__(self, plan: ShopPlan, writer: Writer, stop: StopRequest) -> None:
        self.plan = plan
        self._stop = stop
        self._is_left = False
        # Also where no mail service is in between: the way that events come in by changes no figure.
        self._lines = stream.live(
            plan.events, plan.contacts, _SEED, start_ms=plan.start_ms, end_ms=plan.end_ms, mail_in_seconds=True
        )
        self._writer = writer
        self._marks: deque[_Mark] = deque()
        self._error: BaseException | None = None
        # A broker that is gone would hold up the end of the process.
        self._thread = threading.Thread(target=self._run, name="shop", daemon=True)
        self._started_at = 0.0
        self._ended_at: float | None = None
        self.sent = 0
        self.newest_ms: int | None = None
        """The time of the newest event sent, ms since the epoch."""

    def open(self) -> None:
        """Begin to send."""
        self._started_at = time.monotonic()
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._is_left = True
        if self._thread.ident is not None:
            self.join()

    @property
    def is_open(self) -> bool:
        """Whether events are still being sent. Raises what sending raised: `IngestFailed` and others."""
        is_open = self._thread.is_alive()
        if self._error is not None:
            raise self._error
        return is_open

    def join(self) -> None:
        """Wait a moment for what is on its way."""
        self._thread.join(_JOIN_S)

    @property
    def elapsed_s(self) -> float:
        """How long it has been sending, or was."""
        return (self._ended_at or time.monotonic()) - self._started_at

    def lag_s(self, shown_ms: int | None) -> float:
        """How long ago the oldest event was sent that is newer than `shown_ms` (None: nothing is shown).

        That is by how much what is shown lags behind what was sent; 0 when nothing newer was sent.
        """
        while self._marks and shown_ms is not None and self._marks[0].newest_ms <= shown_ms:
            self._marks.popleft()
        return time.monotonic() - self._marks[0].sent_at if self._marks else 0.0

    def _run(self) -> None:
        try:
            self._send_all()
            self._writer.finish()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asks `is_open`
            self._error = error
        self._ended_at = time.monotonic()

    def _send_all(self) -> None:
        while not self._must_end() and self.elapsed_s < self.plan.seconds:
            due = min(int(self.elapsed_s * self.plan.events_per_second), self.plan.events) - self.sent
            self._send(list(islice(self._lines, min(due, LINES_AT_ONCE))))
            if due <= LINES_AT_ONCE:
                time.sleep(_TICK_S)
        if not self._must_end():
            self._send(list(islice(self._lines, LINES_AT_ONCE)))

    def _must_end(self) -> bool:
        return self._stop.requested or self._is_left

    def _send(self, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        self._writer.write(lines)
        self.sent += len(lines)
        newest_ms = max(parse_time(_READ_TIME(line).time) for line in lines)
        if self.newest_ms is None or newest_ms > self.newest_ms:
            self.newest_ms = newest_ms
            self._marks.append(_Mark(newest_ms, time.monotonic()))
