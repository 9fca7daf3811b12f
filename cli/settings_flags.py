"""The flags that say which settings an account is to have, and the version that they make."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from cli.flag_groups import takes
from config.errors import UserError
from config.settings_file import load_settings_file
from state.settings import DEFAULT, Settings, WrongSetting, canonical, parse_settings
from state.timeline import Timeline, Version
from state.times import WrongTime, parse_time

Result = TypeVar("Result")

EffectiveFrom = Annotated[
    str | None,
    typer.Option("--effective-from", metavar="TIME", help="Since when they hold, such as 2026-01-31T00:00:00Z."),
]
FromFile = Annotated[
    Path | None,
    typer.Option(
        "--from-file", metavar="FILE", help="Begin with what this settings file says, not with what is in force."
    ),
]
_ShowSales = Annotated[bool | None, typer.Option("--show-sales/--no-show-sales", help="Whether any order is credited.")]
_Associate = Annotated[
    bool | None,
    typer.Option(
        "--associate-with-last-message/--no-associate-with-last-message",
        help="Whether orders are credited to channels.",
    ),
]
_Channels = Annotated[
    list[str] | None,
    typer.Option("--channel", metavar="NAME=EVENT:WINDOW", help="Such as email=clicked:24h. All channels there are."),
]
_NoChannels = Annotated[bool, typer.Option("--no-channels", help="No channel earns anything.")]
_Currency = Annotated[str | None, typer.Option("--currency", metavar="CODE", help="Reports are in it.")]
_IgnoreAutomated = Annotated[
    bool | None,
    typer.Option("--ignore-automated/--no-ignore-automated", help="Whether touches by machines count for nothing."),
]
_ExcludedTags = Annotated[
    list[str] | None,
    typer.Option("--excluded-tag", metavar="TAG", help="Messages with it earn nothing. All tags there are."),
]
_NoExcludedTags = Annotated[bool, typer.Option("--no-excluded-tags", help="Every message may earn.")]
_TimeZone = Annotated[
    str | None, typer.Option("--time-zone", metavar="ZONE", help="Which day is when, such as Europe/Kyiv.")
]


@dataclass(frozen=True, slots=True)
class Given:
    """What the flags give; None: as it is."""

    show_sales: bool | None = None
    associate_with_last_message: bool | None = None
    channels: list[str] | None = None
    currency: str | None = None
    ignore_automated: bool | None = None
    excluded_tags: list[str] | None = None
    time_zone: str | None = None

    def values(self) -> dict[str, Any]:
        """Setting → value, of those that are given. Raises `UserError` for a channel that is wrong, or given twice."""
        given = {name: getattr(self, name) for name in Settings.__struct_fields__}
        values = {name: value for name, value in given.items() if value is not None}
        if self.channels is not None:
            values["channels"] = _rules(self.channels)
        return values


def takes_settings(command: Callable[..., Result]) -> Callable[..., Result]:
    """A command with the parameter `given: Given` as one that has a flag for each setting instead.

    The command raises `UserError` for flags that contradict each other.
    """
    return takes("given", list(inspect.signature(_given, eval_str=True).parameters.values()), _given)(command)


def _given(  # noqa: PLR0913 - typer reads the options off the parameters
    *,
    show_sales: _ShowSales = None,
    associate_with_last_message: _Associate = None,
    channel: _Channels = None,
    no_channels: _NoChannels = False,
    currency: _Currency = None,
    ignore_automated: _IgnoreAutomated = None,
    excluded_tag: _ExcludedTags = None,
    no_excluded_tags: _NoExcludedTags = False,
    time_zone: _TimeZone = None,
) -> Given:
    return Given(
        show_sales,
        associate_with_last_message,
        _all_or_none("--channel", channel, "--no-channels", none=no_channels),
        currency,
        ignore_automated,
        _all_or_none("--excluded-tag", excluded_tag, "--no-excluded-tags", none=no_excluded_tags),
        time_zone,
    )


def _all_or_none(flag: str, values: list[str] | None, none_flag: str, *, none: bool) -> list[str] | None:
    if values and none:
        raise UserError(f"{none_flag}: contradicts {flag} {values[0][:60]!r}; give one of the two")
    return [] if none else values or None


def _rules(texts: list[str]) -> dict[str, dict[str, str]]:
    channels: dict[str, dict[str, str]] = {}
    for text in texts:
        name, rule = _rule(text)
        if name in channels:
            raise UserError(f"--channel: {name[:60]!r} is given twice, again as {text[:60]!r}; give each channel once")
        channels[name] = rule
    return channels


def _rule(text: str) -> tuple[str, dict[str, str]]:
    name, is_there, rule = text.partition("=")
    event, is_whole, window = rule.partition(":")
    if not is_there or not is_whole:
        raise UserError(f"--channel: {text[:60]!r} is not NAME=EVENT:WINDOW; write one such as email=clicked:24h")
    return name.strip(), {"event": event.strip(), "window": window.strip()}


def refuse_wrong(given: Given, from_file: Path | None) -> None:
    """What is wrong with the flags whatever is in force, before anybody is asked what is. Raises `UserError`."""
    if not given.values() and from_file is None:
        raise UserError("settings: nothing to change is given; write one such as --currency EUR, or see --help")
    load_settings_file(from_file)
    _settings(DEFAULT, given)


def new_version(
    account: str, timeline: Timeline, given: Given, from_file: Path | None, effective_from: int, now_ms: int
) -> Version:
    """The version that the flags make of the one in force at `effective_from`, or of a file's.

    Raises `UserError`, which names the setting.
    """
    base = timeline.at(effective_from) if from_file is None else load_settings_file(from_file).of(account)
    return Version(effective_from, now_ms, canonical(_settings(base, given)))


def _settings(base: Settings, given: Given) -> Settings:
    try:
        return parse_settings({**msgspec.to_builtins(base), **given.values()})
    except WrongSetting as wrong:
        raise UserError(str(wrong)) from wrong


def effective_ms(text: str | None, otherwise_ms: int) -> int:
    """The instant that `--effective-from` names. Raises `UserError`."""
    if text is None:
        return otherwise_ms
    try:
        return parse_time(text)
    except WrongTime as wrong:
        raise UserError(f"--effective-from: {wrong}; write one such as 2026-01-31T00:00:00Z") from wrong


def wall_clock_ms() -> int:
    """Now."""
    return time.time_ns() // 1_000_000
