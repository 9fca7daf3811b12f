"""Strategies for events that compete: at one instant, for one order, for one address."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.reference.casts import STATED_AFTER_MS, Cast
from tests.reference.event_lines import Fields, amount_of, time_of
from tests.reference.event_strategies import (
    TAGS,
    Kinds,
    Level,
    maybe,
    orders,
    own_addresses,
    settings_changes,
    styles,
)
from tests.reference.settings_tables import EVENTS, whole_members
from tests.reference.values import HOUR_MS


@st.composite
def duels(draw: st.DrawFn, cast: Cast) -> list[Fields]:
    """Two touches at one instant, an order that both of them claim, and maybe a later tag for one of them."""
    order = draw(orders(cast, "stream"))
    touched_at = draw(st.sampled_from(cast.touched_at))
    ordered_at = time_of(touched_at + draw(st.sampled_from((0, HOUR_MS))), draw(styles))
    channels = draw(st.lists(st.sampled_from(tuple(EVENTS)), min_size=2, max_size=2))
    claims = [
        {
            "type": "touch",
            "account": order["account"],
            "contact": order["contact"],
            "channel": channel,
            "event": EVENTS[channel][0],
            "campaign": draw(st.sampled_from(cast.campaigns)),
            "message": draw(st.sampled_from(cast.messages)),
            **draw(maybe("tags", TAGS, 4)),
            "time": time_of(touched_at, draw(styles)),
        }
        for channel in channels
    ]
    tagged = {**claims[0], "event": "opened", **draw(maybe("tags", TAGS, 1)), **draw(maybe("automated", (True,)))}
    tagged["time"] = time_of(draw(st.sampled_from(cast.touched_at)), draw(styles))
    return [*claims, tagged, {**order, "status": "DELIVERED", "ordered_at": ordered_at}]


@st.composite
def rival_settings(draw: st.DrawFn, cast: Cast) -> list[Fields]:
    """Two versions of one account's settings that begin and were said at one instant."""
    one = draw(settings_changes(cast))
    common = {name: one[name] for name in ("type", "account", "effective_from", "time")}
    return [{**common, **draw(whole_members())} for _ in range(2)]


@st.composite
def rival_owners(draw: st.DrawFn, cast: Cast) -> list[Fields]:
    """A contact whose id is an address, and another that declares the same address, before it, with it or later."""
    own = draw(own_addresses(cast))
    contact = draw(st.sampled_from(cast.contacts))
    return [own, {**own, "contact": contact, "time": time_of(draw(st.sampled_from(cast.said_at)), draw(styles))}]


@st.composite
def rival_refunds(draw: st.DrawFn, cast: Cast, level: Level, kinds: Kinds) -> list[Fields]:
    """An order, and partial events that refund more than it was worth, or in a currency that is not its own."""
    order = draw(orders(cast, level, kinds))
    common = {name: order[name] for name in ("type", "account", "order")}

    def refund(currency: str, minor: int) -> Fields:
        time = time_of(cast.base_ms + draw(st.sampled_from(STATED_AFTER_MS)), draw(styles))
        amount = amount_of(minor, currency, draw(styles))
        return {**common, "partial": True, "refunded": amount, "currency": currency, "time": time}

    return [order, refund("EUR", 2060), refund("UAH", 3)]
