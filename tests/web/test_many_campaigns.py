"""A shop of thousands of campaigns is told their names wherever orders name them by their ids."""

from __future__ import annotations

import time
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Visit
from tests.web.many_campaigns import SELLING, many_campaigns, name_of
from tests.web.stack import Stack

pytestmark = pytest.mark.browser

SHOP: Final = "many"
NEWEST: Final = SELLING - 1


@pytest.fixture(scope="module", autouse=True)
def _shop(stack: Stack) -> None:
    stack.send_counted(many_campaigns(SHOP, time.time_ns() // 1_000_000))


def test_the_list_of_orders_names_the_campaign_that_each_is_expected_at(visit: Visit) -> None:
    page = visit("#/orders", account=SHOP)
    for number in (0, NEWEST):
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=f"m-{number}", exact=True))
        expect(row.locator(".orders-credit .orders-name")).to_have_text(name_of(number))


def test_an_order_says_by_name_where_it_is_expected(visit: Visit) -> None:
    page = visit(f"#/orders/m-{NEWEST}", account=SHOP)
    expect(page.locator(".why-sentence")).to_contain_text(name_of(NEWEST))


def test_the_latest_orders_name_campaigns_that_the_stream_does_not(visit: Visit) -> None:
    page = visit("#/", account=SHOP)
    expect(page.locator(".feed-name").first).to_have_text(name_of(NEWEST))
