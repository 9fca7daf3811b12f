"""A shop's facts as they come in: what is credited and counted, and that nothing depends on how they came."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from state.changes import Changes, Seen
from state.events import SettingsChange
from state.retention import NEVER
from state.settings import Settings, canonical, parse_settings
from state.timeline import Version, of_file
from tests.examples import examples
from tests.state.random_facts import deliveries, fact_sets, settings_tables
from tests.state.recount import credit_of, decisions, figures, history
from tests.state.shop import Fact, Shop, at, channel, day, order, shown, touch
from tests.state.shop import decisions as decided

tables = settings_tables()


def in_any_order(*facts: Fact, **table: Any) -> Shop:
    """The shop after these facts, which is the same in whatever order they come, together or one by one."""
    shops = [Shop(Settings(**table)) for _ in permutations(facts)]
    for shop, arrived in zip(shops, permutations(facts), strict=True):
        for fact in arrived:
            shop.receive(fact)
    together = Shop(Settings(**table))
    together.receive(*facts)
    for shop in shops:
        assert shop.figures() == together.figures()
        assert {key: shown(told) for key, told in shop.outcomes.items()} == {
            key: shown(told) for key, told in together.outcomes.items()
        }
    return together


def test_a_click_and_an_order_make_a_campaigns_revenue() -> None:
    shop = in_any_order(touch("clicked", "03-01 11:00"), order("03-01 12:00"))
    assert shop.credited() == "email/spring/m1"
    assert shop.figures() == {
        ("acme", day("03-01"), "email", "spring", "clicked"): 1,
        ("acme", day("03-01"), "email", "spring", "purchases:EUR"): 1,
        ("acme", day("03-01"), "email", "spring", "revenue:EUR"): 1000,
        ("acme", day("03-01"), "", "", "orders:DELIVERED:EUR"): 1,
        ("acme", day("03-01"), "", "", "amount:DELIVERED:EUR"): 1000,
        ("acme", day("03-01"), "", "", "hour:12:purchases:EUR"): 1,
        ("acme", day("03-01"), "", "", "hour:12:revenue:EUR"): 1000,
    }


def test_a_click_that_comes_in_late_takes_the_credit() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 10:00"), order("03-01 12:00"), touch("clicked", "03-01 11:00", campaign="flash")
    )
    assert shop.credited() == "email/flash/m1"
    assert shop.total("revenue:EUR", campaign="spring") == 0
    assert shop.total("revenue:EUR", campaign="flash") == 1000


def test_a_cancelled_order_gives_its_revenue_back() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 11:00"),
        order("03-01 12:00", "03-01 13:00"),
        order("03-01 12:00", "03-03 09:00", status="CANCELLED"),
    )
    assert shop.credited() == "not_delivered"
    assert (shop.total("purchases:EUR"), shop.total("revenue:EUR")) == (0, 0)
    assert (shop.total("orders:CANCELLED:EUR"), shop.total("orders:DELIVERED:EUR")) == (1, 0)


def test_a_refund_is_counted_apart_and_takes_nothing_off() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 11:00"), order("03-01 12:00"), order("03-01 12:00", "03-05 12:00", refunded=400)
    )
    assert shop.total("revenue:EUR") == shop.total("amount:DELIVERED:EUR") == 1000
    assert (shop.total("orders:refunded:EUR"), shop.total("amount:refunded:EUR")) == (1, 400)


def test_an_order_is_not_credited_to_another_contacts_click_nor_to_another_accounts() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 11:00", contact="bob"),
        touch("clicked", "03-01 11:00", account="other"),
        order("03-01 12:00"),
    )
    assert shop.credited() == "no_eligible_touch"
    assert (shop.total("unattributed:purchases:EUR"), shop.total("unattributed:revenue:EUR")) == (1, 1000)
    assert shop.total("clicked", account="acme") == shop.total("clicked", account="other") == 1


def test_the_same_order_id_of_two_accounts_is_two_orders() -> None:
    shop = in_any_order(touch("clicked", "03-01 11:00"), order("03-01 12:00"), order("03-01 12:00", account="other"))
    assert (shop.credited(), shop.credited(account="other")) == ("email/spring/m1", "no_eligible_touch")


def test_an_order_that_comes_back_under_another_contact_is_credited_once_and_there() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 11:00"),
        touch("clicked", "03-01 11:00", contact="bob", campaign="flash"),
        order("03-01 12:00", "03-01 13:00"),
        order("03-01 12:00", "03-01 14:00", contact="bob"),
    )
    assert shop.credited() == "email/flash/m1"
    assert shop.total("revenue:EUR") == shop.total("revenue:EUR", campaign="flash") == 1000
    assert shop.total("orders:DELIVERED:EUR") == 1


def test_an_order_that_moves_away_and_back_is_where_it_was() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 11:00"),
        *(order("03-01 12:00", f"03-01 1{hour}:00", contact=who) for hour, who in ((3, "ann"), (4, "bob"), (5, "ann"))),
    )
    assert shop.credited() == "email/spring/m1"
    assert shop.total("revenue:EUR") == 1000


def test_a_message_is_counted_once_on_the_day_of_its_first_touch_however_often_it_is_clicked() -> None:
    clicks = [touch("clicked", when) for when in ("03-03 10:00", "03-01 10:00", "03-02 10:00", "03-01 10:00")]
    shop = in_any_order(*clicks)
    assert shop.figures() == {("acme", day("03-01"), "email", "spring", "clicked"): 1}


def test_a_day_is_that_of_the_accounts_time_zone() -> None:
    late = touch("clicked", "03-01 22:30")
    shop = in_any_order(late, order("03-01 22:45"), time_zone="Europe/Kyiv")
    assert {key[1] for key in shop.figures()} == {day("03-02")}
    assert shop.outcomes["acme", "o1"].day == day("03-02")


def test_money_of_two_currencies_is_never_added() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 11:00"), order("03-01 12:00"), order("03-01 12:00", order="o2", currency="JPY")
    )
    assert (shop.total("revenue:EUR"), shop.total("revenue:JPY")) == (1000, 1000)


def test_a_link_scanner_opens_and_clicks_nothing_that_counts() -> None:
    scanned = [touch(event, "03-01 11:00", automated=True) for event in ("sent", "delivered", "opened", "clicked")]
    shop = in_any_order(*scanned)
    assert [shop.total(event) for event in ("sent", "delivered", "opened", "clicked")] == [1, 1, 0, 0]


def test_a_click_that_turns_out_to_be_a_machines_is_taken_back() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 11:00"), order("03-01 12:00"), touch("clicked", "03-01 11:00", automated=True)
    )
    assert shop.credited() == "no_eligible_touch"
    assert shop.total("clicked") == 0


def test_a_tag_that_comes_with_an_earlier_touch_excludes_the_message() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 11:00"),
        order("03-01 12:00"),
        touch("sent", "03-01 09:00", tags=["service"]),
        excluded_tags=("service",),
    )
    assert shop.credited() == "no_eligible_touch"
    assert shop.total("revenue:EUR") == 0


def test_a_tag_that_comes_with_a_touch_after_the_order_excludes_the_message_too() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 11:00"),
        order("03-01 12:00"),
        touch("opened", "03-01 13:00", tags=["service"]),
        excluded_tags=("service",),
    )
    assert shop.credited() == "no_eligible_touch"
    assert shop.total("revenue:EUR") == 0


def test_a_tag_that_comes_between_two_orders_takes_the_credit_of_both() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 11:00"),
        order("03-01 12:00"),
        touch("opened", "03-01 13:00", tags=["service"]),
        order("03-01 14:00", order="o2"),
        excluded_tags=("service",),
    )
    assert shop.credited("o1") == shop.credited("o2") == "no_eligible_touch"


def test_nobodys_order_is_pending_and_counts_as_unattributed_once_delivered() -> None:
    shop = in_any_order(
        touch("clicked", "03-01 11:00"),
        order("03-01 12:00", contact=None, email="ann@shop.example"),
        order("03-01 12:00", order="o2", contact=None, email="ann@shop.example", status="IN_PROGRESS"),
    )
    assert shop.credited("o1") == shop.credited("o2") == "contact_unknown"
    assert shop.total("unattributed:purchases:EUR") == 1
    assert shop.total("orders:IN_PROGRESS:EUR") == 1


def test_nothing_is_told_where_nothing_changed() -> None:
    shop = Shop()
    facts = touch("clicked", "03-01 11:00"), order("03-01 12:00")
    shop.receive(*facts)
    changes = shop.receive(*facts)
    assert (changes.outcomes, changes.counted, changes.too_late) == ([], {}, [])
    assert not any(changes.entries.values())


def test_a_resumed_run_tells_of_an_order_once_more_and_counts_nothing_twice() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "03-01 11:00"), order("03-01 12:00"))
    before = shop.figures()
    [told] = decided(shop.resend("o1"))
    assert shown(told) == "email/spring/m1"
    assert shop.figures() == before


def test_a_lost_view_is_told_every_order_as_it_stands_and_no_counter_twice() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "03-01 11:00"), order("03-01 12:00"), order("03-02 12:00", order="o2", contact="bob"))
    changes = Changes()
    shop.contacts.emit_all(changes)
    assert {told.order.order: shown(told) for told in decided(changes)} == {
        "o1": "email/spring/m1",
        "o2": "no_eligible_touch",
    }
    assert {told.order.order: told.day for told in decided(changes)} == {"o1": day("03-01"), "o2": day("03-02")}
    assert not any(changes.entries.values())
    assert changes.counted == {}
    assert changes.seen["acme"].newest == at("03-02 13:00")


def test_the_newest_event_of_an_account_is_seen_whichever_came_last() -> None:
    shop = Shop(Settings(currency="USD"))
    shop.receive(order("03-01 12:00", "03-01 15:00"), touch("clicked", "03-01 14:00"))
    shop.receive(touch("clicked", "03-01 10:00"), touch("clicked", "03-01 20:00", account="other"))
    assert {account: seen.newest for account, seen in shop.seen.items()} == {
        "acme": at("03-01 15:00"),
        "other": at("03-01 20:00"),
    }
    assert shop.seen["acme"].version.settings.currency == "USD"


def test_what_a_shop_sets_before_its_first_event_holds_for_it() -> None:
    shop, changes = Shop(), Changes()
    shop.contacts.add_settings(SettingsChange("acme", 0, 0, canonical(Settings(currency="UAH"))), changes)
    assert changes.seen == {"acme": Seen(NEVER, Version(0, 0, canonical(Settings(currency="UAH"))))}


def test_a_settings_file_makes_no_account_that_nobody_has_heard_of() -> None:
    shop = Shop()
    shop.change_settings(of_file(Settings(currency="UAH")))
    assert shop.seen == {}


def test_an_order_whose_day_changes_is_told_and_counted_under_its_new_day() -> None:
    shop = Shop()
    shop.receive(order("03-01 23:00"))
    [told] = decided(shop.change_settings(of_file(Settings(time_zone="Europe/Kyiv"))))
    assert told.day == day("03-02")
    assert {key[1] for key in shop.figures()} == {day("03-02")}


def test_other_settings_decide_and_count_all_that_is_kept_anew() -> None:
    shop = Shop()
    shop.receive(touch("opened", "03-01 11:00"), touch("opened", "03-01 10:00", message="m2", automated=True))
    shop.receive(order("03-01 12:00"))
    assert (shop.credited(), shop.total("opened")) == ("no_eligible_touch", 1)
    shop.change_settings(of_file(Settings(channels={"email": channel("opened", "24h")}, ignore_automated=False)))
    assert (shop.credited(), shop.total("opened")) == ("email/spring/m1", 2)
    shop.change_settings(of_file(Settings(show_sales=False)))
    assert (shop.credited(), shop.total("opened"), shop.total("revenue:EUR")) == ("sales_hidden", 1, 0)


def test_settings_that_are_the_same_change_nothing() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "03-01 11:00"), order("03-01 12:00"))
    changes = shop.change_settings(of_file(Settings()))
    assert (changes.outcomes, changes.entries, changes.seen) == ([], {}, {})


@settings(deadline=None, max_examples=examples(200))
@given(facts=fact_sets(), table=tables, data=st.data())
def test_what_is_shown_does_not_depend_on_order_batches_and_repetition(
    facts: list[Fact], table: Mapping[str, Any], data: st.DataObject
) -> None:
    shop = Shop(parse_settings(table))
    for batch in data.draw(deliveries(facts)):
        shop.receive(*batch)
        shop.resend(*data.draw(st.lists(st.sampled_from(["o1", "o2", "o3"]), max_size=3)))
    assert shop.figures() == figures(facts, history(table))
    expected = decisions(facts, history(table))
    assert {key: shown(told) for key, told in shop.outcomes.items()} == {
        key: credit_of(decision) for key, decision in expected.items()
    }
    assert shop.too_late == []
    assert not shop.pushed_out


@settings(deadline=None, max_examples=examples(60))
@given(facts=fact_sets(), before=tables, after=tables, cut=st.integers(0, 22))
def test_settings_changed_on_the_way_show_what_they_would_have_shown_from_the_start(
    facts: list[Fact], before: Mapping[str, Any], after: Mapping[str, Any], cut: int
) -> None:
    shop = Shop(parse_settings(before))
    shop.receive(*facts[:cut])
    shop.change_settings(of_file(parse_settings(after)), "acme")
    shop.change_settings(of_file(parse_settings(after)), "тест")
    shop.receive(*facts[cut:])
    assert shop.figures() == figures(facts, history(after))
    assert {key: told.decision.reason for key, told in shop.outcomes.items()} == {
        key: decision.reason for key, decision in decisions(facts, history(after)).items()
    }


@settings(deadline=None, max_examples=examples(60))
@given(facts=fact_sets(), table=tables)
def test_channels_and_unattributed_add_up_to_the_delivered_orders(facts: list[Fact], table: Mapping[str, Any]) -> None:
    shop = Shop(parse_settings(table))
    shop.receive(*facts)
    for currency in ("EUR", "JPY"):
        sold = shop.total(f"revenue:{currency}") + shop.total(f"unattributed:revenue:{currency}")
        assert sold == shop.total(f"amount:DELIVERED:{currency}")
        bought = shop.total(f"purchases:{currency}") + shop.total(f"unattributed:purchases:{currency}")
        assert bought == shop.total(f"orders:DELIVERED:{currency}")
