"""A viewer sees what was earned, never who bought."""

from __future__ import annotations

import msgspec
import pytest

from api.access import Principal
from api.masking import is_address, names_persons, shown_to
from config.tokens_file import Role
from reports.campaign_page import CampaignPage
from reports.campaigns import CampaignsReport
from reports.channels import ChannelsReport
from reports.hours import HoursReport
from reports.orders import OrderEntry, OrdersReport
from reports.purchases import Purchase, PurchasesReport
from reports.timeline import TimelineReport


def who(role: Role) -> Principal:
    return Principal("t", "acme", role, None, None, None, None)


def an_order(contact: str) -> OrderEntry:
    return OrderEntry(
        *("o1", contact, "olena@example.org", "+380501112233", "Олена", "Ш", "DELIVERED", "10.00", "EUR"),
        *("2026-01-01T10:00:00.000Z", "k1", "sms", "clicked", "2026-01-01T09:00:00.000Z", "last_touch", None),
    )


def test_names_emails_and_phones_are_null_to_a_viewer_wherever_they_stand() -> None:
    shown = shown_to(who(Role.VIEWER), {"orders": [an_order("c1")], "order": an_order("olena@example.org")})

    assert isinstance(shown, dict)
    [in_list] = shown["orders"]
    assert {in_list[name] for name in ("email", "phone", "first_name", "last_name")} == {None}
    assert (in_list["contact"], in_list["amount"]) == ("c1", "10.00")
    assert shown["order"]["contact"] is None
    assert shown["order"]["order"] == "o1"


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ADMIN])
def test_others_see_them(role: Role) -> None:
    order = an_order("olena@example.org")
    assert shown_to(who(role), order) is order


@pytest.mark.parametrize(
    ("identifier", "is_one"),
    [
        ("olena@example.org", True),
        ("+380501112233", True),
        ("+38 (050) 111-22-33", True),
        ("380501112233", True),
        ("c1", False),
        ("42", False),
        ("100500", False),
        ("a-380501112233", False),
        ("", False),
    ],
)
def test_what_is_an_address(identifier: str, is_one: bool) -> None:
    assert is_address(identifier) is is_one


def test_a_channel_that_is_called_like_a_field_of_a_person_is_shown() -> None:
    settings = {"channels": {"email": {"event": "clicked"}, "phone": {"event": "opened"}}}
    assert shown_to(who(Role.VIEWER), settings) == settings


@pytest.mark.parametrize("kind", [OrdersReport, PurchasesReport, dict, list], ids=lambda kind: kind.__name__)
def test_what_may_name_persons_is_looked_through(kind: type) -> None:
    assert names_persons(kind)


@pytest.mark.parametrize(
    "kind",
    [CampaignsReport, ChannelsReport, TimelineReport, HoursReport, CampaignPage],
    ids=lambda kind: kind.__name__,
)
def test_what_cannot_is_shown_as_it_is(kind: type) -> None:
    assert not names_persons(kind)


class Nested(msgspec.Struct):
    rows: tuple[Purchase, ...] | None
    anything: object = None


def test_a_person_deep_inside_is_found() -> None:
    assert names_persons(Nested)
