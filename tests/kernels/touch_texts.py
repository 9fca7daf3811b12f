"""Lines as senders write them and as they get damaged: usual touches in every form, and all that is nearly one."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from hypothesis import strategies as st

from tests.reference.broken_lines import broken_lines

_FIRST: Final = datetime(2005, 1, 1)  # noqa: DTZ001 - the letter behind it says UTC
_LAST: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - as above
_BLANKS: Final = st.text(" \t\r", max_size=2)
_PLAIN: Final = st.text("".join(map(chr, range(0x20, 0x7F))), max_size=12)
_ANY: Final = st.text(max_size=4)
_SEVERAL: Final = st.sampled_from(["acme", "shop", "a", "b" * 256])
_IDS: Final = st.one_of(
    _SEVERAL,
    st.text("ab-_.:@ 19", min_size=1, max_size=20),
    _PLAIN,
    _ANY,
    st.sampled_from(["", " ", "  ", "x" * 256, "x" * 257, " " * 300, "\x7f", "\x1e", "\u00a0", "Ї", '"', "\\", "/"]),
)
_CHANNELS: Final = st.one_of(
    st.sampled_from(["email", "sms", "web-push", "viber_1", "a" * 32, "a" * 33, "", "Email", "e mail", "пошта"]), _PLAIN
)
_EVENTS: Final = st.sampled_from(["sent", "delivered", "opened", "clicked"] * 3 + ["deliveree", "Sent", "", "clickedd"])
_TWO: Final = st.integers(0, 61).map("{:02d}".format)


@st.composite
def moments(draw: st.DrawFn) -> str:
    """Times that are mostly right, of all offsets and fractions, around every border of the calendar."""
    year = draw(
        st.sampled_from([2026, 2026, 2025, 2024, 2000, 2004, 1970, 2100, 2527, 1, 9999, 0]) | st.integers(1999, 2030)
    )
    month, day = draw(st.integers(0, 13)), draw(st.integers(0, 32))
    hour, minute, second = draw(st.integers(0, 24)), draw(_TWO), draw(_TWO)
    fraction = draw(st.sampled_from(["", "", ".000", ".5", ".123", ".999999999", ".1234567890123", ".", ",5", ".x"]))
    offset = draw(
        st.sampled_from(
            ["Z", "Z", "Z", "+00:00", "-00:00", "+02:00", "-11:30", "+23:59", "+24:00", "+02:60", "z", "", "+0200"]
        )
    )
    letter = draw(st.sampled_from("TTTTTTt _"))
    return f"{year:04d}-{month:02d}-{day:02d}{letter}{hour:02d}:{minute}:{second}{fraction}{offset}"


TIMES: Final = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat(timespec="milliseconds") + "Z"),
    st.sampled_from(["2026-01-01T00:00:00Z", "2026-02-28T23:59:59.999+02:00", "2004-11-03T19:53:47.775Z"]),
    st.sampled_from(
        ["2004-11-03T19:53:47.776Z", "2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z"]
    ),
    moments(),
    _PLAIN,
)
_TAGS: Final = st.one_of(
    st.lists(st.sampled_from(["service", "a", "b", "", " ", "A", "ab"]), max_size=6),
    st.lists(_ANY, max_size=2),
    st.lists(_PLAIN, max_size=40),
    st.none(),
    st.just("service"),
    st.just([1]),
    st.just([[]]),
)
_ODD: Final[st.SearchStrategy[Any]] = st.sampled_from([None, 0, 1.5, True, [], {}, "text"])


@st.composite
def members(draw: st.DrawFn) -> list[tuple[str, object]]:
    """The fields of a touch that is mostly right, in any order."""
    fields: list[tuple[str, object]] = [
        ("type", draw(st.sampled_from(["touch"] * 9 + ["order", "touchy", ""]))),
        ("account", draw(_SEVERAL | _IDS)),
        ("contact", draw(_IDS)),
        ("channel", draw(_CHANNELS)),
        ("event", draw(_EVENTS)),
        ("campaign", draw(_IDS)),
        ("message", draw(_IDS)),
        ("time", draw(TIMES)),
    ]
    if draw(st.booleans()):
        fields.append(("tags", draw(_TAGS)))
    if draw(st.booleans()):
        fields.append(("automated", draw(st.sampled_from([True, False, None, "true", 1]))))
    change = draw(st.sampled_from(["none"] * 12 + ["odd", "twice", "missing", "unknown"]))
    place = draw(st.integers(0, len(fields) - 1))
    if change == "odd":
        fields[place] = (fields[place][0], draw(_ODD))
    elif change == "twice":
        fields.append(fields[place])
    elif change == "missing":
        del fields[place]
    elif change == "unknown":
        fields.append((draw(st.sampled_from(["note", "automatee", "typ", "", "types", "campaign_"])), draw(_ODD)))
    return draw(st.permutations(fields)) if draw(st.booleans()) else fields


@st.composite
def touch_lines(draw: st.DrawFn) -> bytes:
    """A touch that is mostly right, however its JSON is spaced."""
    fields = draw(members())
    ascii_only = draw(st.booleans())
    blank = draw(st.sampled_from(["", " "]))
    parts = [f"{json.dumps(name)}{blank}:{blank}{json.dumps(value, ensure_ascii=ascii_only)}" for name, value in fields]
    around = draw(_BLANKS), draw(_BLANKS), draw(_BLANKS)
    text = around[0] + "{" + around[1] + f",{blank}".join(parts) + around[1] + "}" + around[2]
    return text.encode("utf-8", "surrogatepass")


@st.composite
def plain_touches(draw: st.DrawFn) -> bytes:
    """A touch that fits, as most senders write it."""
    ids = st.text("abcxyz019_-:. ", min_size=1, max_size=30).filter(lambda text: not text.isspace())
    fields: dict[str, object] = {
        "type": "touch",
        "account": draw(st.sampled_from(["acme", "shop", "a"])),
        "contact": draw(ids),
        "channel": draw(st.sampled_from(["email", "sms", "web-push"])),
        "event": draw(st.sampled_from(["sent", "delivered", "opened", "clicked"])),
        "campaign": draw(ids),
        "message": draw(ids),
        "time": draw(st.datetimes(min_value=_FIRST, max_value=_LAST)).isoformat(timespec="milliseconds") + "Z",
    }
    if draw(st.booleans()):
        fields["tags"] = draw(st.lists(st.sampled_from(["service", "x", ""]), max_size=3))
    if draw(st.booleans()):
        fields["automated"] = draw(st.booleans())
    return json.dumps(fields).encode()


@st.composite
def damaged(draw: st.DrawFn, lines: st.SearchStrategy[bytes]) -> bytes:
    """A line of which a piece is missing, or is another."""
    line = draw(lines)
    start = draw(st.integers(0, len(line)))
    end = min(len(line), start + draw(st.integers(0, 4)))
    piece = draw(
        st.one_of(st.binary(max_size=3), st.sampled_from([b'"', b"\\", b"{", b"}", b",", b":", b" ", b"\xff"]))
    )
    return (line[:start] + piece + line[end:]).replace(b"\n", b" ")


_SHORT_BROKEN: Final = [raw for raw, _ in broken_lines() if len(raw) < 10_000 and b"\n" not in raw]
LINES: Final = st.one_of(
    plain_touches(),
    plain_touches(),
    touch_lines(),
    damaged(plain_touches()),
    st.sampled_from(_SHORT_BROKEN),
    st.binary(max_size=20).map(lambda raw: raw.replace(b"\n", b" ")),
)
