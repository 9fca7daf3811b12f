"""The layout's keys and fields are as documented, share a slot, and can be taken apart again."""

from __future__ import annotations

import inspect
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.crc import key_slot

from connectors.view import layout
from connectors.view.layout import CampaignFigure, Figure, OrderRow
from state.ledger import CONTACT_UNKNOWN, REFUNDED
from tests.reports.shop import ordinal

IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=256)
CHANNELS = st.from_regex(r"[a-z0-9_-]{1,32}", fullmatch=True)
DAY = ordinal("2026-01-31")


def test_keys_are_what_the_readme_says() -> None:
    assert layout.names_key("acme") == "lasttouch:{acme}:names"
    assert layout.tags_key("acme") == "lasttouch:{acme}:tags"
    assert layout.settings_key("acme") == "lasttouch:{acme}:settings"
    assert layout.VERSIONS == "versions"
    assert layout.account_key("a:b") == "lasttouch:{a%3Ab}:account"
    assert layout.days_key("acme") == "lasttouch:{acme}:days"
    assert layout.day_key("acme", DAY) == "lasttouch:{acme}:day:2026-01-31"
    assert layout.total_key("acme") == "lasttouch:{acme}:total"
    assert layout.campaigns_key("acme", DAY) == "lasttouch:{acme}:campaigns:2026-01-31"
    assert layout.campaign_key("acme", "sms", "k 1") == "lasttouch:{acme}:campaign:sms:k%201"
    assert layout.orders_key("acme", DAY) == "lasttouch:{acme}:orders:2026-01-31"
    assert layout.rows_key("acme", DAY) == "lasttouch:{acme}:rows:2026-01-31"
    assert layout.RUN_KEY == "lasttouch:run"
    assert layout.day_key("acme", 1) == "lasttouch:{acme}:day:0001-01-01"


def test_fields_are_what_the_readme_says() -> None:
    assert layout.orders_field("DELIVERED", "EUR") == "orders:DELIVERED:EUR"
    assert layout.amount_field(REFUNDED, "EUR") == "amount:refunded:EUR"
    assert layout.amount_field(CONTACT_UNKNOWN, "EUR") == "amount:contact_unknown:EUR"
    assert layout.sale_field(layout.PURCHASES, "EUR") == "purchases:EUR"
    assert layout.sale_field(layout.REVENUE, "EUR", layout.UNATTRIBUTED) == "unattributed:revenue:EUR"
    assert layout.sale_field(layout.EXPECTED_PURCHASES, "EUR", layout.channel_prefix("sms")) == (
        "channel:sms:expected_purchases:EUR"
    )
    assert layout.sale_field(layout.EXPECTED_REVENUE, "EUR", layout.hour_prefix(9)) == "hour:09:expected_revenue:EUR"
    assert layout.campaign_prefix("sms", "k:1") == "sms:k%3A1:"
    assert layout.name_field("sms", "k:1") == "sms:k%3A1"


@given(IDS, CHANNELS, IDS)
def test_all_keys_of_an_account_share_a_slot(account: str, channel: str, campaign: str) -> None:
    keys = (
        *(layout.account_key(account), layout.days_key(account), layout.total_key(account)),
        *(layout.names_key(account), layout.tags_key(account), layout.settings_key(account)),
        *(make(account, DAY) for make in (layout.day_key, layout.campaigns_key, layout.orders_key, layout.rows_key)),
        layout.campaign_key(account, channel, campaign),
    )

    assert {key_slot(key.encode()) for key in keys} == {key_slot(layout.percent_encode(account).encode())}
    assert len(set(keys)) == len(keys)
    assert all(key.isascii() and key.startswith(layout.PREFIX) for key in keys)


@given(CHANNELS, IDS)
def test_a_campaigns_fields_can_be_taken_apart(channel: str, campaign: str) -> None:
    prefix = layout.campaign_prefix(channel, campaign)

    assert layout.parse_campaign_field(prefix + "sent") == CampaignFigure(channel, campaign, Figure("sent", None))
    assert layout.parse_campaign_field(layout.sale_field(layout.REVENUE, "JPY", prefix)) == CampaignFigure(
        channel, campaign, Figure("revenue", "JPY")
    )


@pytest.mark.parametrize("field", ["", "sms", "sms:k", "sms:k:a:b:c"])
def test_what_is_no_campaigns_field_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="no field of the layout"):
        layout.parse_campaign_field(field)


def test_fields_of_a_day_are_told_apart() -> None:
    assert layout.parse_channel_field("channel:sms:purchases:EUR") == ("sms", Figure("purchases", "EUR"))
    assert layout.parse_channel_field("channel:sms:sent") == ("sms", Figure("sent", None))
    assert layout.parse_channel_field("orders:DELIVERED:EUR") is None
    assert layout.parse_orders_field("orders:DELIVERED:EUR") == ("DELIVERED", "EUR")
    assert layout.parse_orders_field("amount:DELIVERED:EUR") is None
    assert layout.parse_orders_field("sent") is None


@given(st.integers(1, 3_652_059))
def test_a_days_score_leads_back_to_it(day: int) -> None:
    assert layout.day_of_score(float(layout.day_score(day))) == day


def test_every_key_is_documented_above_its_function() -> None:
    source = inspect.getsource(layout)
    for function in re.findall(r"def (\w+_key)\(", source):
        above = source[: source.index(f"def {function}(")].rsplit("\n\n\n", 1)[-1]
        assert re.search(r"^# `lasttouch:\{A\}:\S+` ", above, re.MULTILINE), f"{function} has no key above it"


def test_a_row_keeps_the_orders_items_as_they_came() -> None:
    row = msgspec.json.decode(
        b'{"order":"o","contact":null,"status":"DELIVERED","amount":"1.00","currency":"EUR",'
        b'"ordered_at":"2026-01-01T00:00:00.000Z","refunded":null,"campaign":null,"channel":null,"message":null,'
        b'"event":null,"touched_at":null,"reason":"no_eligible_touch","expected":null,"email":null,"phone":null,'
        b'"external_customer_id":null,"first_name":null,"last_name":null,'
        b'"items":[{"sku":"\\u0041","n": 1.0}],"added later":1}',
        type=OrderRow,
    )

    assert msgspec.json.encode(row).endswith(b'"last_name":null,"items":[{"sku":"\\u0041","n": 1.0}]}')
