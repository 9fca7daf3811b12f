"""What the demo says of the made-up shop."""

from __future__ import annotations

import pytest

from cli.demo.view import orders_in_words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "no order"), (1, "1 order"), (2, "2 orders"), (1_234, "1,234 orders")]
)
def test_one_order_is_no_orders(count: int, words: str) -> None:
    assert orders_in_words(count) == words
