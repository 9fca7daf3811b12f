"""Orders that kernels read of their lines are those that Python reads, to the byte and in the same order."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decoding.joined_lines import joined
from connectors.sources.raw_lines import Lines
from state.events import STATUSES, At
from state.order_batches import unpack_order_batch
from tests.examples import examples
from tests.kernels import touch_texts
from tests.kernels.order_texts import LINES, plain_orders
from tests.kernels.test_kernel_decoder import KERNELS, READ_MS, assert_alike, left_to_python, touch
from tests.reference.broken_lines import ORDER, PARTIAL


def order(**changes: object) -> bytes:
    return json.dumps(ORDER | changes).encode()


@settings(max_examples=examples(1_000))
@given(raws=st.lists(LINES | touch_texts.LINES, max_size=12))
def test_any_lines_become_the_same_orders(raws: list[bytes]) -> None:
    assert_alike(raws)


@given(raws=st.lists(plain_orders(), min_size=1, max_size=30))
def test_usual_orders_are_not_left_to_python(raws: list[bytes]) -> None:
    assert left_to_python(raws) == []
    assert_alike(raws)


@given(raws=st.lists(plain_orders(), min_size=1, max_size=20), data=st.data())
def test_orders_keep_where_they_stood_however_that_is_said(raws: list[bytes], data: st.DataObject) -> None:
    numbers = st.integers(0, 2**63 - 1) | st.sampled_from([0, 127, 128, 255, 256, 65_535, 65_536, 2**32])
    places = st.one_of(numbers, st.tuples(numbers, st.integers(1, 70_000)))
    ats: Sequence[At] = data.draw(st.lists(places, min_size=len(raws), max_size=len(raws), unique=True))
    assert_alike(raws, ats)


def test_an_order_that_python_reads_stands_between_those_that_kernels_read() -> None:
    """A replay is to pass the same states, whatever its batches are."""
    raws = [order(), json.dumps(PARTIAL).encode(), order(amount="11.00"), order(items=[{"sku": "a"}]), order()]
    assert left_to_python(raws) == [raws[1], raws[3]]
    [(_, packed)] = KERNELS.decode(joined(Lines("orders", 0, raws, range(7, 12)), READ_MS)).orders
    assert [received.at for received in unpack_order_batch(packed).received] == [7, 8, 9, 10, 11]
    assert_alike(raws)


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_usual(status: str) -> None:
    assert left_to_python([order(status=status)]) == []
    assert left_to_python([order(status=status[:-1] + "_")]) != []


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.5", "EUR", 1_250),
        (13.5, "EUR", 1_350),
        ("12.", "EUR", 1_200),
        (".5", "EUR", 50),
        ("007", "JPY", 7),
        ("1.234", "BHD", 1_234),
        ("1.2345", "UYW", 12_345),
        ("9" * 16 + ".99", "EUR", 10**18 - 1),
    ],
)
def test_amounts_are_minor_units_of_their_currency(amount: object, currency: str, minor: int) -> None:
    raw = order(amount=amount, currency=currency)
    assert left_to_python([raw]) == []
    [(_, packed)] = KERNELS.decode(joined(Lines("orders", 0, [raw], [0]), READ_MS)).orders
    [received] = unpack_order_batch(packed).received
    assert received.order.amount == minor


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(PARTIAL).encode(),
        order(contact=None),
        order(contact=" ann"),
        order(order="Ї1"),
        order(email=" "),
        order(email=""),
        order(items=[]),
        order(partial=False),
        order(amount="10.000"),
        order(amount="-1.00"),
        order(amount=10**19),
        order(currency="XAU"),
        order(refunded="10.01"),
        order(status="SHIPPED"),
        order(time="2026-03-01T10:00:60Z"),
        order(ordered_at="1969-12-31T23:59:59Z"),
        order(note="unknown"),
        order()[:-1] + b', "contact": "c2"}',
        order() + b"{}",
        order()[:-1],
    ],
)
def test_what_is_rare_or_wrong_is_left_to_python_and_the_lines_around_it_are_not(raw: bytes) -> None:
    raws = [order(), raw, touch(), order(order="o2")]
    assert left_to_python(raws) == [raw]
    assert_alike(raws)
