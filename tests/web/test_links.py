"""Links that sign in, once, as the demo prints them."""

from __future__ import annotations

from playwright.sync_api import expect

from api.access import SESSION_COOKIE
from api.sign_in_links import make_link
from config.tokens_file import Role
from tests.web.conftest import Visit
from tests.web.stack import Stack


def test_a_link_signs_in_once_and_leaves_nothing_in_the_address(stack: Stack, visit: Visit) -> None:
    link = make_link(stack.client, stack.url, stack.tokens["acme", Role.MARKETER])
    hash_ = link.removeprefix(f"{stack.url}/")

    page = visit(hash_, role=None)
    expect(page.locator("header")).to_contain_text("Marketer")
    assert page.url == f"{stack.url}/#/"

    other = visit(hash_, role=None)
    expect(other.get_by_role("alert")).to_contain_text("This link has been used already, or it is too old.")


def test_a_link_signs_in_whose_it_is_whoever_was_signed_in_before(stack: Stack, visit: Visit) -> None:
    page = visit(role=None)
    token = stack.tokens["acme", Role.VIEWER]
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": stack.url}])
    page.goto("about:blank")
    page.goto(make_link(stack.client, stack.url, stack.tokens["yen", Role.MARKETER]))

    expect(page.locator("header")).to_contain_text("Marketer")
    expect(page.locator("header")).to_contain_text("yen")
