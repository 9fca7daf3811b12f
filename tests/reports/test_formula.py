"""What a sale is, in words, to the letter of http.md §3, and since when it reads so."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.view.settings_versions import SettingsVersion
from reports.formula import formula, formulas
from state.settings import ChannelRule, Settings
from state.times import format_time
from tests.state.shop import HOUR, at

CLICKED = "A sale is a delivered order that was made within 24 hours after a click in the message."
MACHINES = "Opens and clicks by machines do not count."
NO_EVENT = "This channel earns nothing: no event connects it to a sale."
NO_SALES = Settings(show_sales=False)


def rule(event: str, window: str = "24h", **more: object) -> Settings:
    return msgspec.structs.replace(Settings(channels={"email": ChannelRule(event, window)}), **more)


def test_a_click_connects_email_to_a_sale_by_default() -> None:
    assert formula(Settings(), "email") == f"{CLICKED} {MACHINES}"


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("sent", "after the message was sent"),
        ("delivered", "after the message was delivered"),
        ("opened", "after the message was opened"),
        ("clicked", "after a click in the message"),
    ],
)
def test_each_event_has_its_words(event: str, text: str) -> None:
    settings = rule(event, "2d", ignore_automated=False)
    assert formula(settings, "email") == f"A sale is a delivered order that was made within 2 days {text}."


@pytest.mark.parametrize(
    ("window", "text"),
    [
        *(("90m", "90 minutes"), ("1m", "1 minute"), ("1h", "1 hour"), ("24h", "24 hours"), ("48h", "48 hours")),
        *(("1d", "1 day"), ("3d", "3 days"), ("1w", "1 week"), ("2w", "2 weeks"), ("010h", "10 hours")),
    ],
)
def test_a_window_is_written_out_in_the_unit_that_the_setting_has(window: str, text: str) -> None:
    assert f"within {text} after" in formula(rule("sent", window), "email")


def test_excluded_tags_stand_sorted_before_machines() -> None:
    settings = rule("clicked", excluded_tags=("service", "receipt"))
    assert formula(settings, "email") == f"{CLICKED} Messages tagged receipt, service earn nothing. {MACHINES}"


@pytest.mark.parametrize(
    ("event", "said"), [("sent", False), ("delivered", False), ("opened", True), ("clicked", True)]
)
def test_machines_are_spoken_of_only_where_they_open_and_click(event: str, said: bool) -> None:
    assert (MACHINES in formula(rule(event), "email")) == said
    assert MACHINES not in formula(rule(event, ignore_automated=False), "email")


def test_a_channel_without_settings_earns_nothing_whatever_else_is_set() -> None:
    assert formula(rule("clicked", excluded_tags=("service",)), "telegram") == NO_EVENT


@pytest.mark.parametrize("channel", ["email", "telegram"])
def test_switched_off_it_is_one_sentence_alone(channel: str) -> None:
    hidden = "No order is credited: sales are hidden in reports."
    alone = "No order is credited: orders are not associated with messages."
    assert formula(NO_SALES, channel) == hidden
    assert formula(Settings(associate_with_last_message=False, excluded_tags=("a",)), channel) == alone
    assert formula(Settings(show_sales=False, associate_with_last_message=False), channel) == hidden


def version(effective_from: str | None, settings: Settings) -> SettingsVersion:
    since = None if effective_from is None else format_time(at(effective_from))
    return SettingsVersion(since, since, None, settings)


def shown(*newest_first: SettingsVersion, first: str, end: str, zone: str = "UTC") -> list[tuple[str, str, str]]:
    found = formulas(newest_first, "email", (at(first), at(end)), zone)
    return [(stretch.from_, stretch.to, stretch.text) for stretch in found]


DAY_CLICK, WEEK_CLICK = Settings(), rule("clicked", "1w")
OTHER_CHANNEL = msgspec.structs.replace(DAY_CLICK, channels=DAY_CLICK.channels | {"sms": ChannelRule("sent", "1h")})


def test_one_version_is_one_stretch_the_period_in_the_accounts_offset() -> None:
    assert shown(version(None, DAY_CLICK), first="03-28 22:00", end="03-30 21:00", zone="Europe/Kyiv") == [
        ("2026-03-29T00:00:00.000+02:00", "2026-03-31T00:00:00.000+03:00", f"{CLICKED} {MACHINES}")
    ]


def test_every_version_that_reads_differently_has_its_stretch() -> None:
    versions = version("03-02 12:00", NO_SALES), version("03-02 00:00", WEEK_CLICK), version(None, DAY_CLICK)
    found = shown(*versions, first="03-01 00:00", end="03-03 00:00")
    assert [(begin[5:16], end[5:16]) for begin, end, _ in found] == [
        ("03-01T00:00", "03-02T00:00"),
        ("03-02T00:00", "03-02T12:00"),
        ("03-02T12:00", "03-03T00:00"),
    ]
    assert [text for *_, text in found] == [formula(each.settings, "email") for each in reversed(versions)]


def test_versions_that_read_the_same_are_one_stretch() -> None:
    versions = version("03-02 12:00", OTHER_CHANNEL), version(None, DAY_CLICK)
    assert len(shown(*versions, first="03-01 00:00", end="03-03 00:00")) == 1


def test_what_begins_when_the_period_is_over_or_ended_before_it_is_left_out() -> None:
    versions = version("03-03 00:00", NO_SALES), version("03-01 00:00", WEEK_CLICK), version(None, DAY_CLICK)
    [(*_, text)] = shown(*versions, first="03-01 00:00", end="03-03 00:00")
    assert text == formula(WEEK_CLICK, "email")


def test_of_versions_from_the_same_instant_the_newest_holds() -> None:
    versions = version("03-01 00:00", NO_SALES), version("03-01 00:00", WEEK_CLICK), version(None, DAY_CLICK)
    [(*_, text)] = shown(*versions, first="03-01 00:00", end="03-03 00:00")
    assert text == formula(NO_SALES, "email")


def test_a_day_that_an_island_skipped_has_no_stretch() -> None:
    assert shown(version(None, DAY_CLICK), first="03-01 00:00", end="03-01 00:00") == []


def test_an_offset_that_has_seconds_is_written_in_utc() -> None:
    [(begin, end, _)] = shown(
        version(None, DAY_CLICK), first="1850-01-01T00:00:00Z", end="1850-01-02T00:00:00Z", zone="Europe/Kyiv"
    )
    assert (begin, end) == ("1850-01-01T00:00:00.000+00:00", "1850-01-02T00:00:00.000+00:00")


@given(
    st.lists(st.tuples(st.integers(-5, 30), st.sampled_from([DAY_CLICK, WEEK_CLICK, NO_SALES, OTHER_CHANNEL]))),
    st.integers(0, 24),
    st.integers(1, 24),
)
def test_at_every_instant_the_stretch_reads_as_the_settings_in_force(
    said: list[tuple[int, Settings]], begin: int, hours: int
) -> None:
    """What is said later ranks higher where it begins at the same hour."""
    zero = at("03-01 00:00")
    ranked = sorted(range(len(said)), key=lambda number: (said[number][0], number), reverse=True)
    versions = [
        *(SettingsVersion(format_time(zero + said[each][0] * HOUR), None, None, said[each][1]) for each in ranked),
        SettingsVersion(None, None, None, DAY_CLICK),
    ]
    bounds = zero + begin * HOUR, zero + (begin + hours) * HOUR
    stretches = formulas(versions, "email", bounds, "Asia/Kolkata")
    edges = [at(stretch.from_) for stretch in stretches]
    assert edges == sorted(edges)
    assert edges[0] == bounds[0]
    assert [at(stretch.to) for stretch in stretches] == [*edges[1:], bounds[1]]
    assert all(one.text != other.text for one, other in pairwise(stretches))
    for hour in range(begin, begin + hours):
        in_force = max(((since, number) for number, (since, _) in enumerate(said) if since <= hour), default=None)
        settings = DAY_CLICK if in_force is None else said[in_force[1]][1]
        moment = datetime.fromisoformat(format_time(zero + hour * HOUR))
        [text] = [
            each.text
            for each in stretches
            if datetime.fromisoformat(each.from_) <= moment < datetime.fromisoformat(each.to)
        ]
        assert text == formula(settings, "email")
