"""Campaigns: a period's campaigns beside each other, found, sorted, copied and exported."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page, expect

from config.tokens_file import Role
from tests.waiting import await_that
from tests.web.amounts_shown import percent
from tests.web.conftest import PHONE, Visit
from tests.web.odd_shops import ARABIC, SCRIPT, SLASHED, WIDE
from tests.web.sales import sale
from tests.web.stack import Stack

CAMPAIGNS: Final = "/v1/reports/campaigns"


def rows_of(page: Page) -> Locator:
    """The rows of the campaigns table, once they have come."""
    return page.get_by_role("table", name="Campaigns").locator("tbody:not(.table-sizer) tr:not(.table-waiting)")


def names_of(page: Page) -> list[tuple[str, str]]:
    """Channel and campaign of each row, as shown."""
    rows = rows_of(page).evaluate_all("rows => rows.map((row) => [row.cells[1].textContent, row.cells[0].textContent])")
    return [(channel, campaign) for channel, campaign in rows]


def column(page: Page, head: str) -> list[str]:
    """What stands in a column, row by row."""
    heads = page.locator(".table-heads > *").all_text_contents()
    place = next(index for index, text in enumerate(heads) if text.lstrip("↓↑").startswith(head))
    texts: list[str] = rows_of(page).evaluate_all(f"rows => rows.map((row) => row.cells[{place}].textContent)")
    return texts


def plain(text: str) -> str:
    """€1,234.50 → 1234.50."""
    return re.sub(r"[^\d.]", "", text)


def figure(page: Page, label: str) -> str:
    """A figure at the head of the view."""
    named = page.locator(".headline-figure").filter(has=page.get_by_text(label, exact=True))
    expect(named.locator(".awaited")).to_have_count(0)
    expect(named.locator(".headline-value")).not_to_be_empty()
    return named.locator(".headline-value").text_content() or ""


def of_channel(report: Any, channel: str) -> list[Any]:
    return [row for row in report["campaigns"] if row["channel"] == channel]


def test_the_table_shows_what_the_report_says_in_its_order(stack: Stack, visit: Visit) -> None:
    report = stack.api(CAMPAIGNS)
    page = visit("#/campaigns")
    expect(rows_of(page)).to_have_count(len(report["campaigns"]))

    assert [name for _, name in names_of(page)] == [row["name"] or row["campaign"] for row in report["campaigns"]]
    for head, key in (("Sent", "sent"), ("Clicked", "clicked"), ("Purchases", "purchases")):
        assert [plain(text) for text in column(page, head)] == [str(row[key]) for row in report["campaigns"]]
    assert [plain(text) for text in column(page, "Revenue")] == [row["revenue"] for row in report["campaigns"]]
    rates = [row["purchase_to_click_rate"] for row in report["campaigns"]]
    shown = ["–none" if rate is None else f"{Decimal(rate) * 100:,.2f}%" for rate in rates]
    assert column(page, "Purchase to click") == shown


def test_the_figures_above_are_the_sums_of_the_table(stack: Stack, visit: Visit) -> None:
    total = stack.api(CAMPAIGNS)["total"]
    page = visit("#/campaigns")

    assert plain(figure(page, "Revenue from campaigns")) == total["revenue"]
    assert plain(figure(page, "Purchases")) == str(total["purchases"])
    assert plain(figure(page, "Average check")) == total["average_check"]
    assert figure(page, "Campaigns").endswith(str(total["campaigns"]))
    assert plain(page.locator(".headline-note").first.text_content() or "") == total["expected_revenue"]
    expect(page.locator("tfoot")).to_contain_text(f"All {total['campaigns']} campaigns")
    assert total["revenue"] in (page.locator("tfoot").text_content() or "").replace(",", "")


def test_a_channels_tab_shows_its_campaigns_and_their_sums(stack: Stack, visit: Visit) -> None:
    total = stack.api(CAMPAIGNS, channel="email")["total"]
    page = visit("#/campaigns")
    page.get_by_role("tab", name="Email").click()

    expect(rows_of(page)).to_have_count(total["campaigns"])
    assert plain(figure(page, "Revenue from campaigns")) == total["revenue"]
    assert {channel for channel, _ in names_of(page)} == {"Email"}
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="SMS")).to_be_focused()
    expect(page).to_have_url(re.compile("channel=sms"))


def test_a_head_sorts_and_says_so_and_the_address_keeps_it(visit: Visit) -> None:
    page = visit("#/campaigns")
    expect(rows_of(page).first).to_be_visible()
    head = page.get_by_role("columnheader", name="Clicked")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(head.get_by_role("button")).to_be_focused()
    clicked = [int(plain(text)) for text in column(page, "Clicked")]
    assert clicked == sorted(clicked, reverse=True)

    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    page.reload()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(rows_of(page).first).to_be_visible()
    assert [int(plain(text)) for text in column(page, "Clicked")] == clicked[::-1]

    by_name = page.get_by_role("button", name="Campaign", exact=True)
    by_name.click()
    expect(page.get_by_role("columnheader").filter(has=by_name)).to_have_attribute("aria-sort", "ascending")
    names = [name for _, name in names_of(page)]
    assert names == sorted(names)


def test_a_search_finds_and_sums_what_it_finds_and_no_column_moves(stack: Stack, visit: Visit) -> None:
    found = [row for row in stack.api(CAMPAIGNS)["campaigns"] if "sale" in row["campaign"]]
    page = visit("#/campaigns")
    expect(rows_of(page).first).to_be_visible()
    edges = "heads => heads.map((head) => Math.round(head.getBoundingClientRect().x))"
    before = page.locator(".table-heads > *").evaluate_all(edges)
    page.keyboard.press("/")
    page.keyboard.type("SALE")

    expect(rows_of(page)).to_have_count(len(found))
    assert page.locator(".table-heads > *").evaluate_all(edges) == before
    sums = (page.locator("tfoot").text_content() or "").replace(",", "")
    assert f"{len(found)} of " in sums
    assert str(sum(Decimal(row["revenue"]) for row in found)) in sums
    page.keyboard.type("zzz")
    expect(page.get_by_text("No campaign matches “SALEzzz”.")).to_be_visible()
    page.get_by_role("button", name="Clear the search").click()
    expect(page.get_by_label("Search campaigns")).to_have_value("")
    expect(page.get_by_label("Search campaigns")).to_be_focused()


def test_without_sales_there_are_shares_and_the_switch_is_remembered(stack: Stack, visit: Visit) -> None:
    page = visit("#/campaigns", role=Role.VIEWER)
    expect(rows_of(page).first).to_be_visible()
    page.keyboard.press("$")
    expect(page.get_by_role("columnheader", name="Revenue")).to_have_count(0)
    top = max(stack.api(CAMPAIGNS)["campaigns"], key=lambda row: row["sent"])
    expect(rows_of(page).first).to_contain_text(percent(top["delivered"] / top["sent"]))
    page.reload()
    expect(page.get_by_role("switch", name="$ Sales")).to_have_attribute("aria-checked", "false")
    page.get_by_role("switch", name="$ Sales").click()
    expect(page.get_by_role("columnheader", name="Revenue")).to_have_count(1)


def test_periods_are_chosen_by_name_by_key_and_day_by_day(stack: Stack, visit: Visit) -> None:
    page = visit("#/campaigns")
    period = page.get_by_role("button", name=re.compile("^Period"))
    expect(period).to_be_visible()
    page.keyboard.press("p")
    page.get_by_role("button", name="Last 7 days").click()
    expect(page).to_have_url(re.compile("period=7d"))
    expect(period).to_be_focused()
    page.keyboard.press("[")
    expect(page).to_have_url(re.compile(r"period=\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d"))
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile("period=7d"))

    period.click()
    page.get_by_label("From", exact=True).fill("2026-01-05")
    page.get_by_label("To", exact=True).fill("2025-12-31")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert").filter(has_text="The first day is after the last.")).to_be_visible()
    page.get_by_label("To", exact=True).fill("2026-02-03")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"period=2026-01-05\.\.2026-02-03"))
    expect(page.get_by_text("Nothing was sent in this period")).to_be_visible()
    page.get_by_role("button", name="Show the last 30 days").click()
    expect(rows_of(page)).to_have_count(len(stack.api(CAMPAIGNS)["campaigns"]))


def test_what_is_typed_while_the_panel_opens_stays(visit: Visit) -> None:
    """The browser says that a panel has opened some time after it can be seen and typed into."""
    page = visit("#/campaigns?period=7d")
    expect(page.get_by_role("button", name=re.compile("^Period"))).to_be_visible()
    page.evaluate(
        """() => {
            const panel = document.querySelector(".period_picker-panel");
            panel.showPopover();
            const from = panel.querySelector("[aria-label=From]");
            from.value = "2026-01-05";
            from.dispatchEvent(new Event("input"));
        }"""
    )
    expect(page.get_by_role("button", name="Last 7 days", exact=True)).to_be_focused()
    expect(page.get_by_label("From", exact=True)).to_have_value("2026-01-05")
    page.get_by_label("To", exact=True).fill("2026-02-03")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"period=2026-01-05\.\.2026-02-03"))


def test_a_span_of_days_is_chosen_in_the_calendar_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit("#/campaigns?period=2026-03-10..2026-03-20")
    expect(page.get_by_role("button", name=re.compile("^Period"))).to_be_visible()
    page.keyboard.press("p")
    # The panel takes the focus when the browser says that it has opened, which is later than it can be seen.
    expect(page.get_by_role("group", name="Periods").get_by_role("button").first).to_be_focused()
    page.locator("[data-day='2026-03-20']").focus()
    for key in ("PageUp", "ArrowLeft", "ArrowUp", "Enter", "PageDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_label("From", exact=True)).to_have_value("2026-02-12")
    expect(page.get_by_label("To", exact=True)).to_have_value("2026-03-13")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"period=2026-02-12\.\.2026-03-13"))


def test_a_copy_pastes_into_a_spreadsheet(stack: Stack, visit: Visit) -> None:
    report = stack.api(CAMPAIGNS, channel="email")
    page = visit("#/campaigns?channel=email", permissions=["clipboard-read", "clipboard-write"])
    expect(rows_of(page)).to_have_count(len(report["campaigns"]))
    page.get_by_role("button", name="Copy").click()

    expect(
        page.get_by_text(f"{len(report['campaigns'])} campaigns copied. Paste them into a spreadsheet.").first
    ).to_be_visible()
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    cells = [line.split("\t") for line in lines]
    assert cells[0][:3] == ["Campaign", "Channel", "Sent"]
    assert cells[0][8] == f"Revenue, {report['currency']}"
    assert [line[8] for line in cells[1:]] == [row["revenue"] for row in report["campaigns"]]


def test_an_export_is_the_servers(stack: Stack, visit: Visit) -> None:
    page = visit("#/campaigns?channel=sms", role=Role.MARKETER)
    expect(rows_of(page).first).to_be_visible()
    with page.expect_download() as waiting:
        page.keyboard.press("e")
    saved = waiting.value.path().read_text(encoding="utf-8-sig")
    listed = list(csv.DictReader(io.StringIO(saved)))
    report = stack.api(CAMPAIGNS, channel="sms")
    assert [(row["campaign"], row["revenue"]) for row in listed] == [
        (row["campaign"], row["revenue"]) for row in report["campaigns"]
    ]
    assert waiting.value.suggested_filename == f"campaigns-acme-{report['from']}-{report['to']}.csv"


def test_a_viewer_is_offered_no_export(visit: Visit) -> None:
    page = visit("#/campaigns", role=Role.VIEWER)
    expect(rows_of(page).first).to_be_visible()
    expect(page.get_by_role("button", name="Export CSV")).to_have_count(0)


def test_the_table_is_one_tab_stop_and_arrows_go_through_it(visit: Visit) -> None:
    page = visit("#/campaigns")
    expect(rows_of(page).first).to_be_visible()
    expect(page.locator(".awaited:visible")).to_have_count(0)
    page.get_by_label("Search campaigns").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Revenue")).to_be_focused()
    page.keyboard.press("ArrowDown")
    bought = rows_of(page).nth(0).get_by_role("button")
    expect(bought).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(rows_of(page).nth(0).get_by_role("link")).to_be_focused()
    page.keyboard.press("End")
    expect(rows_of(page).last.get_by_role("link")).to_be_focused()
    page.keyboard.press("Home")
    expect(rows_of(page).nth(0).get_by_role("link")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(bought).to_be_focused()
    assert page.locator(".campaign_listing [tabindex='0']").count() == 1


@pytest.mark.parametrize("name", [SCRIPT, WIDE, ARABIC, SLASHED])
def test_a_name_of_any_kind_is_text_and_leads_to_its_campaign(visit: Visit, name: str) -> None:
    page = visit("#/campaigns", account="odd")
    link = page.get_by_role("link", name=name, exact=True)
    expect(link).to_have_attribute("title", name)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = link.bounding_box()
    assert box is not None
    assert box["width"] <= 320
    link.click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("account", "shown"), [("odd", "€12,345,848.81"), ("yen", "JP¥99,250"), ("dinar", "KWD 12,345,682.026")]
)
def test_amounts_have_the_decimals_of_their_currency(visit: Visit, account: str, shown: str) -> None:
    page = visit("#/campaigns", account=account)
    assert figure(page, "Revenue from campaigns").replace("\xa0", " ") == shown


def test_ten_thousand_campaigns_are_a_window_of_rows(stack: Stack, visit: Visit) -> None:
    page = visit("#/settings")
    report = stack.api(CAMPAIGNS)
    row = report["campaigns"][0]
    report["campaigns"] = [
        {**row, "campaign": f"c-{number:05}", "name": None, "revenue": f"{10_000 - number}.00"}
        for number in range(10_000)
    ]
    page.route("**/v1/reports/campaigns?*", lambda route: route.fulfill(json=report))
    page.goto(f"{stack.url}/#/campaigns")
    table = page.get_by_role("table", name="Campaigns")
    expect(table).to_have_attribute("aria-rowcount", "10001")
    assert rows_of(page).count() < 150

    page.get_by_role("link", name="c-00000").focus()
    page.keyboard.press("End")
    expect(page.get_by_role("link", name="c-09999")).to_be_focused()
    expect(page.get_by_role("link", name="c-09999")).to_be_in_viewport()
    page.mouse.wheel(0, -1_000_000)
    expect(page.get_by_role("link", name="c-00000")).to_be_in_viewport()
    expect(page.get_by_role("link", name="c-09999")).to_be_focused()
    page.get_by_label("Search campaigns").fill("c-0777")
    expect(rows_of(page)).to_have_count(10)


def test_numbers_that_have_changed_are_told_and_read_when_asked(stack: Stack, visit: Visit) -> None:
    page = visit("#/campaigns?period=today", account="yen")
    expect(page.locator("header")).to_contain_text("Live")
    before = figure(page, "Revenue from campaigns")
    today = {end: stack.api("/v1/reports/timeline", "yen")["to"] for end in ("from", "to")}
    revenue = int(stack.api(CAMPAIGNS, "yen", **today)["total"]["revenue"]) + 700
    stack.send(sale("yen", "haru", "y-live", "700", "JPY"))
    button = page.get_by_role("button", name="Numbers have changed")
    expect(button).to_be_visible()
    # The click that it was earned by has changed them already.
    await_that(lambda: int(stack.api(CAMPAIGNS, "yen", **today)["total"]["revenue"]) == revenue, "the order counted")
    assert figure(page, "Revenue from campaigns") == before
    button.click()
    expect(button).to_be_hidden()
    expect(page.locator(".headline-value").first).to_have_text(f"JP¥{revenue:,}")


def test_a_part_that_cannot_be_read_says_so_and_tries_again(stack: Stack, visit: Visit) -> None:
    page = visit("#/settings")
    away = {
        "status": 503,
        "code": "unavailable",
        "detail": "Redis is away.",
        "away": "redis",
        "request_id": "7f3a-92c1",
    }
    page.route("**/v1/reports/campaigns?*", lambda route: route.fulfill(status=503, json=away))
    page.goto(f"{stack.url}/#/campaigns")
    expect(page.get_by_text("These numbers could not be read.")).to_be_visible()
    expect(page.get_by_text("Request 7f3a-92c1")).to_be_visible()
    page.unroute("**/v1/reports/campaigns?*")
    page.get_by_role("button", name="Try now").click()
    expect(rows_of(page).first).to_be_visible()


def test_on_a_phone_rows_have_two_lines_and_a_choice_of_what_they_are_sorted_by(stack: Stack, visit: Visit) -> None:
    report = stack.api(CAMPAIGNS)
    page = visit("#/campaigns", viewport=PHONE, has_touch=True, is_mobile=True)
    rows = page.get_by_role("list", name="Campaigns").get_by_role("listitem")
    expect(rows).to_have_count(len(report["campaigns"]))
    expect(rows.first).to_contain_text(f"{report['campaigns'][0]['purchases']} bought")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    page.get_by_label("Sort").select_option("clicked")
    most = max(row["clicked"] for row in report["campaigns"])
    expect(rows.first.locator("b")).to_have_text(f"{most:,}")
