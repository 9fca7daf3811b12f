"""Overview: what campaigns earned today, live, against earlier days, and a period by day, channel and campaign."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from config.tokens_file import Role
from tests.web.amounts_shown import euros
from tests.web.conftest import PHONE, Visit
from tests.web.live_sales import sale
from tests.web.stack import Stack

REPORTS = "/v1/reports"


def today_of(stack: Stack, account: str = "acme") -> str:
    """The account's today: the last day of its period of 30 days."""
    day: str = stack.api(f"{REPORTS}/orders", account, limit="1")["to"]
    return day


def between(first: str, last: str) -> dict[str, Any]:
    """As parameters; `from` is a word of Python's."""
    return {"from": first, "to": last}


def campaigns_of(report: Any, figure: str = "revenue") -> Decimal:
    return sum((Decimal(channel[figure]) for channel in report["channels"]), Decimal(0))


def line(page: Page, label: str) -> Locator:
    return page.locator(".figures-line").filter(has_text=label)


def test_the_greatest_number_is_what_campaigns_earned_today(stack: Stack, visit: Visit) -> None:
    today = today_of(stack)
    report = stack.api(f"{REPORTS}/channels", **between(today, today))
    page = visit()

    expect(page.locator(".figures-hero data")).to_have_attribute("value", f"{campaigns_of(report):.2f}")
    expect(page.locator(".figures-hero data")).to_have_text(euros(campaigns_of(report)))
    purchases = sum(channel["purchases"] for channel in report["channels"])
    expect(line(page, "Purchases")).to_contain_text(f"{purchases:,}")
    expect(line(page, "Unattributed")).to_contain_text(euros(report["unattributed"]["revenue"]))
    expect(line(page, "On its way")).to_contain_text(euros(campaigns_of(report, "expected_revenue")))


@pytest.mark.parametrize(("words", "days_ago"), [("vs yesterday", 1), ("vs last ", 7)])
def test_today_is_compared_with_what_was_ordered_by_the_same_time(
    stack: Stack, visit: Visit, words: str, days_ago: int
) -> None:
    day = str(date.fromisoformat(today_of(stack)) - timedelta(days=days_ago))
    hours = stack.api(f"{REPORTS}/timeline", by="hour", **between(day, day))["hours"]
    ordered = [Decimal(hour["revenue"]) + Decimal(hour["expected_revenue"]) for hour in hours]
    page = visit()

    shown = page.locator(".figures-comparison").filter(has_text=words)
    expect(shown).to_contain_text(re.compile(r"by \d\d:\d\d"))
    # Both of the same minute.
    text, amount = shown.evaluate("(line) => [line.textContent, line.querySelector('.figures-value').textContent]")
    [(hour, minute)] = re.findall(r"by (\d\d):(\d\d)", text)
    by_then = sum(ordered[: int(hour)], Decimal(0)) + (ordered[int(hour)] * int(minute) / 60 if int(hour) < 24 else 0)
    value = Decimal(re.sub(r"[^\d.]", "", amount))
    assert abs(value - by_then) <= 1


def test_channels_and_what_none_earned_are_one_sum(stack: Stack, visit: Visit) -> None:
    report = stack.api(f"{REPORTS}/channels")
    page = visit()

    table = page.get_by_role("table", name="Delivered revenue by channel")
    for row in report["channels"]:
        expect(table.locator("tbody")).to_contain_text(euros(row["revenue"], 0))
    expect(table.get_by_role("row", name="Unattributed")).to_contain_text(euros(report["unattributed"]["revenue"], 0))
    expect(table.locator("tfoot tr").first).to_contain_text(euros(report["total"]["revenue"], 0))
    expect(page.locator(".overview-total data")).to_have_attribute("value", f"{campaigns_of(report):.2f}")


def test_the_days_of_the_chart_are_a_table_too(stack: Stack, visit: Visit) -> None:
    days = stack.api(f"{REPORTS}/timeline", by="channel")["days"]
    page = visit()

    part = page.get_by_role("region", name="Revenue by day")
    part.get_by_text("Show as table").click()
    rows = part.locator(".chart_table tbody tr")
    for place, figure in ((2, "revenue"), (1, "expected_revenue")):
        sums = [euros(Decimal(day[figure]) + Decimal(day[f"unattributed_{figure}"])) for day in days]
        expect(rows.locator(f"td:nth-last-child({place})")).to_have_text(sums)


def test_a_day_is_chosen_with_the_arrows_and_its_orders_are_opened(stack: Stack, visit: Visit) -> None:
    days = stack.api(f"{REPORTS}/timeline", by="channel")["days"]
    page = visit()

    chart = page.get_by_role("slider", name="Revenue by day")
    expect(chart.locator("canvas")).to_be_visible()
    chart.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    chosen = days[-3]
    delivered = Decimal(chosen["revenue"]) + Decimal(chosen["unattributed_revenue"])
    expect(chart).to_have_attribute("aria-valuetext", re.compile(f"Delivered {re.escape(euros(delivered))}"))
    expect(chart.locator(".chart_tip")).to_contain_text(euros(delivered))
    page.keyboard.press("Escape")
    expect(chart.locator(".chart_tip")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#/orders\?period=today$"))


def test_the_best_campaigns_are_the_reports_and_lead_to_their_pages(stack: Stack, visit: Visit) -> None:
    rows = stack.api(f"{REPORTS}/campaigns", limit="8")["campaigns"]
    page = visit()

    best = page.locator(".best_campaigns-row")
    expect(best).to_have_count(len(rows))
    expect(best.locator(".best_campaigns-name")).to_have_text([row["name"] or row["campaign"] for row in rows])
    expect(best.locator(".best_campaigns-amount")).to_have_text([euros(row["revenue"], 0) for row in rows])
    best.first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(rows[0]["name"] or rows[0]["campaign"])


def test_another_period_is_shown_and_stands_in_the_address(stack: Stack, visit: Visit) -> None:
    today = date.fromisoformat(today_of(stack))
    week = stack.api(f"{REPORTS}/channels", **between(str(today - timedelta(days=6)), str(today)))
    page = visit()
    page.get_by_role("navigation", name="Period").get_by_role("link", name="7 days").click()

    expect(page).to_have_url(re.compile(r"period=7d$"))
    expect(page.get_by_role("heading", name="Last 7 days")).to_be_visible()
    expect(page.locator(".overview-total data")).to_have_attribute("value", f"{campaigns_of(week):.2f}")
    page.go_back()
    expect(page.get_by_role("heading", name="Last 30 days")).to_be_visible()


def test_an_order_shows_at_once_and_on_top_with_how_long_after_which_touch(stack: Stack, visit: Visit) -> None:
    page = visit(account="yen")
    expect(page.locator(".figures-hero data:not(.awaited)")).to_be_visible()
    before = Decimal(page.locator(".figures-hero data").get_attribute("value") or "")
    stack.send(sale("yen", "live-1", "1234", "JPY", minutes_after_click=3))

    expect(page.locator(".figures-hero data")).to_have_attribute("value", str(before + 1234))
    newest = page.locator(".feed-row").first
    expect(newest).to_contain_text("3m after a click")
    expect(newest).to_contain_text("1,234")
    expect(newest).to_have_attribute("href", "#/orders/live-1")


def test_rows_do_not_move_while_they_are_read(stack: Stack, visit: Visit) -> None:
    stack.send(sale("yen", "read-1", "100", "JPY"))
    page = visit(account="yen")
    first = page.locator(".feed-row[href='#/orders/read-1']")
    first.hover()
    stack.send(sale("yen", "read-2", "200", "JPY", seconds_ago=1))

    more = page.get_by_role("button", name="1 new")
    expect(more).to_be_visible()
    expect(page.locator(".feed-row").first).to_have_attribute("href", "#/orders/read-1")
    more.click()
    expect(page.locator(".feed-row").first).to_have_attribute("href", "#/orders/read-2")


def test_nothing_moves_while_orders_come_in(stack: Stack, visit: Visit) -> None:
    # Whatever its day has earned by this hour.
    stack.send(sale("yen", "calm-0", "500000", "JPY"))
    stack.await_order("calm-0", "yen")
    page = visit(account="yen")
    earned = page.locator(".figures-hero data:not(.awaited)")
    expect(earned).to_be_visible()
    expect(page.get_by_role("slider", name="Revenue by day").locator("canvas")).to_be_visible()
    expect(page.locator(".best_campaigns-row").first).to_be_visible()
    page.evaluate(
        """() => {
          window.shifts = [];
          const element = (node) => (node?.nodeType === Node.TEXT_NODE ? node.parentNode : node);
          const named = ({ node }) => element(node)?.outerHTML.slice(0, 99);
          const seen = (list) => window.shifts.push(...list.getEntries().map((entry) => entry.sources.map(named)));
          new PerformanceObserver(seen).observe({ type: "layout-shift" });
        }"""
    )
    before = Decimal(earned.get_attribute("value") or "")
    # None of them gives a sum another digit, or an axis other labels: what stands behind makes room for that, once.
    for number, amount in enumerate((100, 200, 300), 1):
        stack.send(sale("yen", f"calm-{number}", str(amount), "JPY", seconds_ago=0))
        before += amount
        expect(earned).to_have_attribute("value", str(before))
    expect(page.locator(".feed-row").first).to_have_attribute("href", "#/orders/calm-3")
    assert page.evaluate("window.shifts") == []


def test_the_greatest_amounts_and_names_widen_nothing(visit: Visit) -> None:
    for viewport in ({"width": 320, "height": 640}, PHONE, {"width": 1024, "height": 768}):
        page = visit(account="odd", viewport=viewport)
        expect(page.locator(".best_campaigns-row").first).to_be_visible()
        expect(page.get_by_role("slider", name="Revenue by day")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_an_axis_says_has_the_room_that_it_takes(visit: Visit) -> None:
    page = visit()
    expect(page.locator(".today_chart canvas")).to_be_visible()
    [script] = page.evaluate("[...document.scripts].filter((one) => one.type === 'module').map((one) => one.src)")
    room, drawn = page.evaluate(_ROOM_AND_WIDTH, script.replace("page.js", "parts/chart_axes.js"))
    assert drawn <= room


_ROOM_AND_WIDTH = """async (path) => {
  const { axisInk, widest } = await import(path);
  const canvas = document.querySelector(".today_chart canvas");
  const { font } = axisInk(canvas);
  const labels = ["€1.5k", "€11.1k", "24:00"];
  const context = canvas.getContext("2d");
  context.font = font;
  return [widest(labels, font), Math.max(...labels.map((label) => context.measureText(label).width))];
}"""


def test_a_viewer_sees_the_numbers(stack: Stack, visit: Visit) -> None:
    report = stack.api(f"{REPORTS}/channels", role=Role.VIEWER)
    page = visit(role=Role.VIEWER)

    expect(page.locator(".overview-total data")).to_have_attribute("value", f"{campaigns_of(report):.2f}")
