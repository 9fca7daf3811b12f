"""How one line of JSON becomes an event (contract §1, §8, §9).

Everything that a line can have wrong ends in `BadEvent`, whose text is the reason a person reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from state import money, settings, times
from state.bad_events import BadEvent, shown
from state.event_lines import CampaignLine, ContactLine, EraseLine, EventLine, OrderLine, SettingsLine
from state.event_members import EXAMPLE_TIME, meant_time, missing, plain_value, read_members
from state.events import (
    STATUSES,
    CampaignName,
    Contact,
    Erase,
    Order,
    PartialOrder,
    SettingsChange,
    Touch,
)
from state.order_items import canonical_items
from state.settings import CHANNEL_NAME, EVENTS, parse_settings

AHEAD_MS_MAX: Final = times.DAY_MS
"""How far `time` and `ordered_at` may lie ahead of the wall clock (contract §2)."""
TEXT_MAX: Final = 256
"""Characters of an id, a campaign's name, and of who changed settings (contract §1)."""

Profile = Contact | CampaignName | SettingsChange | Erase
Event = Touch | Order | PartialOrder | Profile
ORDERS: Final = (Order, PartialOrder)
"""For `isinstance`, which would make a union anew for each event."""

LINE: Final = msgspec.json.Decoder(EventLine)
_parse: Final[Callable[[bytes], EventLine]] = LINE.decode
_ABSENT: Final = (b"", b"null")


def read_line(line: bytes, now_ms: int) -> tuple[int, Event]:
    """One event with its `time` in ms; it may not be far ahead of `now_ms`, the wall clock. Raises `BadEvent`."""
    return check(parse_line(line), now_ms)


def parse_line(line: bytes) -> EventLine:
    """A line's fields, of the right types. Raises `BadEvent`."""
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise BadEvent("bad_json", None, f"not UTF-8 from byte {error.start + 1} on; send UTF-8") from None
    try:
        return _parse(line)
    except (msgspec.MsgspecError, RecursionError):
        return read_members(text)


def check(line: EventLine, now_ms: int) -> tuple[int, Event]:
    """What the types cannot say: times, amounts, names. Returns the event with its time in ms; raises `BadEvent`."""
    time = _time("time", line.time)
    event = _event(line, time)
    _refuse_future("time", time, line.time, now_ms)
    if isinstance(line, OrderLine):
        assert isinstance(event, ORDERS)
        if event.ordered_at is not None:
            _refuse_future("ordered_at", event.ordered_at, line.ordered_at, now_ms)
    return time, event


def _event(line: EventLine, time: int) -> Event:
    match line:
        case Touch():
            return _checked_touch(line)
        case OrderLine():
            return _partial_order(line, time) if line.partial else _order(line, time)
        case ContactLine():
            return Contact(_id("account", line.account), _id("contact", line.contact), time, *_person(line))
        case CampaignLine():
            return CampaignName(
                _id("account", line.account),
                _channel(line.channel),
                _id("campaign", line.campaign),
                _id("name", line.name),
                time,
            )
        case SettingsLine():
            effective_from = _time("effective_from", line.effective_from)
            by = _optional_id("by", line.by)
            return SettingsChange(_id("account", line.account), effective_from, time, _settings(line), by)
        case EraseLine():
            return Erase(_id("account", line.account), _id("contact", line.contact), time)


def _time(field: str, text: str) -> int:
    try:
        return times.parse_time(text)
    except times.WrongTime as error:
        digits = text.strip()
        is_count = digits.isascii() and digits.isdigit() and len(digits) <= 16
        advice = meant_time(digits) if is_count else f"send one such as {EXAMPLE_TIME}"
        raise BadEvent("bad_time", field, f"{error}; {advice}") from None


def _refuse_future(field: str, ms: int, text: str | None, now_ms: int) -> None:
    if ms > now_ms + AHEAD_MS_MAX:
        message = f"{text} is more than a day ahead of the clock; send when it happened"
        raise BadEvent("in_future", field, message)


def _is_absent(value: msgspec.Raw) -> bool:
    return bytes(value) in _ABSENT


def _is_blank(text: str) -> bool:
    return not text or text.isspace()


def _id(field: str, text: str) -> str:
    if 0 < len(text) <= TEXT_MAX and not text.isspace():
        return text
    if _is_blank(text):
        raise missing(field, '""' if not text else '" "')
    message = f"{shown(text)} has {len(text)} characters; send at most {TEXT_MAX}"
    raise BadEvent("too_long", field, message)


def _optional_id(field: str, text: str | None) -> str | None:
    return None if text is None or _is_blank(text) else _id(field, text)


def _optional_text(text: str | None) -> str | None:
    return None if text is None or _is_blank(text) else text


def _person(line: OrderLine | ContactLine) -> tuple[str | None, str | None, str | None, str | None, str | None]:
    """email, phone, external_customer_id, first_name, last_name."""
    return (
        _optional_text(line.email),
        _optional_text(line.phone),
        _optional_id("external_customer_id", line.external_customer_id),
        _optional_text(line.first_name),
        _optional_text(line.last_name),
    )


def _channel(text: str) -> str:
    if not CHANNEL_NAME.fullmatch(text):
        raise BadEvent(
            "not_allowed", "channel", f"{shown(text)} is not 1–32 of a–z, 0–9, _ and -; send one such as sms"
        )
    return text


def _one_of(field: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise BadEvent("not_allowed", field, f"{shown(text)} is not one of {', '.join(allowed)}")
    return text


def _checked_touch(touch: Touch) -> Touch:
    _id("account", touch.account)
    _id("contact", touch.contact)
    _channel(touch.channel)
    _one_of("event", touch.event, EVENTS)
    _id("campaign", touch.campaign)
    _id("message", touch.message)
    return touch


def _order(line: OrderLine, time: int) -> Order:
    if line.status is None:
        raise missing("status", None)
    amount_text, refunded_text = bytes(line.amount), bytes(line.refunded)
    if amount_text in _ABSENT:
        raise missing("amount", None)
    if line.ordered_at is None:
        raise missing("ordered_at", None)
    currency = _currency(line)
    amount = _amount("amount", amount_text, currency)
    refunded = None if refunded_text in _ABSENT else _amount("refunded", refunded_text, currency)
    _refuse_too_much(line, refunded, amount)
    return Order(
        _id("account", line.account),
        _id("order", line.order),
        _optional_id("contact", line.contact),
        _one_of("status", line.status, STATUSES),
        amount,
        currency,
        _time("ordered_at", line.ordered_at),
        time,
        refunded,
        *_person(line),
        _items(line),
    )


def _partial_order(line: OrderLine, time: int) -> PartialOrder:
    """`currency` without `amount` and `refunded` is not looked at (contract §9)."""
    is_amount, is_refunded = not _is_absent(line.amount), not _is_absent(line.refunded)
    currency = _currency(line) if is_amount or is_refunded else None
    amount = _amount("amount", bytes(line.amount), currency) if currency and is_amount else None
    refunded = _amount("refunded", bytes(line.refunded), currency) if currency and is_refunded else None
    _refuse_too_much(line, refunded, amount)
    return PartialOrder(
        _id("account", line.account),
        _id("order", line.order),
        time,
        None if line.status is None else _one_of("status", line.status, STATUSES),
        amount,
        currency,
        None if line.ordered_at is None else _time("ordered_at", line.ordered_at),
        refunded,
        _optional_id("contact", line.contact),
        *_person(line),
        _items(line),
    )


def _currency(line: OrderLine) -> str:
    if line.currency is None:
        raise missing("currency", None)
    if line.currency not in money.DIGITS:
        message = f"{shown(line.currency)} is not an ISO 4217 code; send one such as EUR"
        raise BadEvent("unknown_currency", "currency", message)
    return line.currency


def _amount(field: str, raw: bytes, currency: str) -> int:
    """An amount from the JSON of it: a string's text, or a number's own digits, so that nothing is rounded."""
    try:
        if raw[:1] == b'"':
            return money.parse_amount_cached(_text(raw), currency)
        return money.parse_amount(raw.decode(), currency, number=True)
    except money.WrongAmount as error:
        raise BadEvent("bad_amount", field, f'{error}; send a decimal text such as "12.50"') from None


def _text(raw: bytes) -> str:
    """The text of a JSON string."""
    return msgspec.json.decode(raw, type=str) if b"\\" in raw else raw[1:-1].decode()


def _refuse_too_much(line: OrderLine, refunded: int | None, amount: int | None) -> None:
    if refunded is not None and amount is not None and refunded > amount:
        message = f"{bytes(line.refunded)[:40].decode()} is more than the amount; send what was given back of it so far"
        raise BadEvent("bad_amount", "refunded", message)


def _items(line: OrderLine) -> str | None:
    raw = bytes(line.items)
    return None if raw in _ABSENT else canonical_items(raw.decode())


def _settings(line: SettingsLine) -> bytes:
    given: dict[str, Any] = {}
    for field in settings.Settings.__struct_fields__:
        raw = bytes(getattr(line, field))
        if raw not in _ABSENT:
            given[field] = plain_value(field, raw.decode())
    channels = given.get("channels")
    if isinstance(channels, dict):
        # Fields that no table knows are ignored in an event; in a file they are somebody's typing error.
        given["channels"] = {name: _known(rule) for name, rule in channels.items()}
    try:
        return settings.canonical(parse_settings(given))
    except settings.WrongSetting as error:
        raise BadEvent(error.code, error.field, error.message) from None


def _known(rule: object) -> object:
    if not isinstance(rule, dict):
        return rule
    return {field: value for field, value in rule.items() if field in ("event", "window")}
