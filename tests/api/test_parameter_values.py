"""What parameters may be that are no free text, and what is said of what they may not be."""

from __future__ import annotations

import pytest

from api.parameter_values import OneOf, WholeNumber
from tests.api.asking import Asker

LIMIT = WholeNumber(1, 1_000)
FORM = OneOf(("json", "csv"))


@pytest.mark.parametrize("text", ["1", "7", "12", "1000"])
def test_a_whole_number_within_its_bounds(text: str) -> None:
    assert LIMIT.complaint(text) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("0", "'0' is not from 1 to 1000"),
        ("1001", "'1001' is not from 1 to 1000"),
        ("-1", "'-1' is not from 1 to 1000"),
        ("9" * 5_000, f"'{'9' * 40}' is not from 1 to 1000"),
        ("", "'' is no whole number; give one from 1 to 1000"),
        ("null", "'null' is no whole number; give one from 1 to 1000"),
        ("1.0", "'1.0' is no whole number; give one from 1 to 1000"),
        ("1e2", "'1e2' is no whole number; give one from 1 to 1000"),
        ("+1", "'+1' is no whole number; give one from 1 to 1000"),
        ("0012", "'0012' begins with a zero; write 12"),
        ("1_0", "'1_0' is no whole number; give one from 1 to 1000"),
        ("٣", "'٣' is no whole number; give one from 1 to 1000"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_whole_number_within_its_bounds(text: str, complaint: str) -> None:
    assert LIMIT.complaint(text) == complaint


@pytest.mark.parametrize("text", ["", "null", "CSV", "csv ", "xml"])
def test_a_word_is_one_of_some(text: str) -> None:
    assert FORM.complaint("csv") is None
    assert FORM.complaint(text) == f"{text!r} is not one of json, csv"


@pytest.mark.parametrize("text", ["1001", "0012"])
@pytest.mark.parametrize("report", ["orders", "purchases", "campaigns"])
def test_the_complaint_is_answered_under_the_parameters_name(api: Asker, report: str, text: str) -> None:
    campaign = {"campaign": "a"} if report == "purchases" else {}
    answer = api.get(f"/v1/reports/{report}", params={"limit": text, **campaign})
    complaint = LIMIT.complaint(text)
    assert answer.json()["detail"] == f"limit: {complaint}"
    assert answer.json()["errors"] == [{"field": "limit", "message": complaint}]
