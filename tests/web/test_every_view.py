"""What holds for every view: for eyes, hands and machines of all kinds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from config.tokens_file import Role
from tests.waiting import await_that
from tests.web.addresses import VIEWS, address_of
from tests.web.conftest import PHONE, Visit, new_context
from tests.web.odd_shops import SCRIPT
from tests.web.stack import Stack

SERIOUS = {"serious", "critical"}
MARKED = "#heading"
AWAITED = ".awaited:visible, .table-waiting:visible"
ZOOMED = ViewportSize(width=320, height=256)
"""A window of 1280 × 1024 at 400 %."""


def opened(stack: Stack, visit: Visit, view: str, **options: Any) -> Page:
    page = visit(address_of(view, stack, options.get("account", "acme")), **options)
    expect(page.locator("header")).to_contain_text("Live")
    expect_shown(page, view)
    return page


def expect_shown(page: Page, view: str) -> None:
    """This view, not the one before it, and whatever it had to read."""
    expect(page.locator(f".view-{'campaigns' if view == 'who_bought' else view} {MARKED}")).to_be_attached()
    expect(page.locator(AWAITED)).to_have_count(0)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("theme", "size"), [("light", None), ("dark", None), ("light", PHONE)], ids=str)
def test_axe_finds_nothing_serious(
    stack: Stack, visit: Visit, view: str, theme: str, size: ViewportSize | None
) -> None:
    page = opened(stack, visit, view, color_scheme=theme, **({"viewport": size} if size else {}))
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found if one["impact"] in SERIOUS]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("account", ["acme", "odd"])
def test_at_four_times_the_size_nothing_is_wider_than_the_window(
    stack: Stack, visit: Visit, view: str, account: str
) -> None:
    page = opened(stack, visit, view, account=account, viewport=ZOOMED)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= ZOOMED["width"], page.evaluate(_WIDEST)


_WIDEST = """[...document.querySelectorAll("main *, header *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 5).map((one) => one.tagName + "." + one.className)"""


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("size", [PHONE, ZOOMED], ids=["phone", "zoomed"])
def test_no_word_and_no_amount_is_cut_in_two(stack: Stack, visit: Visit, view: str, size: ViewportSize) -> None:
    page = opened(stack, visit, view, viewport=size)
    assert page.evaluate(_CUT_IN_TWO) == []


_CUT_IN_TWO = r"""() => {
  const cut = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.parentElement.checkVisibility()) continue;
    for (const word of text.data.matchAll(/[^\s–—·/-]+/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const shown = [...range.getClientRects()].filter((one) => one.width > 1);
      const lines = new Set(shown.map((one) => Math.round(one.top)));
      if (lines.size > 1) cut.push(word[0]);
    }
  }
  return cut;
}"""


@pytest.mark.parametrize("view", ["overview", "campaigns", "campaign", "who_bought", "orders", "why"])
def test_a_name_that_is_markup_is_text(stack: Stack, visit: Visit, view: str) -> None:
    page = visit(address_of(view, stack, "odd"), account="odd")
    expect(page.get_by_text(SCRIPT).first).to_be_attached()
    assert page.evaluate("document.scripts.length") == page.evaluate(
        "[...document.scripts].filter((one) => one.src.startsWith(location.origin)).length"
    )


def test_no_text_can_become_markup_or_code(stack: Stack, browser: Browser) -> None:
    with new_context(browser).new_page() as page:
        page.goto(f"{stack.url}/")
        refused = page.evaluate(
            """() => {
              try {
                document.createElement("div").innerHTML = "<b>x</b>";
                return "taken";
              } catch (error) {
                return error.name;
              }
            }"""
        )
    assert refused == "TypeError"


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_names_itself_and_is_begun_at_its_heading(stack: Stack, visit: Visit, view: str) -> None:
    page = visit("#/settings" if view == "overview" else "#/")
    expect(page.locator("header")).to_contain_text("Live")
    page.evaluate("(hash) => { location.hash = hash; }", address_of(view, stack))
    expect_shown(page, view)
    expect(page.locator("h1")).to_have_count(1)
    expect(page).to_have_title(re.compile("acme"))
    if view != "who_bought":
        expect(page.locator("h1")).to_be_focused()


def test_keys_lead_to_every_view_and_a_list_says_which(visit: Visit) -> None:
    page = visit()
    expect(page.locator("header")).to_contain_text("Live")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for key, label in (("c", "Campaigns"), ("r", "Orders"), ("s", "Settings"), ("o", "Overview")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page.get_by_role("link", name=label, exact=True)).to_have_attribute("aria-current", "page")


def test_single_letters_can_be_switched_off(visit: Visit) -> None:
    page = visit(account="dinar")
    expect(page.locator("header")).to_contain_text("Live")
    page.keyboard.press("?")
    page.get_by_label("Single letters are shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="dinar").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Single letters are shortcuts").check()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_first_tab_skips_to_the_content(visit: Visit) -> None:
    page = visit()
    expect(page.locator("header")).to_contain_text("Live")
    page.locator("body").evaluate("(body) => { body.tabIndex = -1; body.focus(); }")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()


def test_back_restores_where_it_was_left(visit: Visit) -> None:
    page = visit("#/campaigns?period=30d")
    expect(page.get_by_role("row").nth(10)).to_be_visible()
    expect_shown(page, "campaigns")
    page.evaluate("scrollTo(0, 400)")
    left_at = page.evaluate("scrollY")
    assert left_at > 300
    # Playwright would scroll to a link in the sticky header before it presses it.
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.locator("h1")).to_have_text("Overview")
    page.go_back()
    await_that(lambda: abs(page.evaluate("scrollY") - left_at) < 2, f"back at {left_at}")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MARKETER, Role.ADMIN])
@pytest.mark.parametrize("view", VIEWS)
def test_each_role_sees_each_view_without_a_refusal(stack: Stack, visit: Visit, view: str, role: Role) -> None:
    page = visit("#/", role=role)
    expect(page.locator("header")).to_contain_text("Live")
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 403 else None)
    page.evaluate("(hash) => { location.hash = hash; }", address_of(view, stack))
    expect_shown(page, view)
    assert not refused
