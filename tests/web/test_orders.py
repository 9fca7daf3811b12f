"""Orders: what they come to by status, the list of them, and how one is found."""

from __future__ import annotations

import re
import time
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from config.tokens_file import Role
from tests.reference.values import moment_text
from tests.web.conftest import PHONE, Visit
from tests.web.stack import Stack


def _amount(page: Page, key: str) -> Decimal:
    return Decimal(page.locator(f".equation-term[data-key={key}] data").get_attribute("value") or "")


def test_the_total_is_written_as_the_sum_of_three_statuses(stack: Stack, visit: Visit) -> None:
    totals = stack.api("/v1/reports/orders")["totals"]
    page = visit("#/orders")
    expect(page.locator(".equation-term[data-key=total] data")).to_have_attribute("value", totals["total"]["amount"])

    terms = [_amount(page, key) for key in ("initialized", "in_progress", "delivered")]
    assert sum(terms) == _amount(page, "total")
    assert terms == [Decimal(totals[key]["amount"]) for key in ("initialized", "in_progress", "delivered")]
    apart = page.locator(".equation-apart")
    for key in ("cancelled", "refunded", "contact_unknown"):
        expect(apart.locator(f"data[value='{totals[key]['amount']}']").first).to_be_visible()


@pytest.mark.parametrize("by", ["hover", "focus", "touch"])
def test_a_status_says_what_it_means_and_what_it_is_made_of(stack: Stack, visit: Visit, by: str) -> None:
    channels = stack.api("/v1/reports/channels")
    page = visit("#/orders", has_touch=by == "touch")
    term = page.locator(".equation-term[data-key=delivered]")
    expect(term.locator("data:not(.awaited)")).to_be_visible()
    detail = page.get_by_role("tooltip")
    if by == "hover":
        term.hover()
    elif by == "focus":
        page.locator(".equation-term[data-key=in_progress]").focus()
        page.keyboard.press("Tab")
    else:
        term.tap()

    expect(detail).to_contain_text("Only these can earn a campaign money.")
    expect(detail).to_contain_text("Credited to campaigns")
    expect(detail).to_contain_text(str(channels["unattributed"]["purchases"]))
    if by == "focus":
        page.keyboard.press("Escape")
        expect(detail).to_be_hidden()


def test_a_status_alone_is_listed_and_stands_in_the_address(stack: Stack, visit: Visit) -> None:
    cancelled = stack.api("/v1/reports/orders", status="CANCELLED")["orders"]
    page = visit("#/orders")
    page.get_by_role("tab", name="Cancelled").click()

    expect(page).to_have_url(re.compile("status=CANCELLED"))
    expect(page.locator(".orders-id")).to_have_text([row["order"] for row in cancelled])


def test_an_order_is_found_by_its_id_whatever_its_day(stack: Stack, visit: Visit) -> None:
    old = stack.api("/v1/reports/orders")["orders"][-1]["order"]
    page = visit("#/orders?period=today")
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type(f"{old}\n")

    expect(page.locator(".orders-id")).to_have_text([old])
    page.get_by_label("Search an order by its id").fill("nobody-knows")
    expect(page.get_by_text("Nobody has told lasttouch about order nobody-knows.")).to_be_visible()
    page.get_by_role("button", name="Clear the search").click()
    expect(page.get_by_text("nobody-knows")).to_be_hidden()


def test_pages_follow_each_other_while_one_reads_on(stack: Stack, visit: Visit) -> None:
    every = stack.api("/v1/reports/orders", limit=1_000)["orders"]
    assert len(every) > 100
    page = visit("#/orders")
    rows = page.locator(".orders-id")
    expect(rows).to_have_count(100)
    page.keyboard.press("End")

    expect(rows).to_have_text([row["order"] for row in every])


def test_orders_that_come_meanwhile_wait_behind_a_button(stack: Stack, visit: Visit) -> None:
    page = visit("#/orders", account="newcomer")
    expect(page.get_by_text("No order was made in this period.")).to_be_visible()
    stack.send([_order("newcomer", "first")])
    page.get_by_role("button", name="1 newer order").click()

    expect(page.locator(".orders-id")).to_have_text(["first"])
    stack.send([_order("newcomer", "second")])
    expect(page.get_by_role("button", name="1 newer order")).to_be_visible()
    expect(page.locator(".orders-id")).to_have_text(["first"])
    expect(page.locator(".equation-term[data-key=total]")).to_contain_text("2 orders")


def test_a_viewer_sees_no_preview_and_no_export(stack: Stack, visit: Visit) -> None:
    page = visit("#/orders", role=Role.VIEWER)
    expect(page.locator(".orders-id").first).to_be_visible()

    expect(page.get_by_role("button", name="Export CSV")).to_have_count(0)
    expect(page.locator(".orders-eye")).to_have_count(0)


@pytest.mark.parametrize("account", ["odd", "yen", "dinar"])
def test_great_amounts_and_odd_names_fit_on_a_phone(visit: Visit, account: str) -> None:
    page = visit("#/orders", account=account, viewport=PHONE)
    expect(page.locator(".order_item").first).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def _order(account: str, order: str) -> dict[str, str]:
    at = moment_text(time.time_ns() // 1_000_000)
    return {
        "type": "order",
        "account": account,
        "order": order,
        "contact": "c1",
        "status": "DELIVERED",
        "amount": "10.00",
        "currency": "EUR",
        "ordered_at": at,
        "time": at,
    }
