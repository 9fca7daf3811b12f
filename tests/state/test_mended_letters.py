"""What was refused goes in again when it fits: put right by hand, or because its time has come."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from state.dead_letters import MAX_EVENT_BYTES, dead_letter, encode
from state.mended_letters import NO_LETTER, StillRefused, read_letter
from state.mended_letters import mended_event as mended
from state.times import DAY_MS, parse_time

NOW = parse_time("2026-11-20T12:00:00Z")
ORDER: dict[str, Any] = {
    "type": "order",
    "account": "acme",
    "order": "o1",
    "contact": "c1",
    "status": "DELIVERED",
    "amount": "10.00",
    "currency": "EUR",
    "ordered_at": "2026-11-19T12:00:00Z",
    "time": "2026-11-19T12:00:00Z",
}


def mended_event(line: bytes, now_ms: int, *, with_too_late: bool = False) -> bytes | StillRefused:
    letter = read_letter(line)
    return letter if isinstance(letter, StillRefused) else mended(letter, now_ms, with_too_late=with_too_late)


def letter(raw: bytes, code: Any = "missing") -> bytes:
    return encode(dead_letter("orders", 3, 17, raw, code, "amount: is missing"))


def order(**changed: Any) -> bytes:
    return json.dumps({**ORDER, **changed}).encode()


def test_an_event_that_fits_goes_in_as_it_stands_in_the_letter() -> None:
    assert mended_event(letter(order()), NOW) == order()


def test_an_event_whose_time_has_come_fits() -> None:
    ahead = order(time="2026-11-23T12:00:00Z")
    assert mended_event(letter(ahead, "in_future"), NOW) == StillRefused("in_future")
    assert mended_event(letter(ahead, "in_future"), NOW + 3 * DAY_MS) == ahead


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (order(amount=None), "missing"),
        (order(currency="XXL"), "unknown_currency"),
        (order(time="yesterday"), "bad_time"),
        (b"{", "bad_json"),
        (b"[]", "not_an_object"),
        (order(first_name="n" * MAX_EVENT_BYTES), "too_large"),
    ],
)
def test_what_does_not_fit_is_refused_by_what_is_wrong_with_it_today(raw: bytes, code: str) -> None:
    assert mended_event(letter(raw, "wrong_type"), NOW) == StillRefused(code)


def test_an_event_laid_out_over_several_lines_by_hand_is_one_line() -> None:
    laid_out = json.dumps(ORDER, indent=2).replace("\n", "\r\n").encode()
    event = mended_event(letter(laid_out), NOW)
    assert isinstance(event, bytes)
    assert b"\n" not in event
    assert json.loads(event) == ORDER


def test_an_event_that_was_no_utf_8_and_has_been_put_right_fits() -> None:
    mended = {"code": "bad_json", "reason": "not UTF-8", "raw_base64": base64.b64encode(order()).decode()}
    assert mended_event(json.dumps(mended).encode(), NOW) == order()


def test_what_came_too_late_goes_in_only_where_asked_for() -> None:
    late = letter(order(), "too_late")
    assert mended_event(late, NOW) == StillRefused("too_late")
    assert mended_event(late, NOW, with_too_late=True) == order()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"code": "too_large", "reason": "…", "raw": order().decode(), "length": 2_000_000}, "too_large"),
        ({"code": "missing", "reason": "its contact was erased"}, "missing"),
        ({"code": "bad_json", "reason": "…", "raw_base64": "?"}, "bad_json"),
        (ORDER, NO_LETTER),
        ("no letter at all", NO_LETTER),
    ],
)
def test_a_letter_that_holds_no_whole_event_stays(line: object, code: str) -> None:
    assert mended_event(json.dumps(line).encode(), NOW) == StillRefused(code)
