"""A rebuild in the engine: the orders of one key group after the other, never all at once.

With several workers each takes what has come to it meanwhile, which may be more.
"""

from __future__ import annotations

from collections.abc import Sequence

from bytewax import operators as op
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.testing import TestingSink, cluster_main

from config.stopping import StopRequest
from connectors.sources.rebuild import RebuildSource
from connectors.sources.replay import EmitGroup, Start
from dataflows.flow.by_contact import ContactItem, touches_to_contacts
from state.key_groups import GROUP_KEYS

IN_FLIGHT_MAX = 4
"""Key groups; the engine may hand on a little before what was handed on has arrived."""


class _Emitting(StatefulBatchLogic[ContactItem, str, None]):
    """A key group that says when it emits, and the test what has arrived until then."""

    def __init__(self, woken: list[ContactItem], emitted: list[EmitGroup], arrived: list[str]) -> None:
        self._woken, self._emitted, self._arrived = woken, emitted, arrived

    def on_batch(self, values: list[ContactItem]) -> tuple[Sequence[str], bool]:
        self._woken += [value for value in values if isinstance(value, Start)]
        groups = [value for value in values if isinstance(value, EmitGroup)]
        self._emitted += groups
        assert len(self._emitted) - len(self._arrived) <= IN_FLIGHT_MAX
        return [GROUP_KEYS[group.number] for group in groups], StatefulBatchLogic.RETAIN

    def snapshot(self) -> None:
        return None


def test_the_orders_of_a_few_key_groups_are_under_way_at_once() -> None:
    woken: list[ContactItem] = []
    emitted: list[EmitGroup] = []
    arrived: list[str] = []
    left_the_flow: list[tuple[str, str]] = []

    def arrive(item: tuple[str, str]) -> tuple[str, str]:
        arrived.append(item[1])
        return item

    flow = Dataflow("rebuild")
    groups = op.flat_map_batch("groups", op.input("in", flow, RebuildSource(StopRequest())), touches_to_contacts)
    emitting = op.stateful_batch("emit", groups, lambda _state: _Emitting(woken, emitted, arrived))
    op.output("out", op.map("arrive", emitting, arrive), TestingSink(left_the_flow))
    cluster_main(flow, [], 0, worker_count_per_proc=1)
    assert len(woken) == len(GROUP_KEYS)
    assert sorted(left_the_flow) == [(key, key) for key in sorted(GROUP_KEYS)]
