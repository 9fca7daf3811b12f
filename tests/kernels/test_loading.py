"""Kernels that are loaded can be called by whoever has been given one of them."""

from __future__ import annotations

from kernels.loading import load
from kernels.tables import Tables
from state.ledger import Counted, OrderKind
from state.order_sums import pack_changes, unpack_sums


def test_a_kernel_lives_as_long_as_somebody_may_call_it() -> None:
    sum_orders = Tables(load()).sum_orders  # nobody has the others, nor what they are loaded with
    bought = Counted(OrderKind(1, None, "DELIVERED", "EUR", False, False, "email", "spring"), 990, 0)
    summed = sum_orders(pack_changes([("acme", bought, 1)])["acme"], 1)
    assert summed is not None
    assert [one.amount for one in unpack_sums(summed)[1]] == [990]
