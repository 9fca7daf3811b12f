"""Links that sign in, once, as the demo prints them."""

from __future__ import annotations

from playwright.sync_api import expect

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
