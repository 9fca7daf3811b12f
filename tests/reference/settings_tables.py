"""Strategies for the settings of the accounts: tables of the file, and members of `settings` events."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.reference.values import DAY_MS, HOUR_MS, MINUTE_MS

ACCOUNTS = ("acme", 'тест: a/b%20{c}"')
ZONES = (
    "UTC",
    "Europe/Kyiv",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "Asia/Beirut",  # its clocks change at midnight: a day without 00:00
)
WINDOWS = {
    "90m": 90 * MINUTE_MS,
    "12h": 12 * HOUR_MS,
    "24h": DAY_MS,
    "1d": DAY_MS,
    "2d": 2 * DAY_MS,
    "1w": 7 * DAY_MS,
}
WINDOWS_MS = tuple(sorted(set(WINDOWS.values())))

# What sells in a channel; mostly, so that touches of the same events connect.
EVENTS = {
    "email": ("clicked", "clicked", "clicked", "opened"),
    "sms": ("delivered", "delivered", "delivered", "sent"),
    "x-1_telegram": ("clicked", "clicked", "sent", "opened"),
}
_rules = {
    channel: st.fixed_dictionaries({"event": st.sampled_from(events), "window": st.sampled_from(tuple(WINDOWS))})
    for channel, events in EVENTS.items()
}
_all_channels = st.fixed_dictionaries(_rules)
_channels = st.one_of(_all_channels, _all_channels, st.fixed_dictionaries({}, optional=_rules))
_mostly_on = st.sampled_from((*[True] * 7, False))
_one_tag = st.sampled_from(([], ["service"], ["vip"]))
_currencies = st.sampled_from(("EUR", "JPY", "UAH"))
_zones = st.sampled_from(ZONES)
_members = st.fixed_dictionaries(
    {},
    optional={
        "show_sales": _mostly_on,
        "associate_with_last_message": _mostly_on,
        "channels": _channels,
        "currency": _currencies,
        "ignore_automated": st.booleans(),
        "excluded_tags": st.sampled_from((["service"], ["service"], ["vip", "тест"], [])),
        "time_zone": _zones,
    },
)
# All fields given, and the same channels: what two of them differ in is compared alike whichever way
# canonical JSON writes windows and defaults.
_whole = st.fixed_dictionaries(
    {
        "show_sales": _mostly_on,
        "associate_with_last_message": _mostly_on,
        "channels": st.just(
            {
                "email": {"event": "clicked", "window": "24h"},
                "x-1_telegram": {"event": "clicked", "window": "1w"},
            }
        ),
        "currency": _currencies,
        "ignore_automated": st.booleans(),
        "excluded_tags": _one_tag,
        "time_zone": _zones,
    }
)


def file_tables() -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    return st.dictionaries(st.sampled_from(("", *ACCOUNTS)), _members, max_size=3)


def whole_members() -> st.SearchStrategy[dict[str, Any]]:
    """All settings of a `settings` event; any two of them may hold from one instant (see `settled.py`)."""
    return _whole


def settings_members() -> st.SearchStrategy[dict[str, Any]]:
    """The settings of a `settings` event, flat; null stands for "not given" too."""
    nothing = st.just({"channels": None, "currency": None, "excluded_tags": None})
    return st.one_of(_members, _whole, _whole, nothing)
