"""Who, what and when in one event set: few of each, so that facts meet, and each on the edge of something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.reference.settings_tables import WINDOWS_MS
from tests.reference.values import DAY_MS, HOUR_MS, moment_ms

# Midnights of the zones in settings_tables, changes of the clock, and a Friday that Samoa never had.
BASES_MS = tuple(
    moment_ms(text)
    for text in (
        "2026-03-01T00:00:00Z",
        "2026-03-28T22:00:00Z",
        "2026-03-29T01:00:00Z",
        "2026-03-29T21:00:00Z",
        "2026-03-08T05:00:00Z",
        "2026-03-08T07:00:00Z",
        "2025-11-02T06:00:00Z",
        "2025-10-25T21:00:00Z",
        "2026-02-28T18:15:00Z",
        "2026-01-01T10:00:00Z",
        "2011-12-30T10:00:00Z",
        "2026-02-28T23:59:59.999Z",
    )
)
ORDERED_AFTER_MS = (0, 0, 0, 1, -1, 12 * HOUR_MS, DAY_MS)
TOUCHED_AFTER_MS = (
    *(0, 0, 1, -1, 6 * HOUR_MS, -HOUR_MS, -HOUR_MS),
    *(beyond - window for window in WINDOWS_MS for beyond in (-1, 0, 1)),
)
STATED_AFTER_MS = (0, 1, HOUR_MS, HOUR_MS, DAY_MS, 2 * DAY_MS)
SAID_AFTER_MS = (0, 1, -DAY_MS, HOUR_MS, DAY_MS, 2 * DAY_MS)
EFFECTIVE_AFTER_MS = (*SAID_AFTER_MS, -2 * DAY_MS, -400 * DAY_MS, 99 * DAY_MS)
ERASED_AFTER_MS = (-1, 0, 1, -DAY_MS, HOUR_MS, DAY_MS, 10 * DAY_MS)

PLAIN_IDS = ("a", "b", "c", "d")
ODD_IDS = (
    "a:b",
    "a/b",
    "50% off",
    "%3A",
    " a",
    "a ",
    "A",
    "Ї",
    "😀",
    "\uffee",
    "\x00",
    "\x1f\n\ta",
    "\x7f",
    '"',
    "\\",
    "{a}",
    "..",
    "null",
    "=1+1",
    "ї" * 256,
)
# By code point, not by UTF-16 or by a locale: z < я < \uffee < 😀.
UNSORTED_IDS = ("\uffee", "😀", "я", "z")
# In the form in which addresses compare, as the doors write them.
ADDRESS_IDS = ("ann@shop.example", "+380501234567")
_WITH_ADDRESSES = ((), ADDRESS_IDS[:1], ADDRESS_IDS[1:], ADDRESS_IDS)


@dataclass(frozen=True)
class Cast:
    """Who and what takes part in one event set."""

    base_ms: int
    contacts: list[str]
    campaigns: list[str]
    messages: list[str]
    orders: list[str]
    ordered_at: list[int]
    touched_at: list[int]
    said_at: list[int]
    effective_from: list[int]


_ids = st.one_of(
    st.just(PLAIN_IDS),
    st.just(UNSORTED_IDS),
    st.permutations(ODD_IDS + PLAIN_IDS).map(lambda ids: tuple(ids[:4])),
)


def _moments(base_ms: int, after_ms: Sequence[int], size: int) -> st.SearchStrategy[list[int]]:
    moments = [base_ms + after for after in after_ms]
    return st.lists(st.sampled_from(moments), min_size=size, max_size=size)


@st.composite
def casts(draw: st.DrawFn, *, address_ids: bool = False) -> Cast:
    """address_ids: one or two of the three contacts may have an address for an id."""
    base = draw(st.sampled_from(BASES_MS))
    contacts = list(draw(_ids)[:3])
    if address_ids:
        contacts = draw(st.permutations([*draw(st.sampled_from(_WITH_ADDRESSES)), *contacts]))[:3]
    return Cast(
        base_ms=base,
        contacts=contacts,
        campaigns=list(draw(_ids)[:3]),
        messages=list(draw(_ids)[:3]),
        orders=list(draw(_ids)),
        ordered_at=draw(_moments(base, ORDERED_AFTER_MS, 4)),
        touched_at=draw(_moments(base, TOUCHED_AFTER_MS, 5)),
        said_at=draw(_moments(base, SAID_AFTER_MS, 3)),
        effective_from=draw(_moments(base, EFFECTIVE_AFTER_MS, 2)),
    )
