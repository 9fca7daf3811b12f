"""An order's why: the sentence, the line of time, the list of touches, and how the decision changed."""

from __future__ import annotations

import time
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from config.tokens_file import Role
from tests.reference.values import DAY_MS, HOUR_MS, moment_text
from tests.web.conftest import PHONE, Visit
from tests.web.stack import Stack

SHOP = "why"
NOW_MS = time.time_ns() // 1_000_000 - 2 * DAY_MS
ORDERED_MS = NOW_MS - NOW_MS % HOUR_MS


def _touch(message: str, channel: str, event: str, before_ms: int, **more: Any) -> dict[str, Any]:
    about = {"account": SHOP, "contact": "c1", "channel": channel, "event": event, "campaign": message}
    return {"type": "touch", **about, "message": message, "time": moment_text(ORDERED_MS - before_ms), **more}


def _order(order: str, status: str, after_ms: int, **more: Any) -> dict[str, Any]:
    about = {"account": SHOP, "order": order, "amount": "124.90", "currency": "EUR", "contact": "c1"}
    times = {"ordered_at": moment_text(ORDERED_MS), "time": moment_text(ORDERED_MS + after_ms)}
    return {"type": "order", **about, "status": status, **times, **more}


EVENTS: Final[list[dict[str, Any]]] = [
    {"type": "settings", "account": SHOP, "excluded_tags": ["service"], "by": "Iryna"}
    | {"effective_from": moment_text(ORDERED_MS - 30 * DAY_MS), "time": moment_text(ORDERED_MS - 30 * DAY_MS)},
    {"type": "contact", "account": SHOP, "contact": "c1", "first_name": "Olena", "last_name": "Kovalenko"}
    | {"time": moment_text(ORDERED_MS - 80 * DAY_MS)},
    {"type": "campaign", "account": SHOP, "channel": "email", "campaign": "spring-sale", "name": "Spring sale"}
    | {"time": moment_text(ORDERED_MS - 30 * DAY_MS)},
    _touch("spring-sale", "email", "clicked", 2 * HOUR_MS + 18 * 60_000),
    _touch("looked-at", "email", "opened", 3 * HOUR_MS),
    _touch("members-day", "viber", "opened", 7 * HOUR_MS),
    _touch("weekend", "webpush", "clicked", 25 * HOUR_MS),
    _touch("scanned", "email", "clicked", 5 * HOUR_MS, automated=True),
    _touch("notice", "sms", "delivered", 4 * HOUR_MS, tags=["service"]),
    _touch("chat", "telegram", "clicked", 1 * HOUR_MS),
    _touch("late", "email", "clicked", -HOUR_MS),
    _touch("ancient", "email", "clicked", 60 * DAY_MS),
    _order("o-1", "DELIVERED", HOUR_MS),
    _order("on/its?way#", "IN_PROGRESS", HOUR_MS),
    _order("cart", "ABANDONED_SHOPPING_CART", HOUR_MS),
]


@pytest.fixture(scope="module", autouse=True)
def _shop(stack: Stack) -> None:
    stack.send_counted(EVENTS)


def test_the_sentence_says_who_did_what_how_long_before(visit: Visit) -> None:
    page = visit("#/orders/o-1", account=SHOP)

    sentence = page.locator(".why-sentence")
    expect(sentence).to_have_text(
        "Credited to Spring sale by Email: Olena Kovalenko clicked the message 2h 18m before ordering."
        " It is the latest of 2 eligible touches."
    )
    expect(page.locator(".why-amount data")).to_have_attribute("value", "124.90")


def test_a_viewer_is_told_of_the_contact_not_of_its_name(visit: Visit) -> None:
    page = visit("#/orders/o-1", account=SHOP, role=Role.VIEWER)

    expect(page.locator(".why-sentence")).to_contain_text("the contact clicked the message")
    expect(page.get_by_text("Olena")).to_have_count(0)


def test_each_touch_has_its_reason(visit: Visit) -> None:
    page = visit("#/orders/o-1", account=SHOP)

    for campaign, reason in {
        "Spring sale": "Credited: the latest eligible touch",
        "looked-at": "Wrong event: for Email only a click counts",
        "members-day": "Eligible, but a later touch won",
        "weekend": "Outside the 12h window by 13h",
        "scanned": "A machine’s click, so it is ignored",
        "notice": "Excluded tag “service”",
        "chat": "Telegram has no settings, so it earns nothing",
        "late": "Came after the order",
    }.items():
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=campaign, exact=True))
        expect(row).to_contain_text(reason)


def test_what_lies_before_the_axis_is_shown_when_asked_for(visit: Visit) -> None:
    page = visit("#/orders/o-1", account=SHOP)
    more = page.locator(".touch_list-more")
    expect(more).to_contain_text("lies outside every window.")
    expect(page.get_by_text("ancient")).to_have_count(0)
    more.get_by_role("button", name="Show them").click()

    expect(page.locator(".touch_list tbody tr", has_text="ancient")).to_be_visible()


def test_marks_stand_by_time_and_the_window_ends_at_the_order(visit: Visit) -> None:
    page = visit("#/orders/o-1", account=SHOP)
    expect(page.locator(".touch_line-order")).to_be_visible()
    expect(page.locator(".touch_list tbody tr").first).to_be_visible()
    marks = page.locator(".touch_line-track .touch_mark")
    expect(marks).to_have_count(page.locator(".touch_list tbody tr").count())

    order_at, ends = page.locator(".touch_line").evaluate(_ORDER_AND_WINDOW_ENDS)
    assert ends
    assert all(abs(end - order_at) < 3 for end in ends)
    credited = page.locator(".touch_line-track .touch_mark.is-credited")
    expect(credited).to_have_count(1)
    expect(page.locator(".touch_list tr.is-chosen .touch_mark")).to_have_text(credited.inner_text())


_ORDER_AND_WINDOW_ENDS = """(line) => [
  line.querySelector(".touch_line-order").getBoundingClientRect().left,
  [...line.querySelectorAll(".touch_line-window")].map((band) => band.getBoundingClientRect().right),
]"""


def test_an_order_on_its_way_says_what_it_would_earn(visit: Visit) -> None:
    page = visit("#/orders/on%2Fits%3Fway%23", account=SHOP)

    expect(page.get_by_role("heading", name="Order on/its?way#")).to_be_visible()
    expect(page.locator(".why-sentence")).to_contain_text(
        "Not delivered yet: only a delivered order earns a campaign money."
    )
    expect(page.locator(".why-sentence")).to_contain_text("Once it is, it would be credited to Spring sale by Email")


def test_a_cancelled_order_says_whose_credit_was_taken_back(stack: Stack, visit: Visit) -> None:
    stack.send([_order("o-2", "DELIVERED", HOUR_MS)])
    stack.await_order("o-2", SHOP)
    page = visit("#/orders/o-2", account=SHOP)
    expect(page.locator(".decision_history-one").first).to_contain_text("Credited to Spring sale, Email")
    stack.send([_order("o-2", "CANCELLED", 2 * HOUR_MS)])

    stack.await_status("o-2", "CANCELLED", SHOP)
    page.reload()

    expect(page.locator(".why-sentence")).to_contain_text("Cancelled: the credit of Spring sale was taken back on")
    expect(page.locator(".decision_history-one")).to_have_count(2)


def test_the_settings_that_it_was_decided_by_are_named_with_who_made_them(visit: Visit) -> None:
    page = visit("#/orders/o-1", account=SHOP)

    expect(page.locator(".why-settings")).to_contain_text("by Iryna. Excluded tag: service.")


def test_the_list_calls_campaigns_by_their_names(visit: Visit) -> None:
    page = visit("#/orders", account=SHOP)

    credit = (
        page.get_by_role("row").filter(has=page.get_by_role("link", name="o-1", exact=True)).locator(".orders-credit")
    )
    expect(credit).to_contain_text("Spring sale")


def test_an_order_that_nobody_told_of(visit: Visit) -> None:
    page = visit("#/orders/104999", account=SHOP)

    expect(page.get_by_text("Nobody has told lasttouch about order 104999.")).to_be_visible()


def test_on_a_phone_the_line_stands_upright_with_the_order_on_top(visit: Visit) -> None:
    page = visit("#/orders/o-1", account=SHOP, viewport=PHONE)
    first = page.locator(".touch_column > li").first
    expect(first).to_contain_text("Ordered")

    expect(page.get_by_text("Email’s 24h window begins")).to_be_visible()
    expect(page.locator(".touch_line")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
