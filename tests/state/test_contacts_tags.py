"""Every touch that was received says which tags its message has, and when; whose message it was does not matter."""

from __future__ import annotations

from state.changes import Changes
from state.messages import MESSAGES_MOST
from tests.state.shop import Fact, Shop, at, touch

NOON = at("03-01 12:00")


def received(*facts: Fact, shop: Shop | None = None) -> Changes:
    return (shop or Shop()).receive(*facts)


def test_the_latest_touch_with_a_tag_says_when_it_was_seen() -> None:
    early, late = (touch(event, time, tags=["vip", "sale"]) for event, time in (("sent", NOON), ("opened", NOON + 5)))
    for facts in ((early, late), (late, early), (early, late, early)):
        assert received(*facts).tags == {"acme": {"vip": NOON + 5, "sale": NOON + 5}}


def test_a_touch_without_tags_says_nothing() -> None:
    assert received(touch("sent", NOON)).tags == {}


def test_machines_see_tags_too() -> None:
    assert received(touch("opened", NOON, automated=True, tags=["vip"])).tags == {"acme": {"vip": NOON}}


def test_tags_are_of_all_messages_also_of_those_beyond_what_is_kept_of_a_contact() -> None:
    """Which ones are beyond it depends on which came first."""
    shop = Shop()
    shop.receive(*(touch("sent", NOON + n, message=f"m{n}") for n in range(MESSAGES_MOST)))
    beyond = touch("sent", NOON - 5, message="old", tags=["vip"])
    changes = received(beyond, shop=shop)
    assert len(shop.too_late) == 1
    assert changes.tags == {"acme": {"vip": NOON - 5}}


def test_tags_of_a_contact_that_was_forgotten_are_seen() -> None:
    """They are the messages', not the person's."""
    shop = Shop()
    changes = Changes(now_ms=shop.now_ms)
    shop.contacts.erase("acme", "ann", NOON, changes)
    assert changes.tags == {}
    assert received(touch("sent", NOON - 5, tags=["vip"]), shop=shop).tags == {"acme": {"vip": NOON - 5}}
    assert "ann" not in shop.contacts.account("acme").messages
