"""What a preview says of the counters as they are and of what would come to them."""

from __future__ import annotations

from collections import Counter

import msgspec

from reports.explanation import version_shown
from reports.settings_preview import Change, SettingsPreview, settings_preview
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
        ("sms", "flash", "sent"): 5,
    }
)


def preview(difference: Counter[tuple[str, str, str]]) -> SettingsPreview:
    return settings_preview("acme", JANUARY, VERSION, NOW, difference)


def test_campaigns_that_change_and_everything_together() -> None:
    shown = preview(MOVED)
    assert [(row.channel, row.campaign, row.currency) for row in shown.campaigns] == [
        ("viber", "new", "EUR"),
        ("email", "spring", "EUR"),
    ]
    new, spring = shown.campaigns
    assert (new.purchases, new.revenue) == (Change(0, 1, 1), Change("0.00", "2.00", "2.00"))
    assert (spring.purchases, spring.revenue) == (Change(3, 2, -1), Change("30.50", "30.00", "-0.50"))
    of_all = {name: {of.currency: of for of in getattr(shown, name)} for name in ("credited", "unattributed", "total")}
    assert of_all["credited"]["EUR"].revenue == Change("31.50", "33.00", "1.50")
    assert of_all["unattributed"]["EUR"].revenue == Change("7.00", "5.50", "-1.50")
    assert of_all["unattributed"]["EUR"].purchases == Change(2, 2, 0)
    assert of_all["total"]["EUR"].revenue == Change("38.50", "38.50", "0.00")
    assert of_all["total"]["JPY"].revenue == Change("500", "500", "0")
    assert of_all["credited"].keys() == {"EUR", "JPY"}


def test_for_programs() -> None:
    shown = msgspec.to_builtins(preview(MOVED))
    assert (shown["account"], shown["from"], shown["to"]) == ("acme", "2026-01-01", "2026-01-31")
    assert shown["settings"]["effective_from"] == "2026-01-01T00:00:00.000Z"
    assert shown["settings"]["channels"] == {}


def test_for_people_only_what_changes_is_shown() -> None:
    lines = list(preview_lines(preview(MOVED), 80))
    assert all(len(line) <= 80 for line in lines)
    assert not any("flash" in line or "JPY" in line for line in lines)
    (spring,) = (line for line in lines if "spring" in line)
    assert spring.split() == ["email", "spring", "3", "2", "-1", "30.50", "30.00", "-0.50"]
    (total,) = (line for line in lines if line.startswith("Total"))
    assert total.split() == ["Total", "6", "6", "38.50", "38.50"]


def test_orders_that_only_change_their_day_change_the_total() -> None:
    words = "\n".join(preview_lines(preview(Counter({("", "", "unattributed:revenue:JPY"): 40})), 80))
    assert "Total" in words
    assert "+40" in words
    assert "EUR" not in words


def test_nothing() -> None:
    assert list(preview_lines(preview(Counter()), 80))[-1] == "nothing would change"


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
