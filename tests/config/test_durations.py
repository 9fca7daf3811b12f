"""Lengths of time as operators write them."""

from __future__ import annotations

import pytest

from config.durations import duration_ms
from config.errors import UserError


@pytest.mark.parametrize(
    ("text", "ms"),
    [("0", 0), ("90s", 90_000), ("5m", 300_000), ("24h", 86_400_000), (" 7d ", 604_800_000), ("1w", 604_800_000)],
)
def test_a_number_and_a_unit(text: str, ms: int) -> None:
    assert duration_ms("--forget-after", text) == ms


@pytest.mark.parametrize("text", ["", "24", "1.5h", "-1h", "h", "1y", "٢h", "9999999999d"])
def test_anything_else_is_refused_with_its_name_the_value_and_the_fix(text: str) -> None:
    with pytest.raises(UserError) as refused:
        duration_ms("--forget-after", text)
    assert str(refused.value).startswith(f"--forget-after: {text!r} is no length of time; give ")
