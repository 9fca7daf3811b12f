"""Settings: what makes a sale, what a change would do before it is saved, and who changed what when."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Dialog, Page, expect

from config.tokens_file import Role
from tests.reference.values import HOUR_MS, moment_text
from tests.waiting import PATIENCE_S, await_that
from tests.web.conftest import PHONE, Visit
from tests.web.stack import Stack

SHOP = "rules"
PREVIEW_MS = 60_000
"""The longest that the API lets a preview take."""
ORDERED_MS = time.time_ns() // 1_000_000 - 26 * HOUR_MS


def _touch(campaign: str, before_ms: int, **more: Any) -> dict[str, Any]:
    about = {"account": SHOP, "contact": "c1", "channel": "email", "event": "clicked", "message": campaign}
    return {"type": "touch", **about, "campaign": campaign, "time": moment_text(ORDERED_MS - before_ms), **more}


@pytest.fixture(scope="module", autouse=True)
def _shop(stack: Stack) -> None:
    at = {"ordered_at": moment_text(ORDERED_MS), "time": moment_text(ORDERED_MS)}
    order = {"type": "order", "account": SHOP, "contact": "c1", "status": "DELIVERED", "currency": "EUR"}
    stack.send_counted(
        [
            _touch("newsletter", 30 * HOUR_MS, tags=["receipt"]),
            order | {"order": "o-1", "amount": "80.50"} | at,
            order | {"order": "o-2", "amount": "9.50"} | at,
        ]
    )


def _open(visit: Visit, **options: Any) -> Page:
    page = visit("#/settings", account=SHOP, **options)
    expect(page.get_by_label("Email: how many")).to_be_visible()
    return page


def _window(page: Page, channel: str, count: str, unit: str) -> None:
    page.get_by_label(f"{channel}: how many").fill(count)
    page.get_by_label(f"{channel}: unit of time").select_option(unit)


def _change_by_another(stack: Stack, **settings: Any) -> None:
    now = stack.api("/v1/settings", SHOP)["settings"]
    headers = {"Authorization": f"Bearer {stack.tokens[SHOP, Role.ADMIN]}"}
    answer = httpx.put(
        f"{stack.url}/v1/settings", headers=headers, json={"settings": now | settings}, timeout=PATIENCE_S
    )
    assert answer.status_code == 202, answer.text
    _await_shown(stack, answer.json()["time"])


def _ignored_and_excluded(stack: Stack) -> tuple[bool, list[str]]:
    settings = stack.api("/v1/settings", SHOP)["settings"]
    return settings["ignore_automated"], settings["excluded_tags"]


def _await_shown(stack: Stack, time: str) -> None:
    """Wait until the change of this time is listed: the answer to it waits for that no longer than five seconds."""
    await_that(
        lambda: any(version["time"] == time for version in stack.api("/v1/settings", SHOP)["versions"]),
        f"the change of {time}",
    )


def test_a_change_shows_what_it_would_do_and_nothing_is_saved(stack: Stack, visit: Visit) -> None:
    before = stack.api("/v1/settings", SHOP)
    page = _open(visit)
    _window(page, "Email", "3", "d")

    side = page.locator(".settings-side")
    expect(side).to_contain_text("What your change would do")
    expect(side.locator(".preview_table-grid tbody tr")).to_have_text(
        [re.compile(r"newsletter.*\+90\.00", re.DOTALL)], timeout=PREVIEW_MS
    )
    figures = side.locator(".preview_table-big")
    expect(figures).to_have_text(["+€90.00", "−€90.00", "unchanged"])
    expect(page.locator(".save_bar")).to_contain_text("1 change")
    expect(page.locator(".save_bar")).to_contain_text("24 hours → 3 days")
    assert stack.api("/v1/settings", SHOP) == before


def test_a_changed_field_says_what_it_was_and_goes_back(visit: Visit) -> None:
    page = _open(visit)
    _window(page, "SMS", "1", "d")
    page.get_by_role("button", name="SMS was 48h: restore").click()

    expect(page.get_by_label("SMS: how many")).to_have_value("48")
    expect(page.locator(".save_bar")).to_be_hidden()


def test_a_window_that_cannot_be_is_told_at_its_field_and_not_saved(visit: Visit) -> None:
    page = _open(visit)
    _window(page, "Viber", "91", "d")
    page.get_by_label("Viber: unit of time").focus()

    expect(page.get_by_text("Touches are kept for 90 days: 90 days or less.")).to_be_visible()
    expect(page.get_by_role("button", name="Save changes")).to_be_disabled()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_label("Viber: how many")).to_have_value("24")


def test_channels_and_tags_are_added_and_taken_out(visit: Visit) -> None:
    page = _open(visit)
    page.get_by_role("button", name="Add a channel").click()
    page.keyboard.type("telegram\n")
    page.get_by_role("button", name="Remove Viber").click()
    page.get_by_label("Add a tag").fill("survey")
    page.keyboard.press("Enter")
    page.locator(".tag_field-seen").get_by_role("button", name="receipt").click()

    expect(page.get_by_role("group", name="Telegram")).to_be_visible()
    expect(page.get_by_role("group", name="Viber")).to_have_count(0)
    expect(page.locator(".tag_field-chip")).to_have_text(["survey", "receipt"])
    expect(page.locator(".save_bar-count")).to_have_text("3 changes")


def test_who_leaves_with_changes_is_asked_once(visit: Visit) -> None:
    page = _open(visit)
    page.get_by_label("Show sales in report").uncheck()
    asked: list[str] = []

    def answering(leave: bool) -> Callable[[Dialog], None]:
        def answer(dialog: Dialog) -> None:
            asked.append(dialog.message)
            if leave:
                dialog.accept()
            else:
                dialog.dismiss()

        return answer

    page.once("dialog", answering(leave=False))
    page.get_by_role("link", name="Orders").first.click()
    expect(page).to_have_url(re.compile("#/settings$"))
    expect(page.get_by_label("Show sales in report")).not_to_be_checked()

    page.once("dialog", answering(leave=True))
    page.get_by_role("link", name="Orders").first.click()
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()
    assert len(asked) == 2


def test_a_saved_change_is_in_force_and_in_the_log_with_its_author(stack: Stack, visit: Visit) -> None:
    page = _open(visit)
    page.get_by_label("Currency of reports").select_option("USD")
    page.get_by_text("from a date").click()
    page.get_by_label("In force from").fill("2026-01-02T03:00")
    page.get_by_role("button", name="Save changes").click()

    expect(
        page.get_by_text("Saved. In force from 2 Jan 2026, 03:00; past orders are being decided anew.").first
    ).to_be_visible()
    expect(page.locator(".save_bar")).to_be_hidden()
    first = page.locator(".settings_log-version").first
    expect(first).to_contain_text("by rules's admin")
    expect(first).to_contain_text("EUR → USD")
    newest = stack.api("/v1/settings", SHOP)
    assert newest["settings"]["currency"] == "USD"
    assert newest["effective_from"].startswith("2026-01-02T03:00:00")
    _change_by_another(stack, currency="EUR")


@pytest.mark.parametrize("keeps", ["theirs", "mine"])
def test_anothers_change_meanwhile_is_told_and_nothing_is_overwritten(stack: Stack, visit: Visit, keeps: str) -> None:
    _change_by_another(stack, ignore_automated=True, excluded_tags=[])
    page = _open(visit)
    page.get_by_label("Ignore openings and clicks by machines").uncheck()
    _change_by_another(stack, excluded_tags=["survey"])
    page.get_by_role("button", name="Save changes").click()

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("rules's admin changed these settings at")
    expect(dialog.locator("tbody tr", has_text="Excluded tags")).to_contain_text("survey")
    expect(dialog.locator("tbody tr", has_text="Machines")).to_contain_text("ignored")
    if keeps == "theirs":
        dialog.get_by_role("button", name="Keep rules's admin’s").click()
        expect(page.get_by_label("Ignore openings and clicks by machines")).to_be_checked()
        expect(page.locator(".tag_field-chip")).to_have_text(["survey"])
    else:
        dialog.get_by_role("button", name="Put mine on top").click()
        expect(page.get_by_text("Saved. In force from now on").first).to_be_visible()
        await_that(lambda: _ignored_and_excluded(stack) == (False, ["survey"]), "both changes in force")
    expect(page.locator(".save_bar")).to_be_hidden()


def test_roles_see_what_they_may_do(visit: Visit) -> None:
    viewer = _open(visit, role=Role.VIEWER)
    expect(viewer.get_by_label("Email: how many")).to_be_disabled()
    expect(viewer.get_by_text("What a change would do")).to_have_count(0)

    marketer = _open(visit, role=Role.MARKETER)
    _window(marketer, "Email", "2", "d")
    expect(marketer.get_by_text("Only an admin can save them.")).to_be_visible()
    expect(marketer.get_by_role("button", name="Save changes")).to_be_hidden()
    expect(marketer.locator(".preview_table-grid tbody tr")).to_contain_text(["newsletter"], timeout=PREVIEW_MS)


def test_the_form_fits_on_a_phone(visit: Visit) -> None:
    page = _open(visit, viewport=PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
