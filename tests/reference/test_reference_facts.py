"""Which facts there are: one message, one order, one account (contract §1, §2, §8)."""

from __future__ import annotations

import json

import pytest

from tests.reference.reference import expected
from tests.reference.scenario import NOW_MS, credited, on_day, order, seen, total, touch


def test_a_message_opened_thrice_was_opened_once_on_the_day_of_the_first() -> None:
    opens = [touch("opened", at) for at in ("03-02 08:00", "03-01 23:59", "03-03 08:00")]
    view = seen(*opens, touch("sent", "03-01 08:00"))
    assert total(view, "opened", "sent") == [1, 1]
    assert [on_day(view, day, "opened") for day in ("03-01", "03-02", "03-03")] == [[1], [0], [0]]
    assert "lasttouch:{acme}:campaigns:2026-03-02" not in view.redis


def test_the_first_open_that_counts_is_the_first_by_hand() -> None:
    view = seen(touch("opened", "03-01 08:00", automated=True), touch("opened", "03-02 08:00"))
    assert (on_day(view, "03-01", "opened"), on_day(view, "03-02", "opened")) == ([0], [1])


def test_one_message_id_at_two_contacts_or_in_two_campaigns_is_two_messages() -> None:
    view = seen(
        touch("sent", "03-01 08:00"),
        touch("sent", "03-01 08:00", contact="bob"),
        touch("sent", "03-01 08:00", campaign="summer"),
        touch("sent", "03-01 08:00", channel="sms"),
    )
    assert total(view, "sent", "channel:email:sent", "channel:sms:sent") == [4, 3, 1]


def test_another_contact_s_click_earns_nothing() -> None:
    assert credited(seen(touch("clicked", "03-01 10:00", contact="bob"), order("03-01 12:00"))) == ("no_eligible_touch")


def test_the_state_of_an_order_is_its_latest_event_whole() -> None:
    first = order("03-01 12:00", "03-02 00:00", status="IN_PROGRESS", items=[{"sku": "A"}], email="a@x.example")
    last = order("03-03 12:00", "03-03 13:00", amount="12.00", currency="USD")
    view = seen(touch("clicked", "03-03 10:00"), last, first)
    row = view.rows["acme", "o1"]
    assert (row["status"], row["amount"], row["currency"], row["email"]) == (
        "DELIVERED",
        "12.00",
        "USD",
        None,
    )
    assert (row["ordered_at"], row["channel"], "items" in row) == ("2026-03-03T12:00:00.000Z", "email", False)
    assert on_day(view, "03-03", "orders:DELIVERED:USD", "purchases:USD") == [1, 1]
    assert total(view, "orders:IN_PROGRESS:EUR") == [0]


def test_of_order_events_at_one_instant_the_later_status_in_the_list_holds() -> None:
    for lower, higher in (
        ("INITIALIZED", "IN_PROGRESS"),
        ("IN_PROGRESS", "DELIVERED"),
        ("DELIVERED", "CANCELLED"),
    ):
        view = seen(order("03-01 12:00", status=higher, amount="1"), order("03-01 12:00", status=lower, amount="9"))
        assert view.rows["acme", "o1"]["status"] == higher


@pytest.mark.parametrize(
    ("smaller", "greater"),
    [
        ({"amount": "9.00"}, {"amount": "10.00"}),
        ({"amount": "5", "currency": "KWD"}, {"amount": "10.00", "currency": "EUR"}),
        ({"amount": "500.00", "currency": "EUR"}, {"amount": "501", "currency": "JPY"}),
        ({"contact": "ann"}, {"contact": "bob"}),
        ({"contact": "z"}, {"contact": "я"}),
        ({"contact": None, "email": "a@x.example"}, {"contact": "A"}),
        ({"currency": "EUR"}, {"currency": "USD"}),
        ({"last_name": "Ivanova"}, {"last_name": "Petrova"}),
        ({"last_name": "Ivanova"}, {}),
        ({"refunded": "0"}, {"refunded": "10.00"}),
    ],
)
def test_of_equal_order_events_the_greater_amount_contact_and_canonical_json_hold(
    smaller: dict[str, str], greater: dict[str, str]
) -> None:
    lines = [order("03-01 12:00", **smaller), order("03-01 12:00", **greater)]
    row = seen(*lines).rows["acme", "o1"]
    assert row == seen(lines[1]).rows["acme", "o1"]
    assert row != seen(lines[0]).rows["acme", "o1"]


def test_of_equal_order_events_the_later_purchase_holds() -> None:
    assert seen(order("03-02 12:00"), order("03-01 12:00")) == seen(order("03-02 12:00"))


def test_an_order_that_comes_back_under_another_contact_moves_there() -> None:
    events = [
        touch("clicked", "03-01 10:00"),
        touch("clicked", "03-01 10:00", contact="bob", campaign="summer"),
        order("03-01 12:00", "03-02 00:00"),
        order("03-01 12:00", "03-03 00:00", contact="bob"),
    ]
    view = seen(*events)
    assert credited(view) == "email/summer/m1"
    assert view.records["acme", "o1"]["contact"] == "bob"
    assert total(view, "purchases:EUR", "revenue:EUR", "orders:DELIVERED:EUR") == [1, 1000, 1]
    assert "purchases:EUR" not in view.redis["lasttouch:{acme}:campaign:email:spring"]
    assert seen(*reversed(events), *events) == view


def test_refunds_are_shown_apart_for_orders_of_any_status() -> None:
    view = seen(
        touch("clicked", "03-01 10:00"),
        order("03-01 12:00", refunded="4"),
        order("03-01 12:00", order="o2", status="CANCELLED", refunded="10.00"),
        order("03-01 12:00", order="o3", refunded="0"),
    )
    assert total(view, "orders:refunded:EUR", "amount:refunded:EUR", "revenue:EUR") == [2, 1400, 2000]
    assert [view.rows["acme", name]["refunded"] for name in ("o1", "o2", "o3")] == ["4.00", "10.00", "0.00"]


def test_accounts_share_nothing_and_a_table_of_one_s_own_inherits_nothing() -> None:
    lines = [
        touch("clicked", "03-01 10:00"),
        order("03-01 12:00", account="beta"),
        touch("clicked", "03-01 10:00", account="gamma"),
        order("03-01 12:00", account="gamma"),
    ]
    tables: dict[str, dict[str, object]] = {
        "": {"show_sales": False, "currency": "USD"},
        "gamma": {"time_zone": "Europe/Kyiv"},
    }
    view = expected(lines, tables, NOW_MS)
    assert view.records["beta", "o1"]["reason"] == "sales_hidden"
    assert view.records["gamma", "o1"]["reason"] == "last_touch"
    assert view.currency == {"acme": "USD", "beta": "USD", "gamma": "EUR"}
    assert "purchases:EUR" not in view.redis["lasttouch:{acme}:total"]


def test_names_of_any_kind_lie_quoted_in_the_keys() -> None:
    odd = "{ь}: 50%/\n"
    quoted = "%7B%D1%8C%7D%3A%2050%25%2F%0A"
    view = seen(touch("sent", "03-01 10:00", account=odd, campaign=odd, channel="x-1_y"))
    assert set(view.redis) == {
        f"lasttouch:{{{quoted}}}:{rest}"
        for rest in ("day:2026-03-01", "total", "campaigns:2026-03-01", f"campaign:x-1_y:{quoted}")
    }
    assert view.redis[f"lasttouch:{{{quoted}}}:campaigns:2026-03-01"] == {f"x-1_y:{quoted}:sent": "1"}


def test_as_of_is_the_newest_time_of_the_account_s_touches_and_orders() -> None:
    view = seen(touch("sent", "03-05 10:00"), order("03-01 12:00", "03-04 12:00"))
    assert view.as_of == {"acme": "2026-03-05T10:00:00.000Z"}


def test_items_are_kept_as_they_came() -> None:
    items = [{"sku": "A", "qty": 2, "price": 1.5, "tags": ["чай"]}]
    assert seen(order("03-01 12:00", items=items)).rows["acme", "o1"]["items"] == items
    assert "items" not in seen(order("03-01 12:00").replace(b"}", b', "items": null}')).rows["acme", "o1"]


def test_several_lines_that_say_the_same_are_one_event() -> None:
    line = order("03-01 12:00")
    again = json.dumps(dict(reversed(json.loads(line).items())), indent=None, separators=(" , ", ":")).encode()
    spelled = line.replace(b'"10.00"', b"1e1").replace(b"12:00:00Z", b"13:00:00.000999+01:00")
    assert seen(line, again, spelled, line) == seen(line)
