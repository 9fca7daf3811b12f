"""Spans of time, and what became of a touch, in a marketer's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import dropwhile
from typing import Final

from state.attribution import Why
from state.explanation import Considered
from state.times import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS


def span_words(ms: int) -> str:
    """A span in its two greatest units: "3h 12m", "2d", "4s"; below a second "120ms"."""
    if ms < SECOND_MS:
        return f"{ms}ms"
    parts = []
    for unit_ms, unit in ((DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "m"), (SECOND_MS, "s")):
        count, ms = divmod(ms, unit_ms)
        parts.append((count, unit))
    greatest = list(dropwhile(lambda part: not part[0], parts))[:2]
    return " ".join(f"{count}{unit}" for count, unit in greatest if count)


def why_words(one: Considered) -> str:
    """What became of a touch."""
    return _WORDS[one.why](one)


_WORDS: Final[Mapping[Why, Callable[[Considered], str]]] = {
    Why.CREDITED: lambda _: "credited",
    Why.EXPECTED: lambda _: "will be credited once the order is delivered",
    Why.ELIGIBLE: lambda _: "would be credited",
    Why.LATER_TOUCH: lambda _: "eligible, but lost to a later touch",
    Why.NO_CHANNEL: lambda one: f"{one.channel} has no settings",
    Why.WRONG_EVENT: lambda one: f"wrong event: only {one.wanted_event} counts",
    Why.AUTOMATED: lambda _: "automated, so it is ignored",
    Why.EXCLUDED_TAG: lambda one: f"excluded tag {', '.join(one.excluded_tags)}",
    Why.AFTER_ORDER: lambda one: f"{span_words(one.off_by_ms)} after the order",
    Why.OUTSIDE_WINDOW: lambda one: f"outside the {one.window} window by {span_words(one.off_by_ms)}",
}
