"""What the page knows by itself of currencies."""

from __future__ import annotations

import re

from state.money import DIGITS
from tests.house.sources import ROOT


def test_the_page_offers_the_currencies_that_reports_can_be_in() -> None:
    text = (ROOT / "web/page/currencies.js").read_text()

    assert set(re.findall(r"\b[A-Z]{3}\b", text.split("const CODES")[1].split(";")[0])) == set(DIGITS)
