"""A campaign's own page: its days, from sent to purchased, what counts as a sale, and who bought."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from config.tokens_file import Role
from tests.reference.values import DAY_MS, moment_text
from tests.waiting import await_that
from tests.web.amounts_shown import euros, money, percent
from tests.web.conftest import PHONE, Visit
from tests.web.odd_shops import ARABIC, SCRIPT, SLASHED, WIDE
from tests.web.stack import Stack

STEPS = ("sent", "delivered", "opened", "clicked", "purchases")


def address(channel: str, campaign: str, **params: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return f"#/campaigns/{quote(channel, safe='')}/{quote(campaign, safe='')}" + (f"?{query}" if query else "")


def best_on(stack: Stack, channel: str) -> Any:
    """The row of the channel's campaign that earned most in the last 30 days."""
    return stack.api("/v1/reports/campaigns", channel=channel, limit="1")["campaigns"][0]


def page_of(stack: Stack, row: Any, **params: Any) -> Any:
    return stack.api(f"/v1/reports/campaigns/{row['channel']}/{quote(row['campaign'], safe='')}", **params)


def funnel(page: Page) -> list[list[str]]:
    rows = page.locator(".funnel tbody tr")
    expect(rows).to_have_count(len(STEPS))
    return [row.locator(".is-number").all_inner_texts() for row in rows.all()]


def share(part: int, of: int) -> str:
    if not part or not of:
        return "–"
    return percent(part / of, 1 if part / of >= 0.01 else 2)


def test_its_figures_are_the_reports(stack: Stack, visit: Visit) -> None:
    row = best_on(stack, "email")
    page = visit(address("email", row["campaign"]))

    expect(page.get_by_role("heading", level=1)).to_have_text(row["name"] or row["campaign"])
    expect(page.locator(".figures-hero data")).to_have_attribute("value", row["revenue"])
    about = page.locator(".campaign-about")
    expect(about).to_contain_text(f"{row['purchases']:,} purchase")
    expect(about).to_contain_text(f"average check {euros(row['average_check'])}")


@pytest.mark.parametrize(("channel", "event"), [("email", "clicked"), ("sms", "delivered")])
def test_a_purchase_is_a_share_of_the_step_that_makes_a_sale(
    stack: Stack, visit: Visit, channel: str, event: str
) -> None:
    row = best_on(stack, channel)
    page = visit(address(channel, row["campaign"]))

    expect(page.locator(".funnel tbody tr").last).to_contain_text(share(row["purchases"], row[event]))
    steps = funnel(page)
    assert [step[0] for step in steps] == [f"{row[step]:,}" for step in STEPS]
    assert steps[-1][1:] == [share(row["purchases"], row[event]), share(row["purchases"], row["sent"])]


def test_what_counts_as_a_sale_is_said_in_the_words_of_the_api(stack: Stack, visit: Visit) -> None:
    row = best_on(stack, "email")
    page = visit(address("email", row["campaign"]))

    rule = page.get_by_role("region", name="What counts as a sale")
    said = rule.locator(".sale_rule-rule, .sale_rule-exceptions").all_inner_texts
    expect(rule.locator(".sale_rule-rule")).not_to_be_empty()
    assert " ".join(said()) == page_of(stack, row)["formula"]


def test_its_days_are_a_table_too(stack: Stack, visit: Visit) -> None:
    row = best_on(stack, "email")
    days = page_of(stack, row)["days"]
    page = visit(address("email", row["campaign"]))

    part = page.get_by_role("region", name="Revenue by day")
    part.get_by_text("Show as table").click()
    delivered = part.locator(".chart_table tbody td:nth-last-child(2)")
    expect(delivered).to_have_text([euros(day["revenue"]) for day in days])


def test_the_latest_who_bought_lead_to_why(stack: Stack, visit: Visit) -> None:
    row = best_on(stack, "email")
    bought = stack.api("/v1/reports/purchases", channel="email", campaign=row["campaign"], limit="6")["purchases"]
    page = visit(address("email", row["campaign"]))

    rows = page.locator(".latest_buyers-row")
    expect(rows).to_have_count(len(bought))
    amounts = [money(one["amount"], one["currency"]) for one in bought]
    expect(rows.locator(".latest_buyers-amount")).to_have_text(amounts)
    expect(rows.first).to_contain_text("after a click")
    expect(rows.first).to_have_attribute("href", f"#/orders/{bought[0]['order']}")


def test_a_viewer_sees_the_numbers_and_not_the_people(stack: Stack, visit: Visit) -> None:
    row = best_on(stack, "email")
    page = visit(address("email", row["campaign"]), role=Role.VIEWER)

    expect(page.locator(".figures-hero data")).to_have_attribute("value", row["revenue"])
    expect(page.locator(".latest_buyers-row .name").first).to_have_text("Hidden")
    expect(page.get_by_text("Your role (viewer) does not show names, emails and phones.")).to_be_visible()
    expect(page.get_by_role("button", name="Export CSV")).to_have_count(0)


def test_its_days_are_exported_as_the_server_writes_them(stack: Stack, visit: Visit) -> None:
    row = best_on(stack, "email")
    page = visit(address("email", row["campaign"], period="7d"))
    expect(page.locator(".figures-hero data")).not_to_have_class(re.compile("awaited"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()

    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + 7
    assert lines[0].startswith("day,")
    assert download.value.suggested_filename.startswith("campaign-acme-")


def test_its_other_channels_are_beside_it(stack: Stack, visit: Visit) -> None:
    rows = stack.api("/v1/reports/campaigns")["campaigns"]
    channels = {
        row["campaign"]: {other["channel"] for other in rows if other["campaign"] == row["campaign"]} for row in rows
    }
    # Its page is there on every channel, and counts the one that it is asked for on.
    by_email = [name for name, of in channels.items() if "email" in of]
    campaign = max(by_email, key=lambda name: len(channels[name]))
    assert len(channels[campaign]) > 1
    page = visit(address("email", campaign))

    tabs = page.get_by_role("navigation", name="Channels of the campaign").get_by_role("link")
    expect(tabs).to_have_count(len(channels[campaign]))
    other = tabs.filter(has_not_text="Email").first
    other.click()
    expect(other).to_have_attribute("aria-current", "page")
    of = next(row for row in rows if row["campaign"] == campaign and f"/{row['channel']}/" in page.url)
    expect(page.locator(".figures-hero data")).to_have_attribute("value", of["revenue"])


def test_a_change_of_the_window_is_told_and_marked_at_its_moment(stack: Stack, visit: Visit) -> None:
    since = moment_text(time.time_ns() // 1_000_000 - 2 * DAY_MS)
    channels = {"sms": {"event": "delivered", "window": "3d"}}
    settings = {"type": "settings", "account": "dinar", "effective_from": since, "time": since, "currency": "KWD"}
    stack.send([{**settings, "time_zone": "Asia/Kuwait", "channels": channels}])
    path = "/v1/reports/campaigns/sms/rabee"
    await_that(lambda: len(stack.api(path, "dinar")["formulas"]) == 2, "both formulas")
    page = visit(address("sms", "rabee"), account="dinar")

    history = page.locator(".sale_rule-history")
    expect(history.locator("dt").first).to_have_text(re.compile(r"Since \d+ \w+, \d\d:\d\d"))
    expect(history.locator("dd")).to_have_text(["within 3 days", "within 48 hours"])
    expect(page.locator(".day_marks-mark")).to_have_text(re.compile(r"window 48h → 3d$"))


@pytest.mark.parametrize(
    ("channel", "campaign"), [("email", SCRIPT), ("email", WIDE), ("sms", ARABIC), ("webpush", SLASHED)]
)
def test_a_name_is_shown_as_it_is_and_widens_nothing(stack: Stack, visit: Visit, channel: str, campaign: str) -> None:
    for viewport in (PHONE, {"width": 1440, "height": 900}):
        page = visit(address(channel, campaign), account="odd", viewport=viewport)
        expect(page.get_by_role("heading", level=1)).to_have_text(campaign)
        expect(page.locator(".funnel")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("account", "path", "shown"),
    [("yen", ("email", "haru"), r"^JP¥[\d,]+$"), ("dinar", ("sms", "rabee"), r"^KWD\s?[\d,]+\.\d{3}$")],
)
def test_amounts_have_the_decimals_of_their_currency(
    visit: Visit, account: str, path: tuple[str, str], shown: str
) -> None:
    page = visit(address(*path), account=account)
    expect(page.locator(".figures-hero data")).to_have_text(re.compile(shown))


def test_the_purchases_open_who_bought_and_back_closes_it(stack: Stack, visit: Visit) -> None:
    row = best_on(stack, "email")
    page = visit(address("email", row["campaign"], period="30d"))
    opener = page.locator(".campaign-about a")
    opener.click()

    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("Who bought")
    expect(page).to_have_url(re.compile(r"bought=1$"))
    page.go_back()
    expect(drawer).to_have_count(0)
    expect(opener).to_be_focused()
    opener.press("Enter")
    expect(drawer).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(page).to_have_url(re.compile(r"period=30d$"))
