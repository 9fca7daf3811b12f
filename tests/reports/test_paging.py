"""Pages put together are the list, whatever the limit, and a cursor is taken only as it was given."""

from __future__ import annotations

import base64

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import UserError
from reports import order_list
from reports.orders import read_orders
from reports.paging import (
    LIMIT_MAX,
    AskedPage,
    ListPosition,
    decode_cursor,
    encode_cursor,
    parse_page,
)
from state.times import format_time
from tests.reports.shop import Sale, Shop, period, view_of

IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=256)
FIRST_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
FEW_INSTANTS = st.integers(0, 5).map(lambda step: FIRST_MS + step * 20_000_000)


def pages(client: redis.Redis, limit: int, status: str | None = None, zone: str = "UTC") -> list[list[str]]:
    found: list[list[str]] = []
    after = None
    while True:
        view = view_of(time_zone=zone)
        report = read_orders(client, view, period("0001-01-01", "9999-12-31"), AskedPage(limit, after), status=status)
        found.append([row.order for row in report.orders])
        if report.next is None:
            return found
        after = decode_cursor(report.next)


@given(
    st.dictionaries(st.text("abcdeé🎉", min_size=1, max_size=3), FEW_INSTANTS, max_size=30),
    st.integers(1, 12),
    st.integers(2, 7),
    st.sampled_from([None, "DELIVERED", "CANCELLED"]),
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_put_together_are_the_whole_list(
    valkey: redis.Redis, orders: dict[str, int], limit: int, trip: int, status: str | None
) -> None:
    valkey.flushall()
    statuses = {order: "DELIVERED" if len(order) % 2 else "CANCELLED" for order in orders}
    Shop(valkey).write(Sale(order, format_time(ms), status=statuses[order]) for order, ms in orders.items())
    wanted = [order for order in orders if status in (None, statuses[order])]
    expected = sorted(wanted, key=lambda order: (-orders[order], order))

    # So few entries a trip that pieces end in the middle of a day and of the orders of one instant.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order_list, "INDEX_ENTRIES_PER_TRIP", trip)
        patch.setattr(order_list, "ROWS_PER_TRIP", trip)
        patch.setattr(order_list, "DAYS_PER_TRIP", trip)
        found = pages(valkey, limit, status)

    assert [order for page in found for order in page] == expected
    assert all(len(page) == limit for page in found[:-1])


def test_days_that_interleave_are_listed_by_instant(valkey: redis.Redis) -> None:
    # St. John's put its clocks back at 00:01, so that the 7th had begun, and then went on with the 6th.
    sales = [
        Sale("on the 6th", "2010-11-07T02:25:00Z"),
        Sale("on the 7th, for a minute", "2010-11-07T02:30:30Z"),
        Sale("on the 6th again", "2010-11-07T02:45:00Z"),
        Sale("on the 7th", "2010-11-07T03:45:00Z"),
    ]
    Shop(valkey, time_zone="America/St_Johns").write(sales)
    newest_first = [sale.order for sale in reversed(sales)]

    assert pages(valkey, 10, zone="America/St_Johns") == [newest_first]
    assert pages(valkey, 1, zone="America/St_Johns") == [[order] for order in newest_first]


def test_a_page_goes_on_where_the_one_before_ended_though_its_last_order_has_gone(
    valkey: redis.Redis,
) -> None:
    shop = Shop(valkey)
    shop.write(Sale(order, "2026-01-01T00:00:00Z") for order in "abcde")
    first = read_orders(valkey, view_of(), period(), AskedPage(limit=2))
    valkey.zrem("lasttouch:{acme}:orders:2026-01-01", "b")
    assert first.next is not None

    second = read_orders(valkey, view_of(), period(), AskedPage(limit=2, after=decode_cursor(first.next)))

    assert [row.order for row in first.orders + second.orders] == ["a", "b", "c", "d"]


def test_an_index_entry_whose_row_is_gone_is_passed_over(valkey: redis.Redis) -> None:
    Shop(valkey).write(Sale(order, "2026-01-01T00:00:00Z") for order in "abc")
    valkey.hdel("lasttouch:{acme}:rows:2026-01-01", "b")

    assert pages(valkey, 1)[0] == ["a"]
    assert [order for page in pages(valkey, 1) for order in page] == ["a", "c"]


@given(st.integers(-(2**53), 2**53), IDS)
def test_a_cursor_is_read_as_it_was_written(ordered_at: int, order: str) -> None:
    cursor = encode_cursor(ListPosition(ordered_at, order))

    assert cursor.isascii()
    assert all(sign.isalnum() or sign in "-_" for sign in cursor)
    assert decode_cursor(cursor) == ListPosition(ordered_at, order)


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_what_is_no_cursor_is_refused_with_the_word_cursor(text: str) -> None:
    with pytest.raises(UserError, match="cursor: "):
        decode_cursor(text)


@pytest.mark.parametrize("raw", ["[1]", '["a",1]', "[1.5,'a']", '[1,""]', '[1, "a"]', "[9007199254740993,'a']", "null"])
def test_a_cursor_of_something_else_is_refused(raw: str) -> None:
    with pytest.raises(UserError, match="cursor: "):
        decode_cursor(base64.urlsafe_b64encode(raw.encode()).decode().rstrip("="))


@pytest.mark.parametrize("limit", [0, -1, LIMIT_MAX + 1])
def test_a_limit_beyond_the_bound_is_refused_with_its_value(limit: int) -> None:
    with pytest.raises(UserError, match=f"limit: {limit} "):
        parse_page(limit, None)


def test_the_bounds_of_the_limit_are_taken() -> None:
    assert (parse_page(1, None).limit, parse_page(LIMIT_MAX, None).limit) == (1, LIMIT_MAX)
