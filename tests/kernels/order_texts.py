"""Lines of orders as senders write them: usual ones in every form, and all that is nearly one."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import strategies as st

from state.events import STATUSES
from tests.kernels.touch_texts import TIMES, damaged

_PLAIN: Final = st.text("".join(map(chr, range(0x20, 0x7F))), min_size=1, max_size=12)
_IDS: Final = st.one_of(
    st.sampled_from(["o1", "o2", "x" * 256, "x" * 257, "", " ", " o1", "Їжак", '"', "a\\b", "\x7f"]),
    st.text("ab-_.:@ 19", min_size=1, max_size=20),
)
_CURRENCIES: Final = st.sampled_from(["EUR"] * 4 + ["JPY", "BHD", "UYW", "HRK", "XAU", "eur", "EURO", "", "ZZZ", "E R"])
_FIGURES: Final = st.one_of(
    st.integers(0, 10**6).map(str),
    st.decimals(0, 10**9, places=2, allow_nan=False).map(str),
    st.decimals(0, 10**6, places=4, allow_nan=False).map(str),
    st.sampled_from(["0", "0.00", "00.10", "5.", ".5", ".", "", "1e2", "-1.00", "1.2.3", "9" * 18, "9" * 19, " 1.00"]),
    st.sampled_from([str(2**63 - 1), "92233720368547758.07", "92233720368547758.08", "1_0", "1,00", "٣"]),
)
_AMOUNTS: Final = st.one_of(_FIGURES.map(json.dumps), _FIGURES, st.sampled_from(["null", "true", "1.", "01", "0.5"]))
"""As they stand in JSON: texts and numbers."""
_OPTIONAL: Final = st.one_of(_PLAIN, _IDS, st.none(), st.just("ann@example.com"), st.just("y" * 40))
_BUYER: Final = ("email", "phone", "external_customer_id", "first_name", "last_name")
_ODD: Final[st.SearchStrategy[Any]] = st.sampled_from([None, 0, 1.5, True, [], {}, "text"])


@st.composite
def members(draw: st.DrawFn) -> list[tuple[str, str]]:
    """The fields of an order that is mostly right, in any order, with the JSON of their values."""
    ascii_only = draw(st.booleans())

    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=ascii_only)

    fields = [
        ("type", text(draw(st.sampled_from(["order"] * 9 + ["touch", "orders", ""])))),
        ("account", text(draw(st.sampled_from(["acme", "shop", "b" * 256]) | _IDS))),
        ("order", text(draw(_IDS))),
        ("contact", text(draw(_IDS | st.none()))),
        ("status", text(draw(st.sampled_from([*STATUSES, *STATUSES, "DELIVERED ", "delivered", "", "SHIPPED"])))),
        ("amount", draw(_AMOUNTS)),
        ("currency", text(draw(_CURRENCIES))),
        ("ordered_at", text(draw(TIMES))),
        ("time", text(draw(TIMES))),
    ]
    if draw(st.booleans()):
        fields.append(("refunded", draw(_AMOUNTS)))
    fields += [(name, text(draw(_OPTIONAL))) for name in _BUYER if draw(st.booleans())]
    change = draw(st.sampled_from(["none"] * 12 + ["odd", "twice", "missing", "unknown", "items", "partial"]))
    place = draw(st.integers(0, len(fields) - 1))
    if change == "odd":
        fields[place] = (fields[place][0], text(draw(_ODD)))
    elif change == "twice":
        fields.append(fields[place])
    elif change == "missing":
        del fields[place]
    elif change == "unknown":
        names = ["note", "statu", "", "orders", "external_customer_ix"]
        fields.append((draw(st.sampled_from(names)), text(draw(_ODD))))
    elif change == "items":
        fields.append(("items", text(draw(st.sampled_from([None, [], [{"sku": "a", "quantity": 1}]])))))
    elif change == "partial":
        fields.append(("partial", text(draw(st.sampled_from([True, False, None])))))
    return draw(st.permutations(fields)) if draw(st.booleans()) else fields


@st.composite
def order_lines(draw: st.DrawFn) -> bytes:
    """An order that is mostly right, however its JSON is spaced."""
    blank, around = draw(st.sampled_from(["", " "])), draw(st.text(" \t\r", max_size=2))
    parts = [f'"{name}"{blank}:{blank}{value}' for name, value in draw(members())]
    text = around + "{" + around + f",{blank}".join(parts) + around + "}" + around
    return text.encode("utf-8", "surrogatepass")


@st.composite
def plain_orders(draw: st.DrawFn) -> bytes:
    """An order that fits, as most senders write it."""
    ids = st.text("abcxyz019_-:. ", min_size=1, max_size=30).filter(lambda text: not text.startswith(" "))
    moments = st.sampled_from(["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.123+02:00", "1971-01-01T00:00:00Z"])
    currency, decimals = draw(st.sampled_from([("EUR", 2), ("JPY", 0), ("BHD", 3), ("UYW", 4)]))
    amounts = st.decimals(1, 10**9, places=decimals, allow_nan=False).map(str)
    fields: dict[str, object] = {
        "type": "order",
        "account": draw(st.sampled_from(["acme", "shop", "a"])),
        "order": draw(ids),
        "contact": draw(ids),
        "status": draw(st.sampled_from(STATUSES)),
        "amount": draw(amounts),
        "currency": currency,
        "ordered_at": draw(moments),
        "time": draw(moments),
    }
    if draw(st.booleans()):
        fields["refunded"] = draw(st.sampled_from(["0", "1", None]))
    fields |= {name: draw(ids | st.none()) for name in _BUYER if draw(st.booleans())}
    return json.dumps(fields).encode()


LINES: Final = st.one_of(plain_orders(), order_lines(), order_lines(), damaged(plain_orders()))
