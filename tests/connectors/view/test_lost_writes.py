"""A write that Redis took and lost again, before the mark of it was set: an older dump that came back in between."""

from __future__ import annotations

import pytest
import redis

from config.stopping import StopRequest
from connectors.view.account_writes import AccountWrites
from connectors.view.inbox import Delivery
from connectors.view.layout import text_of
from connectors.view.loss_check import ViewMark
from connectors.view.placement import ViewInPlace
from connectors.view.sink import sink_partition
from connectors.view.view_writer import Phase, ViewWriter
from connectors.view.writes import ViewLost
from tests.connectors.view.view_writes import DAY, in_place


class LosesWhatItWrites:
    """The view of a server that is back at an older dump as soon as a write has been answered."""

    holds_in_memory = True

    def __init__(self, view: ViewInPlace, client: redis.Redis) -> None:
        self._view, self._client = view, client
        self._dump: dict[str, bytes] = {}

    def dump(self) -> None:
        keys = map(text_of, self._client.scan_iter())
        self._dump = {key: value for key in keys if (value := self._client.dump(key)) is not None}

    def write(self, account: str, writes: AccountWrites, epoch: int) -> None:
        self._view.write(account, writes, epoch)
        if self._dump:
            self._client.flushall()
            for key, value in self._dump.items():
                self._client.restore(key, 0, value)

    def note_unsettled(self, account: str, writes: AccountWrites, epoch: int) -> None:
        self._view.note_unsettled(account, writes, epoch)

    def settle(self, account: str, below: int) -> None:
        self._view.settle(account, below)

    def drop_stale(self, emitted: dict[str, AccountWrites]) -> set[str]:
        return self._view.drop_stale(emitted)

    def show(self) -> LosesWhatItWrites:
        return self


def test_it_is_found_out(valkey: redis.Redis) -> None:
    mark = ViewMark(valkey, StopRequest(), partition=sink_partition("acme"), run=1, store="store")
    mark.begin()
    view = LosesWhatItWrites(in_place(valkey).show(), valkey)
    writer = ViewWriter(view, mark, Phase.LIVE, (), 0)
    writer.accept(_row("o1"))
    view.dump()
    with pytest.raises(ViewLost):
        writer.accept(_row("o2"))


def _row(order: str) -> Delivery:
    writes = AccountWrites()
    writes.put_row(DAY, order, 0, b"{}")
    return Delivery({"acme": writes})
