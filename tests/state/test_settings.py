"""Settings as a marketer writes them: what they mean, and what is said of those that cannot be taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.settings import (
    DEFAULT,
    ChannelRule,
    Settings,
    WrongSetting,
    canonical,
    from_canonical,
    parse_settings,
    window_ms,
)
from tests.reference.account_settings import read_settings
from tests.reference.settings_tables import settings_members
from tests.state.shop import DAY, HOUR, MINUTE

untimed = hypothesis.settings(deadline=None)
tables = settings_members().map(lambda given: {name: value for name, value in given.items() if value is not None})


def refused(**raw: Any) -> str:
    with pytest.raises(WrongSetting) as wrong:
        parse_settings(raw)
    assert str(wrong.value) == f"{wrong.value.field}: {wrong.value.message}"
    return str(wrong.value)


def test_who_says_nothing_has_the_defaults_of_the_contract() -> None:
    assert parse_settings({}) == DEFAULT
    assert DEFAULT.channels == {
        "email": ChannelRule("clicked", "24h"),
        "sms": ChannelRule("delivered", "48h"),
        "viber": ChannelRule("opened", "24h"),
        "webpush": ChannelRule("clicked", "12h"),
    }
    assert (DEFAULT.currency, DEFAULT.time_zone, DEFAULT.excluded_tags) == ("EUR", "UTC", ())
    assert (DEFAULT.show_sales, DEFAULT.associate_with_last_message, DEFAULT.ignore_automated) == (True, True, True)


def test_channels_given_are_the_whole_map() -> None:
    given = parse_settings({"channels": {"telegram": {"event": "opened", "window": "3d"}}})
    assert given.channels == {"telegram": ChannelRule("opened", "3d")}
    assert parse_settings({"channels": {}}).channels == {}


@pytest.mark.parametrize(
    ("text", "ms"),
    [("90m", 90 * MINUTE), ("24h", 24 * HOUR), ("3d", 3 * DAY), ("2w", 14 * DAY), ("090m", 90 * MINUTE)],
)
def test_a_window_is_minutes_hours_days_or_weeks(text: str, ms: int) -> None:
    assert window_ms(text) == ms
    assert ChannelRule("clicked", text).window_ms == ms


@pytest.mark.parametrize("text", ["", "24", "h", "1.5h", "-1h", "24 h", "24H", "1y", "٣d", "24h\n"])
def test_anything_else_is_no_window(text: str) -> None:
    with pytest.raises(ValueError):
        window_ms(text)
    assert "email.window" in refused(channels={"email": {"event": "clicked", "window": text}})


@pytest.mark.parametrize("window", ["90d", "2160h", "12w"])
def test_a_window_may_be_as_long_as_touches_are_kept(window: str) -> None:
    given = parse_settings({"channels": {"email": {"event": "clicked", "window": window}}})
    assert given.channels["email"].window == window


@pytest.mark.parametrize("window", ["91d", "2161h", "13w"])
def test_but_no_longer(window: str) -> None:
    assert refused(channels={"email": {"event": "clicked", "window": window}}) == (
        f"channels.email.window: {window} is longer than touches are kept (90d); write 90d or less"
    )


@pytest.mark.parametrize(("show", "associate", "credits"), [(1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 0)])
def test_both_switches_must_be_on_for_an_order_to_be_credited(show: int, associate: int, credits: int) -> None:
    given = parse_settings({"show_sales": bool(show), "associate_with_last_message": bool(associate)})
    assert given.credits is bool(credits)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"show_sale": True}, "show_sale: is no setting; there are show_sales, associate_with_last_message, channels"),
        ({"show_sales": "yes"}, "show_sales: 'yes' is neither true nor false"),
        ({"associate_with_last_message": 1}, "associate_with_last_message: 1 is neither true nor false"),
        ({"ignore_automated": []}, "ignore_automated: [] is neither true nor false"),
        ({"currency": "EURO"}, "currency: 'EURO' is not an ISO 4217 code; write one such as EUR"),
        ({"currency": ["EUR"]}, "currency: ['EUR'] is not an ISO 4217 code"),
        ({"time_zone": "Kyiv"}, "time_zone: 'Kyiv' is not an IANA time zone; write one such as Europe/Kyiv"),
        ({"time_zone": ""}, "time_zone: '' is not an IANA time zone"),
        ({"time_zone": "../UTC"}, "time_zone: '../UTC' is not an IANA time zone"),
        ({"time_zone": "Europe"}, "time_zone: 'Europe' is not an IANA time zone"),
        ({"time_zone": "posixrules"}, "time_zone: 'posixrules' is not an IANA time zone"),
        ({"time_zone": "right/UTC"}, "time_zone: 'right/UTC' is not an IANA time zone"),
        ({"time_zone": 2}, "time_zone: 2 is not an IANA time zone"),
        ({"excluded_tags": "service"}, "excluded_tags: 'service' is not a list of texts; write [\"service\"]"),
        ({"excluded_tags": ["a", 1]}, "excluded_tags: ['a', 1] is not a list of texts"),
        ({"channels": []}, "channels: [] is not a table of channel → event and window"),
        ({"channels": {"E-Mail": {}}}, "channels.E-Mail: a channel's name is 1–32 of a–z, 0–9, _ and -"),
        ({"channels": {"": {}}}, "channels.: a channel's name is 1–32"),
        ({"channels": {"x" * 33: {}}}, f"channels.{'x' * 33}: a channel's name is 1–32"),
        ({"channels": {"sms": "24h"}}, "channels.sms: '24h' is not a table; write { event = \"clicked\", window"),
        ({"channels": {"sms": {"window": "1d"}}}, "channels.sms.event: nothing is not one of sent, delivered, opened"),
        ({"channels": {"sms": {"event": "bounced", "window": "1d"}}}, "channels.sms.event: 'bounced' is not one of"),
        ({"channels": {"sms": {"event": ["sent"], "window": "1d"}}}, "channels.sms.event: ['sent'] is not one of"),
        ({"channels": {"sms": {"event": "sent"}}}, "channels.sms.window: nothing is not a window; write 90m, 24h,"),
        ({"channels": {"sms": {"event": "sent", "window": 24}}}, "channels.sms.window: 24 is not a window"),
        ({"channels": {"sms": {"event": "sent", "window": "1d", "days": 1}}}, "channels.sms.days: is no field of a"),
        ({"currency": "E" * 500}, f"currency: '{'E' * 56}... is not an ISO 4217 code"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_field_its_value_and_the_fix(raw: dict[str, Any], words: str) -> None:
    said = refused(**raw)
    assert said.startswith(words)
    assert "\n" not in said


def test_a_field_is_named_with_the_table_it_stands_in() -> None:
    with pytest.raises(WrongSetting) as wrong:
        parse_settings({"channels": {"email": {"event": "sent", "window": "x"}}}, "accounts.acme")
    assert wrong.value.field == "accounts.acme.channels.email.window"


@untimed
@given(raw=tables)
def test_settings_mean_what_the_reference_reads_in_them(raw: Mapping[str, Any]) -> None:
    mine, theirs = parse_settings(raw), read_settings(raw)
    assert mine.channels == {name: ChannelRule(rule.event, rule.window) for name, rule in theirs.channels}
    assert {name: rule.window_ms for name, rule in mine.channels.items()} == {
        name: rule.window_ms for name, rule in theirs.channels
    }
    for field in ("show_sales", "associate_with_last_message", "currency", "ignore_automated", "time_zone"):
        assert getattr(mine, field) == getattr(theirs, field)
    assert set(mine.excluded_tags) == theirs.excluded_tags


@untimed
@given(raw=tables)
def test_canonical_json_has_the_fields_as_parsed_and_its_keys_sorted(raw: Mapping[str, Any]) -> None:
    assert canonical(parse_settings(raw)).decode() == read_settings(raw).canonical()


@untimed
@given(raw=tables, data=st.data())
def test_the_order_in_which_settings_are_written_does_not_matter(raw: Mapping[str, Any], data: st.DataObject) -> None:
    shuffled: Callable[[Any], Any] = lambda items: data.draw(st.permutations(items))  # noqa: E731 - draws as it goes
    other = dict(shuffled(list(raw.items())))
    if "channels" in other:
        other["channels"] = dict(shuffled(list(other["channels"].items())))
    if "excluded_tags" in other:
        other["excluded_tags"] = shuffled([*other["excluded_tags"], *other["excluded_tags"]])
    assert parse_settings(other) == parse_settings(raw)
    assert canonical(parse_settings(other)) == canonical(parse_settings(raw))


@untimed
@given(raw=tables)
def test_canonical_json_is_read_as_the_settings_it_was_written_from(raw: Mapping[str, Any]) -> None:
    given = parse_settings(raw)
    assert from_canonical(canonical(given)) == given
    assert from_canonical(bytes(canonical(given))) is from_canonical(canonical(given))


def test_settings_are_values() -> None:
    with pytest.raises(AttributeError):
        DEFAULT.currency = "USD"  # type: ignore[misc]  # that it cannot be set is what is shown
    assert msgspec.structs.replace(DEFAULT, currency="USD") == Settings(currency="USD")
