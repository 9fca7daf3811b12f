"""Signing in and out, and what the frame says of whoever is signed in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from config.tokens_file import Role
from tests.web.conftest import Visit
from tests.web.stack import Stack


def test_a_token_signs_in_and_the_frame_says_who_and_how_fresh(stack: Stack, visit: Visit) -> None:
    page = visit(role=None)
    page.get_by_label("Token").fill(f"  {stack.tokens['acme', Role.MARKETER]}\n")
    page.get_by_role("button", name="Sign in").click()

    header = page.locator("header")
    expect(header).to_contain_text("acme")
    expect(header).to_contain_text("Marketer · Europe/Kyiv")
    expect(header).to_contain_text(re.compile(r"Live\s+newest event \d\d:\d\d:\d\d"))
    page.reload()
    expect(header).to_contain_text("acme")


def test_an_unknown_token_is_told_at_the_field(visit: Visit) -> None:
    page = visit(role=None)
    page.get_by_label("Token").fill("lt_nobody")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("This token is not known here. It may have been revoked")
    expect(page.get_by_label("Token")).to_be_focused()


def test_a_token_that_only_sends_events_is_told_so(stack: Stack, visit: Visit) -> None:
    page = visit(role=None)
    page.get_by_label("Token").fill(stack.tokens["acme", Role.INGEST])
    page.keyboard.press("Enter")

    expect(page.get_by_text("This token only sends events in")).to_be_visible()


def test_who_signs_out_is_out_and_sees_no_figure_on_the_way_back(visit: Visit) -> None:
    page = visit(role=Role.VIEWER)
    page.get_by_role("button", name="acme").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator("header")).to_have_count(0)


@pytest.mark.parametrize("account", ["acme", "odd", "yen"])
def test_the_account_menu_says_whose_it_is(stack: Stack, visit: Visit, account: str) -> None:
    me = stack.api("/v1/me", account)
    page = visit(account=account)
    page.get_by_role("button", name=account).click()

    menu = page.locator("#account")
    for said in (account, me["name"], me["time_zone"], me["currency"], "Admin"):
        expect(menu).to_contain_text(said)
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()


def test_a_theme_that_was_chosen_stays(visit: Visit) -> None:
    page = visit(account="empty", color_scheme="light")
    page.get_by_role("button", name="empty").click()
    page.get_by_label("Theme").select_option("dark")

    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(html).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="empty").click()
    page.get_by_label("Theme").select_option("system")
    expect(html).to_have_attribute("data-theme", "light")


@pytest.mark.parametrize("role", [Role.ADMIN, None])
def test_who_is_signed_in_is_asked_once(visit: Visit, role: Role | None) -> None:
    page = visit(role=role)
    shown = page.locator("header") if role else page.get_by_role("heading", name="Sign in")
    expect(shown).to_be_visible()
    asked = "performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/v1/me')).length"
    assert page.evaluate(asked) == 1
