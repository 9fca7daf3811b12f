"""The events as they stand in JSON, and how one line of them is read (contract §1, §8).

Everything that a line can have wrong ends in `BadEvent`, whose text is the reason a person reads in the dead letters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from state import money, settings, times
from state.events import (
    Contact,
    Erase,
    Id,
    Order,
    SettingsChange,
    Touch,
)
from state.settings import CHANNEL_NAME, parse_settings

AHEAD_MS_MAX: Final = times.DAY_MS
"""How far an event may lie ahead of the wall clock (contract §2)."""


class BadEvent(ValueError):
    """An event that does not fit; its text is the reason."""


class OrderLine(msgspec.Struct, tag_field="type", tag="order", gc=False):
    """An `order` as it stands in JSON."""

    account: Id
    order: Id
    status: Literal["INITIALIZED", "IN_PROGRESS", "DELIVERED", "CANCELLED", "ABANDONED_SHOPPING_CART"]
    amount: msgspec.Raw
    currency: str
    ordered_at: str
    time: str
    contact: Id | None = None
    refunded: msgspec.Raw = msgspec.Raw()
    email: str | None = None
    phone: str | None = None
    external_customer_id: Id | None = None
    first_name: str | None = None
    last_name: str | None = None
    items: msgspec.Raw = msgspec.Raw()


class ContactLine(msgspec.Struct, tag_field="type", tag="contact", gc=False):
    """A `contact` as it stands in JSON."""

    account: Id
    contact: Id
    time: str
    email: str | None = None
    phone: str | None = None
    external_customer_id: Id | None = None
    first_name: str | None = None
    last_name: str | None = None


class SettingsLine(msgspec.Struct, tag_field="type", tag="settings", gc=False):
    """A `settings` event, but for the settings themselves, which are read apart."""

    account: Id
    effective_from: str
    time: str


class EraseLine(msgspec.Struct, tag_field="type", tag="erase", gc=False):
    """An `erase` as it stands in JSON."""

    account: Id
    contact: Id
    time: str


EventLine = Touch | OrderLine | ContactLine | SettingsLine | EraseLine
Event = Touch | Order | Contact | SettingsChange | Erase

LINE: Final = msgspec.json.Decoder(EventLine)
_parse: Final[Callable[[bytes], EventLine]] = LINE.decode
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TOO_DEEP: Final = "nested too deeply to be an event"
_TYPES: Final = "touch, order, contact, settings, erase"
_MALFORMED: Final = re.compile(r"^JSON is malformed: |^Input data was ")
_AT: Final = re.compile(r"^(?P<what>.*) - at `\$\.?(?P<where>.*)`$", re.DOTALL)


def read_line(line: bytes, now_ms: int) -> tuple[int, Event]:
    """One event with its `time` in ms; it may not be far ahead of `now_ms`, the wall clock. Raises `BadEvent`."""
    return check(parse_line(line), line, now_ms)


def parse_line(line: bytes) -> EventLine:
    """A line's fields, of the right types. Raises `BadEvent`."""
    try:
        line.decode()
        return _parse(line)
    except UnicodeDecodeError:
        raise BadEvent("not UTF-8") from None
    except RecursionError:
        raise BadEvent(_TOO_DEEP) from None
    except msgspec.ValidationError as error:
        return _parse_last_keys(line, str(error))
    except msgspec.DecodeError as error:
        raise BadEvent(_malformed(line, str(error))) from None


def _malformed(line: bytes, complaint: str) -> str:
    """Why a line is no JSON. Half of a surrogate pair, which is JSON but no text, is told from a line cut short."""
    try:
        json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return f"not JSON: {_MALFORMED.sub('', complaint)}"
    return "half of a surrogate pair (\\ud800 … \\udfff) stands in a text without the other half"


def _refuse(constant: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(constant)


def _parse_last_keys(line: bytes, complaint: str) -> EventLine:
    """A line whose fields did not fit, with each key once, the last one: an earlier one may have been wrong (§8)."""
    try:
        if complaint.startswith("Expected `object`"):
            msgspec.json.decode(line)
        return _parse(msgspec.json.encode(_FIELDS.decode(line)))
    except msgspec.ValidationError as error:
        raise BadEvent(_complaint(str(error))) from None
    except msgspec.DecodeError:
        raise BadEvent(_complaint(complaint)) from None
    except RecursionError:
        raise BadEvent(_TOO_DEEP) from None


def _complaint(text: str) -> str:
    """A decoder's message in a person's words, the field first."""
    if text.startswith("Expected `object`"):
        return f"not a JSON object, but {text.rsplit('`', 2)[-2]}"
    match = _AT.match(text)
    what, where = (match["what"], match["where"]) if match else (text, "")
    if where == "type" and not what.startswith("Invalid value"):
        return f"type: not a text; it is one of {_TYPES}"
    if where == "type":
        return f"type: {what.removeprefix('Invalid value ')} is not one of {_TYPES}"
    missing = re.fullmatch(r"Object missing required field `(.*)`", what)
    if missing:
        return f"{where + '.' if where else ''}{missing[1]}: missing"
    return f"{where}: {what[:1].lower()}{what[1:]}".replace("`", "")


def check(line: EventLine, raw: bytes, now_ms: int) -> tuple[int, Event]:
    """What the types cannot say: times, amounts, names. Returns the event with its time in ms; raises `BadEvent`."""
    time = _time("time", line.time)
    if time > now_ms + AHEAD_MS_MAX:
        raise BadEvent(f"time: {line.time} is more than a day ahead of the clock")
    match line:
        case Touch():
            return time, _checked_touch(line)
        case OrderLine():
            return time, _order(line, time)
        case ContactLine():
            given = (line.email, line.phone, line.external_customer_id, line.first_name, line.last_name)
            return time, Contact(line.account, line.contact, time, *given)
        case SettingsLine():
            effective_from = _time("effective_from", line.effective_from)
            return time, SettingsChange(line.account, effective_from, time, _settings(raw))
        case EraseLine():
            return time, Erase(line.account, line.contact, time)


def _time(field: str, text: str) -> int:
    try:
        return times.parse_time(text)
    except times.WrongTime as error:
        raise BadEvent(f"{field}: {error}") from None


def _checked_touch(touch: Touch) -> Touch:
    if not CHANNEL_NAME.fullmatch(touch.channel):
        raise BadEvent(f"channel: {touch.channel[:40]!r} is not 1–32 of a–z, 0–9, _ and -")
    return touch


def _order(line: OrderLine, time: int) -> Order:
    if line.contact is None and line.email is None and line.phone is None and line.external_customer_id is None:
        raise BadEvent("contact: missing, and so are email, phone and external_customer_id")
    amount = _amount("amount", bytes(line.amount), line.currency)
    refunded = None
    if bytes(line.refunded) not in (b"", b"null"):
        refunded = _amount("refunded", bytes(line.refunded), line.currency)
        if refunded > amount:
            raise BadEvent(f"refunded: {bytes(line.refunded).decode()} is more than the amount")
    return Order(
        line.account,
        line.order,
        line.contact,
        line.status,
        amount,
        line.currency,
        _time("ordered_at", line.ordered_at),
        time,
        refunded,
        line.email,
        line.phone,
        line.external_customer_id,
        line.first_name,
        line.last_name,
        _items(bytes(line.items)),
    )


def _amount(field: str, raw: bytes, currency: str) -> int:
    """An amount from the JSON of it: a string's text, or a number's own digits, so that nothing is rounded."""
    try:
        if currency not in money.DIGITS:
            money.digits(currency)
        if raw[:1] == b'"':
            return money.parse_amount_cached(_text(raw), currency)
        return money.parse_amount(raw.decode(), currency, number=True)
    except money.WrongAmount as error:
        reason = str(error)
        raise BadEvent(
            reason.replace("currency", "currency:", 1) if "ISO" in reason else f"{field}: {reason}"
        ) from None


def _text(raw: bytes) -> str:
    """The text of a JSON string."""
    return msgspec.json.decode(raw, type=str) if b"\\" in raw else raw[1:-1].decode()


def _items(raw: bytes) -> str | None:
    if raw in (b"", b"null"):
        return None
    try:
        return msgspec.json.encode(msgspec.json.decode(raw), order="deterministic").decode()
    except msgspec.DecodeError as error:
        raise BadEvent(f"items: {error}") from None
    except RecursionError:
        raise BadEvent(_TOO_DEEP) from None


def _settings(raw: bytes) -> bytes:
    known = settings.Settings.__struct_fields__
    try:
        fields = _FIELDS.decode(raw)
    except RecursionError:
        raise BadEvent(_TOO_DEEP) from None
    given = {name: _plain(name, value) for name, value in fields.items() if name in known}
    try:
        return settings.canonical(parse_settings({name: value for name, value in given.items() if value is not None}))
    except settings.WrongSetting as error:
        raise BadEvent(str(error)) from None


def _plain(name: str, value: msgspec.Raw) -> object:
    try:
        return msgspec.json.decode(value)
    except msgspec.MsgspecError as error:
        raise BadEvent(f"{name}: {error}") from None
    except RecursionError:
        raise BadEvent(_TOO_DEEP) from None
