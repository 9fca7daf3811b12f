"""The one writer of a sink partition: what waits until the stream has caught up, and when it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec

from connectors.view.account_writes import AccountWrites
from connectors.view.inbox import Delivery, merge
from connectors.view.loss_check import NO_MARK, Mark, ViewMark
from connectors.view.placement import View


class Phase(StrEnum):
    """Where the writer is. It only ever goes on, from one to the next."""

    HOLDING = "holding"
    """Readers see what an earlier run has shown: writes are kept in memory, or aside under other keys."""
    RELEASING = "releasing"
    """The stream has caught up: what was held back takes its place."""
    LIVE = "live"
    """Writes go where readers see them."""


class SinkState(msgspec.Struct, frozen=True, array_like=True):
    """What the recovery store keeps of a sink partition, once an epoch is complete."""

    epoch: int = 0
    """The number of the epoch that begins then."""
    mark: Mark = NO_MARK
    """What Redis has to have, at least (`connectors.view.loss_check`)."""


class ViewWriter:
    """HOLDING until all that comes of the replay has been given, then RELEASING, then LIVE."""

    def __init__(
        self,
        view: View,
        mark: ViewMark,
        phase: Phase,
        awaits: Iterable[str],
        epoch: int,
        *,
        when_passed: Callable[[], None] | None = None,
    ) -> None:
        """`awaits`: whose barriers are behind all that. `epoch`: the number of the partition's first epoch.

        `when_passed`: called when all that has been written of a view that holds nothing back.
        """
        self._when_passed = when_passed
        self._view = view
        self._mark = mark
        self.phase = phase
        self._awaits = set(awaits)
        self._epoch = epoch
        self._held: dict[str, AccountWrites] = {}
        self._unsettled: dict[str, int] = {}
        """Account → the last epoch in which a row of it was written, while rows of it are unsettled."""

    def accept(self, delivery: Delivery) -> SinkState | None:
        """Take what the stream has given; the state to be kept, where that completes an epoch.

        Waits while Redis is away. Raises `ViewLost`, `Fenced`, and `Stopped`.
        """
        self._awaits -= delivery.passed
        if self.phase is Phase.HOLDING and self._view.holds_in_memory:
            self._hold(delivery.writes)
        else:
            self._write(delivery.writes)
        if self.phase is Phase.HOLDING and not self._awaits:
            self._release()
        if self._when_passed is not None and not self._awaits:
            self._when_passed()
            self._when_passed = None
        if delivery.has_tick:
            self._mark.check(is_shown=self._view.holds_in_memory)
        return self._complete_epoch() if delivery.closes_epoch else None

    def _hold(self, writes: dict[str, AccountWrites]) -> None:
        """Keep writes back. Their rows are unsettled from here on: after a crash nothing else makes them again."""
        with_rows = [account for account, of_account in writes.items() if of_account.rows]
        if with_rows:
            self._mark.advance(is_shown=True)
            for account in with_rows:
                self._view.note_unsettled(account, writes[account], self._epoch)
            self._mark.advance(is_shown=True)
        merge(self._held, writes)

    def _write(self, writes: dict[str, AccountWrites]) -> None:
        if not writes:
            return
        self._mark.advance(is_shown=self._view.holds_in_memory)
        for account, of_account in writes.items():
            self._view.write(account, of_account, self._epoch)
            if of_account.rows:
                self._unsettled[account] = self._epoch
        self._mark.advance(is_shown=self._view.holds_in_memory)

    def _complete_epoch(self) -> SinkState:
        if self.phase is Phase.LIVE or not self._view.holds_in_memory:
            # The engine stores the state of an epoch only later; that of the one before is stored by now.
            self._settle(self._epoch - 1)
        self._epoch += 1
        return SinkState(self._epoch, self._mark.value)

    def _release(self) -> None:
        self.phase = Phase.RELEASING
        self._unsettled |= dict.fromkeys(self._view.drop_stale(self._held), self._epoch)
        held, self._held = self._held, {}
        self._write(held)
        self._view = self._view.show()
        self.phase = Phase.LIVE
        self._mark.check(is_shown=True)

    def _settle(self, below: int) -> None:
        """Rows written before epoch `below` are in a snapshot that is stored."""
        for account, last in list(self._unsettled.items()):
            self._view.settle(account, below)
            if last < below:
                del self._unsettled[account]
