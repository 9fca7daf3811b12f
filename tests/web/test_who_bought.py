"""Who bought: from a campaign's purchases to the orders, the people, and what is done with them."""

from __future__ import annotations

import csv
import io
import re
from typing import Any, Final

from playwright.sync_api import Locator, Page, expect

from config.tokens_file import Role
from tests.web.conftest import PHONE, Visit
from tests.web.odd_shops import ARABIC, SCRIPT
from tests.web.stack import Stack

PURCHASES: Final = "/v1/reports/purchases"


def best(stack: Stack) -> Any:
    """The campaign with the most purchases."""
    return max(stack.api("/v1/reports/campaigns")["campaigns"], key=lambda row: row["purchases"])


def bought(stack: Stack, row: Any) -> list[Any]:
    purchases: list[Any] = stack.api(PURCHASES, campaign=row["campaign"], channel=row["channel"])["purchases"]
    return purchases


def opener(page: Page, row: Any) -> Locator:
    """The number of purchases of a campaign, in its row."""
    return page.locator(f"[id='bought-{row['channel']}/{row['campaign']}']")


def opened(page: Page, row: Any) -> Locator:
    """The drawer, once its orders are there."""
    opener(page, row).click()
    drawer = page.get_by_role("dialog", name=row["campaign"])
    expect(drawer.get_by_role("table", name="Who bought").locator("tbody .asks").first).to_be_visible()
    return drawer


def test_the_purchases_of_a_campaign_open_its_orders_newest_first(stack: Stack, visit: Visit) -> None:
    row = best(stack)
    page = visit("#/campaigns")
    drawer = opened(page, row)

    expect(drawer).to_contain_text(f"{row['purchases']} orders")
    others = len(bought(stack, row)) - row["purchases"]
    expect(drawer.get_by_text(f"{others} in other currencies")).to_have_count(int(others > 0))
    assert row["revenue"] in (drawer.text_content() or "").replace(",", "")
    expect(drawer.locator(".buyers-order")).to_have_text([one["order"] for one in bought(stack, row)])
    for one in bought(stack, row):
        expect(drawer).to_contain_text(one["email"] or one["contact"])  # one in four gives no e-mail
    expect(page).to_have_url(re.compile("bought="))


def test_back_and_escape_close_it_and_focus_returns_to_the_number(stack: Stack, visit: Visit) -> None:
    row = best(stack)
    page = visit("#/campaigns?period=30d")
    opened(page, row)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener(page, row)).to_be_focused()
    expect(page).to_have_url(re.compile("period=30d$"))

    opened(page, row)
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile("period=30d$"))
    page.go_forward()
    expect(page.get_by_role("dialog", name=row["campaign"])).to_be_visible()


def test_a_link_to_it_opens_it_and_its_orders_lead_to_why(stack: Stack, visit: Visit) -> None:
    row = best(stack)
    page = visit(f"#/campaigns?bought={row['channel']}%2F{row['campaign']}")
    order = bought(stack, row)[0]["order"]
    page.get_by_role("link", name=order, exact=True).click()
    expect(page).to_have_url(re.compile(f"#/orders/{order}$"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_preview_shows_the_contacts_card(stack: Stack, visit: Visit) -> None:
    row = best(stack)
    page = visit("#/campaigns", role=Role.MARKETER)
    drawer = opened(page, row)
    first = bought(stack, row)[0]
    card = stack.api(f"/v1/contacts/{first['contact']}")
    eye = drawer.get_by_role("button", name="contact card").first
    eye.click()

    shown = page.locator(".contact_preview")
    expect(shown.locator(".contact_card")).to_be_visible()
    expect(shown).to_contain_text(first["contact"])
    assert card["revenue"][0]["amount"] in (shown.text_content() or "").replace(",", "")
    for order in card["orders"][:5]:
        expect(shown.get_by_role("link", name=order["order"], exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    expect(eye).to_be_focused()
    expect(drawer).to_be_visible()


def test_a_viewer_sees_orders_but_nobody(stack: Stack, visit: Visit) -> None:
    row = best(stack)
    page = visit("#/campaigns", role=Role.VIEWER)
    drawer = opened(page, row)

    expect(drawer).to_contain_text("Your role (viewer) does not show names, emails and phones.")
    expect(drawer.get_by_text("Hidden", exact=True)).to_have_count(len(bought(stack, row)))
    assert "@" not in (drawer.text_content() or "")
    for name in ("CSV", "Save as segment", "contact card"):
        expect(drawer.get_by_role("button", name=name)).to_have_count(0)


def test_a_csv_has_every_order_also_those_of_further_pages(stack: Stack, visit: Visit) -> None:
    row = best(stack)
    page = visit("#/campaigns")
    drawer = opened(page, row)
    # Pages of two: what more than a thousand orders need.
    page.route(
        "**/purchases?*limit=1000*",
        lambda route: route.continue_(url=route.request.url.replace("limit=1000", "limit=2")),
    )
    with page.expect_download() as waiting:
        drawer.get_by_role("button", name="CSV").click()

    saved = waiting.value.path().read_bytes().decode("utf-8-sig")
    assert [line["order"] for line in csv.DictReader(io.StringIO(saved))] == [
        one["order"] for one in bought(stack, row)
    ]
    assert re.fullmatch(r"purchases-acme-.*\.csv", waiting.value.suggested_filename)


def test_buyers_become_a_segment_under_a_name(stack: Stack, visit: Visit) -> None:
    row = best(stack)
    page = visit("#/campaigns", role=Role.MARKETER)
    drawer = opened(page, row)
    drawer.get_by_role("button", name="Save as segment").click()
    asked = page.get_by_role("dialog", name="Save as segment")
    expect(asked.get_by_label("Name")).to_be_focused()
    asked.get_by_label("Name").fill("  ")
    page.keyboard.press("Enter")
    expect(asked.get_by_role("alert")).to_have_text("Give it a name of 1 to 128 characters.")
    asked.get_by_label("Name").fill("spring, again")
    page.keyboard.press("Enter")

    contacts = len({one["contact"] for one in bought(stack, row) if one["contact"]})
    said = f"{row['purchases']} orders, {contacts} contacts saved as “spring, again”."
    expect(page.get_by_text(said).first).to_be_visible()
    expect(asked).to_have_count(0)
    expect(drawer).to_be_visible()
    listed = stack.api("/v1/segments")["segments"]
    assert [(one["name"], one["contacts"]) for one in listed] == [("spring, again", contacts)]

    drawer.get_by_role("button", name="Save as segment").click()
    asked.get_by_label("Name").fill("spring, again")
    expect(asked).to_contain_text("Takes the place of the segment of this name")


def test_what_markup_and_arabic_bought_is_text_on_a_phone_too(visit: Visit) -> None:
    page = visit("#/campaigns", account="odd", viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator("[id='bought-email/<script>alert(1)</script>']").click()
    drawer = page.get_by_role("dialog", name=SCRIPT)
    expect(drawer).to_contain_text(f"{SCRIPT} {ARABIC}")
    expect(drawer).to_contain_text("€12,345,678.90")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    drawer.get_by_role("button", name="contact card").click()
    expect(page.locator(".contact_card")).to_contain_text("s@shop.example")
