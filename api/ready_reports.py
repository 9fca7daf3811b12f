"""Reports that somebody asks for again and again, brought up to date as soon as the stream has written.

Who asks next finds nearly all of the work done. It is no cache: each question is answered from what Redis holds then.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from litestar.concurrency import sync_to_thread

from api.coalesced_answers import CoalescedAnswers

REPORTS_MAX: Final = 16
"""Those asked for last."""
ASKED_WITHIN_S: Final = 5.0
"""Who asks twice within this time is expected to ask again; nobody is, after so long a silence."""
LOOK_EVERY_S: Final = 0.05
SHARE_MAX: Final = 0.1
"""Of the time, for one report: a dear one is brought up to date less often."""

_Answer = TypeVar("_Answer")

_log = structlog.get_logger("http")


@dataclass(slots=True)
class _Report:
    find_out: Callable[[], Any]
    asked_at: float
    is_expected: bool = False
    due_at: float = 0.0
    marks: object = None
    """As they were when it was brought up to date last."""


class ReadyReports:
    """Belongs to one event loop."""

    def __init__(
        self, coalesced: CoalescedAnswers, marks: Callable[[], object], now: Callable[[], float] = time.monotonic
    ) -> None:
        """`marks`: what is another as soon as anything was written; called in a thread, may raise."""
        self._coalesced = coalesced
        self._read_marks = marks
        self._now = now
        self._reports: OrderedDict[Hashable, _Report] = OrderedDict()
        self._watching: asyncio.Task[None] | None = None

    async def get(self, key: Hashable, find_out: Callable[[], _Answer]) -> _Answer:
        """As `CoalescedAnswers.get`."""
        self._expect(key, find_out)
        return await self._coalesced.get(key, find_out)

    async def close(self) -> None:
        """Look after nothing any more."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching

    def _expect(self, key: Hashable, find_out: Callable[[], Any]) -> None:
        now = self._now()
        report = self._reports.pop(key, None) or _Report(find_out, -ASKED_WITHIN_S)
        report.is_expected = report.is_expected or now - report.asked_at < ASKED_WITHIN_S
        report.find_out, report.asked_at = find_out, now
        self._reports[key] = report
        while len(self._reports) > REPORTS_MAX:
            self._reports.popitem(last=False)
        if report.is_expected and (self._watching is None or self._watching.done()):
            self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """As long as anybody is expected to ask again."""
        while self._forget_silent():
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - who asks next is told what is the matter
                _log.debug("report_not_ready", error=str(error))
            await asyncio.sleep(LOOK_EVERY_S)

    def _forget_silent(self) -> bool:
        """Whether anybody is left."""
        since = self._now() - ASKED_WITHIN_S
        for key in [key for key, report in self._reports.items() if report.asked_at < since]:
            del self._reports[key]
        return any(report.is_expected for report in self._reports.values())

    async def _look(self) -> None:
        marks = await sync_to_thread(self._read_marks)
        for key, report in list(self._reports.items()):
            began_at = self._now()
            if not report.is_expected or report.marks == marks or began_at < report.due_at:
                continue
            report.marks = marks
            await self._coalesced.get(key, report.find_out)
            ended_at = self._now()
            report.due_at = ended_at + (ended_at - began_at) / SHARE_MAX
