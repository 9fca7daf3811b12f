"""What a preview says of the counters as they are and of what would come to them."""

from __future__ import annotations

from collections import Counter

import msgspec

from reports.explanation import version_shown
from reports.settings_preview import Currencies, SettingsPreview, settings_preview
from reports.settings_text import preview_lines, version_lines
from state.settings import ChannelRule, Settings, canonical
from state.timeline import Version, of_file
from tests.reports.shop import period
from tests.state.shop import at

JANUARY = period("2026-01-01", "2026-01-31")
VERSION = Version(at("01-01 00:00"), at("02-01 00:00"), canonical(Settings(channels={}, currency="JPY")))
NOW = Counter(
    {
        ("email", "spring", "purchases:EUR"): 3,
        ("email", "spring", "revenue:EUR"): 3_050,
        ("email", "", "revenue:EUR"): 3_050,
        ("email", "spring", "expected_purchases:EUR"): 4,
        ("email", "spring", "expected_revenue:EUR"): 400,
        ("", "", "unattributed:expected_purchases:EUR"): 1,
        ("", "", "unattributed:expected_revenue:EUR"): 800,
        ("", "", "hour:09:unattributed:expected_revenue:EUR"): 800,
        ("sms", "flash", "purchases:EUR"): 1,
        ("sms", "flash", "revenue:EUR"): 100,
        ("sms", "flash", "sent"): 90,
        ("", "", "revenue:EUR"): 3_150,
        ("", "", "unattributed:purchases:EUR"): 2,
        ("", "", "unattributed:revenue:EUR"): 700,
        ("viber", "tokyo", "purchases:JPY"): 1,
        ("viber", "tokyo", "revenue:JPY"): 500,
    }
)
MOVED = Counter(
    {
        ("email", "spring", "purchases:EUR"): -1,
        ("email", "spring", "revenue:EUR"): -50,
        ("viber", "new", "purchases:EUR"): 1,
        ("viber", "new", "revenue:EUR"): 200,
        ("", "", "unattributed:revenue:EUR"): -150,
        ("email", "spring", "expected_purchases:EUR"): 1,
        ("email", "spring", "expected_revenue:EUR"): 100,
        ("", "", "unattributed:expected_purchases:EUR"): -1,
        ("", "", "unattributed:expected_revenue:EUR"): -100,
        ("sms", "flash", "sent"): 5,
    }
)


def preview(difference: Counter[tuple[str, str, str]], after: str = "EUR") -> SettingsPreview:
    return settings_preview("acme", JANUARY, VERSION, Currencies("EUR", after), NOW, difference)


def test_campaigns_that_change_and_everything_together() -> None:
    shown = preview(MOVED)
    assert [(row.channel, row.campaign) for row in shown.campaigns] == [("viber", "new"), ("email", "spring")]
    new, spring = shown.campaigns
    assert (new.purchases_before, new.purchases_after, new.revenue_before, new.revenue_after) == (0, 1, "0.00", "2.00")
    assert (spring.purchases_before, spring.purchases_after) == (3, 2)
    assert (spring.revenue_before, spring.revenue_after) == ("30.50", "30.00")
    assert (spring.expected_purchases_before, spring.expected_purchases_after) == (4, 5)
    assert (spring.expected_revenue_before, spring.expected_revenue_after) == ("4.00", "5.00")
    nobody, total = shown.unattributed, shown.total
    assert (nobody.revenue_before, nobody.revenue_after) == ("7.00", "5.50")
    assert (nobody.purchases_before, nobody.purchases_after) == (2, 2)
    assert (nobody.expected_revenue_before, nobody.expected_revenue_after) == ("8.00", "7.00")
    assert (total.revenue_before, total.revenue_after) == ("38.50", "38.50")
    assert (total.expected_purchases_before, total.expected_purchases_after) == (5, 5)
    assert (total.expected_revenue_before, total.expected_revenue_after) == ("12.00", "12.00")


def test_a_campaign_of_which_only_what_is_expected_changes_is_one_that_changes() -> None:
    (row,) = preview(Counter({("sms", "flash", "expected_revenue:EUR"): 5})).campaigns
    assert (row.campaign, row.revenue_before, row.revenue_after) == ("flash", "1.00", "1.00")
    assert (row.expected_revenue_before, row.expected_revenue_after) == ("0.00", "0.05")


def test_another_currency_counts_other_orders() -> None:
    shown = preview(Counter(), after="JPY")
    assert (shown.currency_before, shown.currency_after) == ("EUR", "JPY")
    rows = {row.campaign: (row.revenue_before, row.revenue_after) for row in shown.campaigns}
    assert rows == {"spring": ("30.50", "0"), "flash": ("1.00", "0"), "tokyo": ("0.00", "500")}
    assert (shown.total.revenue_before, shown.total.revenue_after) == ("38.50", "500")


def test_for_programs() -> None:
    shown = msgspec.to_builtins(preview(MOVED))
    assert (shown["account"], shown["from"], shown["to"]) == ("acme", "2026-01-01", "2026-01-31")
    assert shown["settings"]["effective_from"] == "2026-01-01T00:00:00.000Z"
    assert shown["settings"]["channels"] == {}
    figures = {
        f"{figure}_{side}"
        for figure in ("purchases", "revenue", "expected_purchases", "expected_revenue")
        for side in ("before", "after")
    }
    assert shown["unattributed"].keys() == shown["total"].keys() == figures
    assert {frozenset(row) for row in shown["campaigns"]} == {frozenset({"channel", "campaign", *figures})}


def test_for_people_only_what_changes_is_shown() -> None:
    lines = list(preview_lines(preview(MOVED), 80))
    assert all(len(line) <= 80 for line in lines)
    assert not any("flash" in line or "JPY" in line for line in lines)
    (at,) = (place for place, line in enumerate(lines) if "spring" in line)
    assert lines[at].split() == ["email", "spring", "3", "2", "-1", "30.50", "30.00", "-0.50"]
    assert lines[at + 1].split() == ["(4)", "(5)", "(+1)", "(4.00)", "(5.00)", "(+1.00)"]
    (total,) = (line for line in lines if line.startswith("Total"))
    assert total.split() == ["Total", "6", "6", "38.50", "38.50"]


def test_for_people_amounts_of_two_currencies_are_not_compared() -> None:
    (tokyo,) = (line for line in preview_lines(preview(Counter(), after="JPY"), 80) if "tokyo" in line)
    assert tokyo.split() == ["viber", "tokyo", "0", "1", "+1", "0.00", "500"]


def test_orders_that_only_change_their_day_change_the_total() -> None:
    words = "\n".join(preview_lines(preview(Counter({("", "", "unattributed:revenue:EUR"): 40})), 80))
    assert "Total" in words
    assert "+0.40" in words


def test_nothing() -> None:
    assert list(preview_lines(preview(Counter()), 80))[-1] == "nothing would change"
    other_currency = Counter({("", "", "unattributed:revenue:JPY"): 40})
    assert list(preview_lines(preview(other_currency), 80))[-1] == "nothing would change"


def test_settings_with_their_defaults_marked() -> None:
    changed = Settings(channels={"email": ChannelRule("opened", "2d")}, excluded_tags=("service", "vip"))
    lines = list(version_lines(version_shown(of_file(changed).versions[0]), 80, is_current=True))
    assert lines[0] == "In force from the beginning, now:"
    values = {name: value for name, _, value in (line.strip().partition("  ") for line in lines[1:])}
    assert values["channels"].strip() == "email opened within 2d"
    assert values["excluded_tags"].strip() == "service, vip"
    assert values["currency"].strip() == "EUR (default)"
    assert values["show_sales"].strip() == "on (default)"
    later = next(version_lines(version_shown(VERSION), 80, is_current=False))
    assert later == "In force from 2026-01-01T00:00:00.000Z:"
