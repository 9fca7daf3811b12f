"""All about one campaign, to the letter of http.md §3."""

from __future__ import annotations

import msgspec
import redis

from connectors.view import layout
from connectors.view.settings_versions import encode_versions
from reports.campaign_page import read_campaign_page
from reports.campaigns import read_campaigns
from reports.render import as_csv, as_json
from reports.timeline import read_timeline
from state.settings import DEFAULT, Settings, canonical
from state.timeline import Version, base_version
from tests.reports.shop import Sale, Shop, Touched, period, view_of
from tests.state.shop import at

MAY = period("2026-05-01", "2026-05-02")
NOW = at("05-02 12:00")
CLICK = (
    "A sale is a delivered order that was made within 24 hours after a click in the message."
    " Opens and clicks by machines do not count."
)


def test_the_page_is_as_http_has_it(valkey: redis.Redis) -> None:
    Shop(valkey).named("email", "k:1", "Spring").write(
        [
            Sale("o1", "2026-05-01T10:00:00Z", 1_000, credited=("email", "k:1")),
            Sale("o2", "2026-05-02T10:00:00Z", 501, credited=("email", "k:1")),
            Sale("o3", "2026-05-02T10:00:00Z", 7, credited=("sms", "k:1")),
        ],
        [Touched("2026-05-01", "email", "k:1", "opened", 4)],
    )
    strict = Settings(channels={}, excluded_tags=("service", "receipt"))
    versions = [Version(at("05-02 00:00"), at("05-01 00:00"), canonical(strict), "ann"), base_version(DEFAULT)]
    valkey.hset(layout.settings_key("acme"), layout.VERSIONS, encode_versions(versions))

    page = read_campaign_page(valkey, view_of(), MAY, DEFAULT, NOW, channel="email", campaign="k:1")

    zeros = {"expected_purchases": 0, "expected_revenue": "0.00", "sent": 0, "delivered": 0, "opened": 0, "clicked": 0}
    shown = msgspec.json.decode(as_json(page))
    assert list(shown) == [
        *("account", "channel", "campaign", "from", "to", "currency", "time_zone", "row", "formula", "formulas"),
        *("excluded_tags", "days", "as_of", "catching_up"),
    ]
    assert shown == {
        "account": "acme",
        "channel": "email",
        "campaign": "k:1",
        "from": "2026-05-01",
        "to": "2026-05-02",
        "currency": "EUR",
        "time_zone": "UTC",
        "as_of": None,
        "catching_up": False,
        "row": {
            "channel": "email",
            "campaign": "k:1",
            "name": "Spring",
            "purchases": 2,
            "average_check": "7.51",
            "revenue": "15.01",
            "purchase_to_open_rate": "0.5000",
            "purchase_to_click_rate": None,
            **zeros,
            "opened": 4,
        },
        "formula": "This channel earns nothing: no event connects it to a sale.",
        "formulas": [
            {"from": "2026-05-01T00:00:00.000+00:00", "to": "2026-05-02T00:00:00.000+00:00", "text": CLICK},
            {
                "from": "2026-05-02T00:00:00.000+00:00",
                "to": "2026-05-03T00:00:00.000+00:00",
                "text": "This channel earns nothing: no event connects it to a sale.",
            },
        ],
        "excluded_tags": ["receipt", "service"],
        "days": [
            {"day": "2026-05-01", "purchases": 1, "revenue": "10.00", **zeros, "opened": 4},
            {"day": "2026-05-02", "purchases": 1, "revenue": "5.01", **zeros},
        ],
    }
    assert [page.row] == read_campaigns(valkey, view_of(), MAY, channel="email").campaigns
    assert page.days == read_timeline(valkey, view_of(), MAY, channel="email", campaign="k:1").days
    assert as_csv(page) == as_csv(read_timeline(valkey, view_of(), MAY, channel="email", campaign="k:1"))


def test_a_campaign_nobody_has_heard_of_has_a_row_and_days_of_zeros(valkey: redis.Redis) -> None:
    begun_with = Settings(show_sales=False, excluded_tags=("service",))
    page = read_campaign_page(valkey, view_of(), MAY, begun_with, NOW, channel="email", campaign="k")
    row = page.row
    assert (row.name, row.purchases, row.revenue, row.average_check, row.sent) == (None, 0, "0.00", None, 0)
    assert (row.purchase_to_open_rate, row.purchase_to_click_rate) == (None, None)
    assert len(page.days) == 2
    assert page.formula == "No order is credited: sales are hidden in reports."
    assert (len(page.formulas), page.excluded_tags) == (1, ["service"])


def test_settings_to_come_are_in_the_stretches_and_not_yet_in_force(valkey: redis.Redis) -> None:
    hidden = Version(at("05-02 12:01"), at("05-01 00:00"), canonical(Settings(show_sales=False)))
    valkey.hset(layout.settings_key("acme"), layout.VERSIONS, encode_versions([hidden, base_version(DEFAULT)]))
    page = read_campaign_page(valkey, view_of(), MAY, DEFAULT, NOW, channel="email", campaign="k")
    assert page.formula == CLICK
    assert [stretch.text for stretch in page.formulas] == [CLICK, "No order is credited: sales are hidden in reports."]
