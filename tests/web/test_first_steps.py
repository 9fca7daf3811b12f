"""An account that nobody has told anything: what to connect, ticked as the first events come."""

from __future__ import annotations

import time

import httpx
from playwright.sync_api import expect

from config.tokens_file import Role
from tests.reference.values import moment_text
from tests.waiting import PATIENCE_S
from tests.web.conftest import Visit
from tests.web.stack import Stack


def test_it_says_where_to_send_what_and_ticks_it_when_it_has_come(stack: Stack, visit: Visit) -> None:
    page = visit(account="fresh")
    expect(page.get_by_role("heading", name="Three things to connect")).to_be_visible()
    expect(page.locator("header")).to_contain_text("Waiting for the first event")
    messages, orders, sale = (page.locator("ol > li").nth(number) for number in range(3))
    expect(messages).to_contain_text(f"{stack.url}/v1/events")
    expect(sale).to_contain_text("Email: a click within 24 hours. SMS: delivered within 48 hours.")

    at = moment_text(time.time_ns() // 1_000_000 - 60_000)
    refused = {"type": "touch", "channel": "email", "time": at}
    post(stack, {**refused, "event": "kicked"}, status=207)
    expect(page.get_by_role("heading", name="Last refused")).to_be_visible()

    touch = {"contact": "c1", "event": "clicked", "campaign": "hello", "message": "m1"}
    post(stack, {**refused, **touch})
    expect(messages).to_contain_text("Connected")
    expect(orders).to_contain_text("Waiting for the first order")

    money = {"status": "DELIVERED", "amount": "49.90", "currency": "EUR"}
    post(stack, {"type": "order", "order": "1", "contact": "c1", "ordered_at": at, "time": at, **money})
    expect(page.get_by_text("49.90").first).to_be_visible()
    expect(page.get_by_role("heading", name="Three things to connect")).to_have_count(0)


def post(stack: Stack, event: dict[str, str], status: int = 200) -> None:
    """As the account's shop sends it."""
    headers = {"Authorization": f"Bearer {stack.tokens['fresh', Role.INGEST]}"}
    answer = httpx.post(f"{stack.url}/v1/events", json=event, headers=headers, timeout=PATIENCE_S)
    assert answer.status_code == status, answer.text
