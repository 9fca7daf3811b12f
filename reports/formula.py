"""What a sale of a channel is, in words, by an account's settings (http.md §3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from connectors.view.settings_versions import SettingsVersion
from state.settings import BEGINNING, ChannelRule, Settings
from state.times import MINUTE_MS, parse_time, zone

SALES_HIDDEN: Final = "No order is credited: sales are hidden in reports."
NOT_ASSOCIATED: Final = "No order is credited: orders are not associated with messages."
NO_EVENT: Final = "This channel earns nothing: no event connects it to a sale."
MACHINES_IGNORED: Final = "Opens and clicks by machines do not count."

_AFTER: Final = {
    "sent": "after the message was sent",
    "delivered": "after the message was delivered",
    "opened": "after the message was opened",
    "clicked": "after a click in the message",
}
_BY_PERSON_OR_MACHINE: Final = frozenset({"opened", "clicked"})
_UNITS: Final = {"m": "minute", "h": "hour", "d": "day", "w": "week"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class FormulaStretch(msgspec.Struct, frozen=True):
    """How the formula reads in one stretch of a period. Times: RFC 3339 in the account's offset."""

    from_: str = msgspec.field(name="from")
    to: str
    """Excluded."""
    text: str


class _Stretch(NamedTuple):
    begin: int
    text: str


def formula(settings: Settings, channel: str) -> str:
    """What a sale of the channel is, one or several sentences."""
    if not settings.show_sales:
        return SALES_HIDDEN
    if not settings.associate_with_last_message:
        return NOT_ASSOCIATED
    rule = settings.channels.get(channel)
    return NO_EVENT if rule is None else " ".join(_sentences(settings, rule))


def formulas(
    versions: Sequence[SettingsVersion], channel: str, bounds: tuple[int, int], time_zone: str
) -> list[FormulaStretch]:
    """The stretches of a period in which the formula reads differently, oldest first.

    `versions`: all of the account's, newest first, the last of them in force from the beginning of time.
    `bounds`: ms, the second one excluded.
    """
    begin, end = bounds
    stretches = list(_merged(_clipped(_in_force(versions, channel), begin, end)))
    ends = [*(stretch.begin for stretch in stretches), end][1:]
    return [
        FormulaStretch(_local(stretch.begin, time_zone), _local(until, time_zone), stretch.text)
        for stretch, until in zip(stretches, ends, strict=True)
    ]


def _sentences(settings: Settings, rule: ChannelRule) -> Iterator[str]:
    yield f"A sale is a delivered order that was made within {_duration(rule.window)} {_AFTER[rule.event]}."
    if settings.excluded_tags:
        yield f"Messages tagged {', '.join(sorted(settings.excluded_tags))} earn nothing."
    if settings.ignore_automated and rule.event in _BY_PERSON_OR_MACHINE:
        yield MACHINES_IGNORED


def _duration(window: str) -> str:
    """A window as words: "24h" is "24 hours", "1w" is "1 week"."""
    count, unit = int(window[:-1]), _UNITS[window[-1]]
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _in_force(versions: Sequence[SettingsVersion], channel: str) -> list[_Stretch]:
    """What the formula reads from each `effective_from` on; of several versions of one, the newest holds."""
    texts: dict[int, str] = {}
    for version in versions:
        since = BEGINNING if version.effective_from is None else parse_time(version.effective_from)
        texts.setdefault(since, formula(version.settings, channel))
    return [_Stretch(*each) for each in sorted(texts.items())]


def _clipped(stretches: list[_Stretch], begin: int, end: int) -> Iterator[_Stretch]:
    for stretch, following in zip(stretches, [*stretches[1:], None], strict=True):
        is_over = following is not None and following.begin <= begin
        if not is_over and max(stretch.begin, begin) < end:
            yield _Stretch(max(stretch.begin, begin), stretch.text)


def _merged(stretches: Iterable[_Stretch]) -> Iterator[_Stretch]:
    """Those that read as the one before are part of it."""
    text = None
    for stretch in stretches:
        if stretch.text != text:
            yield stretch
        text = stretch.text


def _local(ms: int, time_zone: str) -> str:
    moment = (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone(time_zone))
    offset_ms = (moment.utcoffset() or timedelta()) // timedelta(milliseconds=1)
    # RFC 3339 has no seconds in an offset; clocks of the nineteenth century did.
    return (moment.astimezone(UTC) if offset_ms % MINUTE_MS else moment).isoformat(timespec="milliseconds")
