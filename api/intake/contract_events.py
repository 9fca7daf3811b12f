"""The contract's own events over HTTP: one, a list of them, or one a line (intake.md §1)."""

from __future__ import annotations

import json
from typing import Final

import msgspec

from api.intake.elements import Accepted, Element, rejected
from api.intake.json_body import ELEMENTS_MAX
from api.intake.refusals import RequestRefused
from api.intake.request import AccountValues, Request
from connectors.sources.raw_lines import BYTE_ORDER_MARK, MAX_EVENT_BYTES
from state.bad_events import BadEvent
from state.event_json import check, parse_line
from state.event_lines import EraseLine, SettingsLine
from state.json_members import elements as list_elements
from state.json_members import members

_JSON: Final = "application/json"
_LINES: Final = ("application/x-ndjson", "application/jsonl")
_BLANKS: Final = b" \t\r\n"
_list_of_raw: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


def map_request(request: Request) -> list[Element]:
    """What comes of each event. Raises `RequestRefused` for a media type that is not taken, for what is no JSON, and
    for too many events.
    """
    body = request.body.removeprefix(BYTE_ORDER_MARK)
    if request.media_type in _LINES:
        return [_element(line, request) for line in _at_most(_lines(body))]
    if request.media_type != _JSON:
        takes = ", ".join((_JSON, *_LINES))
        raise RequestRefused(415, "unsupported_media_type", f"Content-Type is not one of {takes}")
    return [_of_json(raw, request) for raw in _at_most(_events(body))]


def _lines(body: bytes) -> list[bytes]:
    return [line for line in (part.strip(_BLANKS) for part in body.split(b"\n")) if line]


def _at_most(events: list[bytes]) -> list[bytes]:
    if len(events) > ELEMENTS_MAX:
        raise RequestRefused.too_many(len(events), ELEMENTS_MAX, "events")
    return events


def _events(body: bytes) -> list[bytes]:
    """The events of a JSON body, each on one line."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise RequestRefused.bad_json(f"the body is not UTF-8 from byte {error.start + 1} on") from None
    match body.lstrip(_BLANKS)[:1]:
        case b"{":
            return [_on_one_line(body.strip(_BLANKS))]
        case b"[":
            return [_on_one_line(raw) for raw in _raw_elements(body, text)]
        case _:
            raise RequestRefused.bad_json("the body is neither a JSON object nor a list of them")


def _raw_elements(body: bytes, text: str) -> list[bytes]:
    try:
        return [bytes(raw).strip(_BLANKS) for raw in _list_of_raw(body)]
    except (msgspec.MsgspecError, RecursionError):
        pass
    try:
        return [element.encode() for element in list_elements(text)]
    except BadEvent as error:
        raise _not_json(error) from None


def _on_one_line(raw: bytes) -> bytes:
    """Newlines stand between members only: within a text they are escaped."""
    return raw.replace(b"\n", b" ").replace(b"\r", b" ")


def _not_json(error: BadEvent) -> RequestRefused:
    return RequestRefused.bad_json(f"the body is {error.message.partition(';')[0]}")


def _of_json(raw: bytes, request: Request) -> Element:
    """An event of a body that has to be JSON as a whole."""
    try:
        return Accepted((_event(raw, request),))
    except BadEvent as error:
        if error.code == "bad_json":
            raise _not_json(error) from None
        return rejected(error, raw)


def _element(raw: bytes, request: Request) -> Element:
    try:
        return Accepted((_event(raw, request),))
    except BadEvent as error:
        return rejected(error, raw)


def _event(raw: bytes, request: Request) -> bytes:
    """The event as it is written: as it was sent, with the token's account. Raises `BadEvent`."""
    if len(raw) > MAX_EVENT_BYTES:
        raise _too_large(raw)
    event = raw
    try:
        line = parse_line(event)
        is_ours = line.account == request.account.account
    except BadEvent as error:
        if error.code in ("bad_json", "not_an_object"):
            raise
        is_ours = False
    if not is_ours:
        event = _of_account(raw, request.account)
        line = parse_line(event)
    if isinstance(line, SettingsLine | EraseLine) and not request.is_admin:
        raise BadEvent("forbidden", "type", "settings and erase need an admin's token; use one")
    check(line, request.received_ms)
    if len(event) > MAX_EVENT_BYTES:
        raise _too_large(event)
    return event


def _of_account(raw: bytes, account: AccountValues) -> bytes:
    """The same event of the token's account, whatever account it names."""
    head = b'{"account":' + json.dumps(account.account).encode()
    if b'"account"' not in raw and b"\\u" not in raw:
        rest = raw.removeprefix(b"{").lstrip(_BLANKS)
        return head + (b"," if rest != b"}" else b"") + rest
    others = {name: value for name, value in members(raw.decode()).items() if name != "account"}
    return b",".join((head, *(f"{json.dumps(name)}:{value}".encode() for name, value in others.items()))) + b"}"


def _too_large(event: bytes) -> BadEvent:
    return BadEvent("too_large", None, f"an event of {len(event)} bytes; send at most 1 MiB")
