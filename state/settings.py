"""The settings of an account, how they are read, and which version of them is in force when (contract §1, §3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final
from zoneinfo import available_timezones

import msgspec

from state import money, times
from state.bad_events import Code

EVENTS: Final = ("sent", "delivered", "opened", "clicked")
"""The events of a touch, in the order of their rank at a tie (contract §4)."""

CHANNEL_NAME: Final = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)
TOUCH_RETENTION_MS: Final = 90 * times.DAY_MS
"""How long touches stay (contract §2); no window may be longer."""
ORDER_RETENTION_MS: Final = 400 * times.DAY_MS

BEGINNING: Final = -(2**62)
"""`effective_from` of the settings that a file gives: from the beginning of time."""

_MACHINES_OWN: Final = re.compile(r"(?:localtime|posixrules|Factory|posix/.*|right/.*)\Z")
"""Names that mean what a machine was set to, or count time otherwise (contract §3)."""
_WINDOW: Final = re.compile(r"([0-9]{1,9})([mhdw])", re.ASCII)
_UNIT_MS: Final = {"m": times.MINUTE_MS, "h": times.HOUR_MS, "d": times.DAY_MS, "w": 7 * times.DAY_MS}


class WrongSetting(ValueError):
    """A settings field that cannot be taken; its text names the field, the value and the fix in one line."""

    def __init__(self, field: str, message: str, code: Code = "not_allowed") -> None:
        super().__init__(f"{field}: {message}")
        self.code: Code = code
        self.field = field
        self.message = message


class ChannelRule(msgspec.Struct, frozen=True, gc=False):
    """What connects a channel to a sale."""

    event: str
    """One of `EVENTS`."""
    window: str
    """As it was written: "24h"."""

    @property
    def window_ms(self) -> int:
        """The attribution window in ms."""
        return window_ms(self.window)


DEFAULT_CHANNELS: Final[Mapping[str, ChannelRule]] = {
    "email": ChannelRule("clicked", "24h"),
    "sms": ChannelRule("delivered", "48h"),
    "viber": ChannelRule("opened", "24h"),
    "webpush": ChannelRule("clicked", "12h"),
}


class Settings(msgspec.Struct, frozen=True):
    """One version of an account's settings, whole (contract §3)."""

    show_sales: bool = True
    associate_with_last_message: bool = True
    channels: dict[str, ChannelRule] = msgspec.field(default_factory=lambda: dict(DEFAULT_CHANNELS))
    currency: str = "EUR"
    ignore_automated: bool = True
    excluded_tags: tuple[str, ...] = ()
    """Sorted, each once."""
    time_zone: str = "UTC"

    @property
    def credits(self) -> bool:
        """Whether any order may be credited: both switches are on."""
        return self.show_sales and self.associate_with_last_message


DEFAULT: Final = Settings()


@lru_cache(maxsize=4_096)
def window_ms(text: str) -> int:
    """The ms of a window as it is written. Raises `ValueError` for what is no window."""
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return int(match[1]) * _UNIT_MS[match[2]]


def parse_settings(raw: Mapping[str, object], path: str = "") -> Settings:
    """Settings from plain values (of a TOML table, or of a `settings` event).

    `path` stands before each field's name in messages ("accounts.acme"). Raises `WrongSetting` for an unknown field,
    a wrong type or a value that cannot be; nothing is taken then.
    """
    prefix = f"{path}." if path else ""
    known = Settings.__struct_fields__
    for field in raw:
        if field not in known:
            raise WrongSetting(f"{prefix}{field}", f"is no setting; there are {', '.join(known)}")
    return Settings(
        show_sales=_flag(raw, "show_sales", prefix, default=True),
        associate_with_last_message=_flag(raw, "associate_with_last_message", prefix, default=True),
        channels=_channels(raw, prefix),
        currency=_currency(raw, prefix),
        ignore_automated=_flag(raw, "ignore_automated", prefix, default=True),
        excluded_tags=_tags(raw, prefix),
        time_zone=_time_zone(raw, prefix),
    )


def _flag(raw: Mapping[str, object], field: str, prefix: str, *, default: bool) -> bool:
    value = raw.get(field, default)
    if not isinstance(value, bool):
        raise WrongSetting(prefix + field, f"{_shown(value)} is neither true nor false", "wrong_type")
    return value


def _channels(raw: Mapping[str, object], prefix: str) -> dict[str, ChannelRule]:
    if "channels" not in raw:
        return dict(DEFAULT_CHANNELS)
    channels = raw["channels"]
    if not isinstance(channels, Mapping):
        message = f"{_shown(channels)} is not a table of channel → event and window"
        raise WrongSetting(f"{prefix}channels", message, "wrong_type")
    return {str(name): _rule(name, rule, f"{prefix}channels.{name}") for name, rule in sorted(channels.items())}


def _rule(name: object, rule: object, path: str) -> ChannelRule:
    if not isinstance(name, str) or not CHANNEL_NAME.fullmatch(name):
        raise WrongSetting(path, "a channel's name is 1–32 of a–z, 0–9, _ and -")
    if not isinstance(rule, Mapping):
        message = f'{_shown(rule)} is not a table; write {{ event = "clicked", window = "24h" }}'
        raise WrongSetting(path, message, "wrong_type")
    for field in rule:
        if field not in ("event", "window"):
            raise WrongSetting(f"{path}.{field}", "is no field of a channel; there are event, window")
    event, window = rule.get("event"), rule.get("window")
    if event not in EVENTS or not isinstance(event, str):
        raise WrongSetting(f"{path}.event", f"{_shown(event)} is not one of {', '.join(EVENTS)}")
    match = _WINDOW.fullmatch(window) if isinstance(window, str) else None
    if match is None or not isinstance(window, str) or not int(match[1]):
        raise WrongSetting(f"{path}.window", f"{_shown(window)} is not a window; write 90m, 24h, 3d or 2w")
    if window_ms(window) > TOUCH_RETENTION_MS:
        raise WrongSetting(f"{path}.window", f"{window} is longer than touches are kept (90d); write 90d or less")
    return ChannelRule(event, window)


def _currency(raw: Mapping[str, object], prefix: str) -> str:
    value = raw.get("currency", DEFAULT.currency)
    if not isinstance(value, str) or value not in money.DIGITS:
        message = f"{_shown(value)} is not an ISO 4217 code; write one such as EUR"
        raise WrongSetting(f"{prefix}currency", message, "unknown_currency")
    return value


def _tags(raw: Mapping[str, object], prefix: str) -> tuple[str, ...]:
    value = raw.get("excluded_tags", ())
    if not isinstance(value, list | tuple) or not all(isinstance(tag, str) for tag in value):
        message = f'{_shown(value)} is not a list of texts; write ["service"]'
        raise WrongSetting(f"{prefix}excluded_tags", message, "wrong_type")
    return tuple(sorted(set(value)))


def _time_zone(raw: Mapping[str, object], prefix: str) -> str:
    value = raw.get("time_zone", DEFAULT.time_zone)
    try:
        if not isinstance(value, str) or value not in _zones():
            raise ValueError
        times.zone(value)
    except (ValueError, OSError, KeyError):
        field = f"{prefix}time_zone"
        raise WrongSetting(field, f"{_shown(value)} is not an IANA time zone; write one such as Europe/Kyiv") from None
    return value


@cache
def _zones() -> frozenset[str]:
    """The names that mean the same zone on every machine; a time zone database has files of other kinds too."""
    return frozenset(name for name in available_timezones() if not _MACHINES_OWN.match(name))


def _shown(value: object) -> str:
    """A value as it may stand in a one-line message."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def canonical(settings: Settings) -> bytes:
    """The one JSON text of these settings: fields and channels sorted (contract §8)."""
    return msgspec.json.encode(settings, order="sorted")


@lru_cache(maxsize=65_536)
def from_canonical(text: bytes) -> Settings:
    """The settings that `canonical` wrote; equal texts give the one object."""
    return msgspec.json.decode(text, type=Settings)
