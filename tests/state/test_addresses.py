"""Who owns an address, and who hears of it (contract §5)."""

from __future__ import annotations

import pytest

from state.addresses import QUESTION_RETENTION_MS, AddressGroup, addresses, claims
from state.erasures import Erasures
from state.events import Contact
from tests.state.shop import DAY, HOUR, SECRET, at, order

ANN = "ann@shop.example"
PHONE = "+380501234567"
NOW = at("2030-01-01T00:00:00Z")


def group(forget_after_ms: int = DAY) -> AddressGroup:
    return AddressGroup(Erasures(SECRET), forget_after_ms)


def declare(by: AddressGroup, contact: str, when: str, **said: str) -> list[str | None]:
    """Ann's declaration; whom the orders that have asked belong to since."""
    event = Contact("acme", contact, at(when), **said)
    answers = [
        answer for claim in claims(SECRET, event) for answer in by.declare("acme", claim, event.time, contact, 0)
    ]
    return [answer.contact for answer in answers]


def ask(by: AddressGroup, when: str | int = "03-01 12:00", name: str = "o1", **said: str) -> list[str]:
    asked = order(when, when, order=name, contact=None, **said)
    return [
        answer.contact
        for address in addresses(SECRET, asked)
        for answer in by.ask("acme", address, name, asked.time, NOW)
    ]


@pytest.mark.parametrize(
    ("contact", "said"),
    [(ANN, {"email": ANN}), (" Ann@Shop.example", {"email": ANN}), ("+380 50 123-45-67", {"phone": PHONE})],
)
def test_a_contact_that_is_its_own_address_yields_to_any_other_that_declares_it(
    contact: str, said: dict[str, str]
) -> None:
    by = group()
    declare(by, contact, "03-05 00:00", **said)
    assert ask(by, **said) == [contact], "nobody else has declared it"
    assert declare(by, "ann", "03-01 00:00", **said) == ["ann"], "however early"
    assert declare(by, contact, "03-09 00:00", **said) == [], "and however late"


@pytest.mark.parametrize(
    "written",
    ["＋380501234567", "(+380) 50 123 45 67", "Tel: +380 50 123-45-67", "tel:0501234567;phone-context=+380"],
)
def test_a_phone_is_read_however_people_write_it_as_libphonenumber_does(written: str) -> None:
    by = group()
    declare(by, "ann", "03-01 00:00", phone=PHONE)
    assert ask(by, phone=written) == ["ann"]


@pytest.mark.parametrize("written", ["380501234567", "00380501234567", "0501234567", "+", "+999123456789"])
def test_a_phone_that_cannot_be_read_without_a_region_is_nobodys(written: str) -> None:
    by = group()
    declare(by, "ann", "03-01 00:00", phone=written)
    assert ask(by, phone=written) == []


def test_a_customer_id_is_no_address_that_somebody_is() -> None:
    by = group()
    declare(by, "c1", "03-05 00:00", external_customer_id="c1")
    declare(by, "ann", "03-01 00:00", external_customer_id="c1")
    assert ask(by, external_customer_id="c1") == ["c1"]


def test_another_contacts_address_is_its_own_as_before() -> None:
    by = group()
    declare(by, "bob@shop.example", "03-05 00:00", email=ANN)
    declare(by, "ann", "03-01 00:00", email=ANN)
    assert ask(by, email=ANN) == ["bob@shop.example"]


def test_an_order_that_has_asked_hears_of_every_new_owner_and_of_no_other_declaration() -> None:
    by = group()
    assert ask(by, email=ANN) == []
    assert declare(by, "ann", "03-05 00:00", email=ANN) == ["ann"]
    assert declare(by, "ann", "03-06 00:00", email=ANN) == []
    assert declare(by, "bob", "03-04 00:00", email=ANN) == []
    assert declare(by, "bob", "03-07 00:00", email=ANN) == ["bob"]


def test_questions_have_an_end_and_owners_have_none() -> None:
    by = group(forget_after_ms=0)
    declare(by, "ann", "03-01 00:00", email=ANN)
    ask(by, email="nobody@shop.example")
    newest = at("03-01 12:00") + QUESTION_RETENTION_MS + 10 * DAY
    ask(by, newest, "o2", email=ANN)
    assert [list(askers) for askers in by.accounts["acme"].asked.values()] == [["o2"]]
    assert ask(by, newest + HOUR, "o3", email=ANN) == ["ann"]
