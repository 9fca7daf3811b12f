"""Lines to orders: which lines of a batch are usual order events, and what they are packed to."""

from __future__ import annotations

from typing import Final

from kernels.amounts import NO_AMOUNT, decimals_of, parse_amount
from kernels.compiling import inner, kernel
from kernels.json_objects import read_members
from kernels.json_text import NOT_PLAIN, QUOTE, plain_number_end, string_end
from kernels.key_groups import crc32
from kernels.layout import ORDER_FIELDS, Bytes, Numbers, Record, Records
from kernels.msgpack import NIL, copy, put_array_head, put_binary_head, put_count, put_number, put_text
from kernels.times import parse_time
from kernels.words import UNKNOWN, find_word, first_word, is_same, word_triples
from state.event_json import TEXT_MAX
from state.events import STATUSES

TYPE, ACCOUNT, ORDER, CONTACT, STATUS, AMOUNT, CURRENCY, ORDERED_AT, TIME, REFUNDED = range(10)
"""The first of `ORDER_FIELDS`; the others are the buyer's."""
_EXTERNAL_ID: Final = ORDER_FIELDS.index("external_customer_id")
_FIELD_WORDS, _STATUS_WORDS, _TYPE_WORDS = (word_triples(known) for known in (ORDER_FIELDS, STATUSES, ("order",)))
_NULL: Final = int(word_triples(["null"])[0, 1])
_PACKED_FIELDS: Final = 1 + len(ORDER_FIELDS)
"""Of a packed `Order`: its tag stands in the place of `type`, and its items behind."""


@inner
def _read_value(text: Bytes, i: int, field: int, found: Records) -> int:
    """Where the value of a field ends that begins at `i`; `NOT_PLAIN` where Python has to look at the line."""
    if text[i] == QUOTE:
        end = string_end(text, i + 1)
        # Blank texts are as if they were not there.
        if end == NOT_PLAIN or end == i + 1 or text[i + 1] == ord(" "):
            return NOT_PLAIN
        found[field].at, found[field].length = i + 1, end - i - 1
        return end + 1
    if field in (AMOUNT, REFUNDED):
        end = plain_number_end(text, i)
        if end != NOT_PLAIN:
            found[field].at, found[field].length = i, end - i
            return end
    return i + 4 if field >= REFUNDED and first_word(text, i, 4) == _NULL else NOT_PLAIN


@inner
def _read_fields(text: Bytes, i: int, found: Records) -> int:
    """`read_members` of `ORDER_FIELDS`. What is null or not there has no length."""
    for field in range(REFUNDED, len(found)):
        found[field].length = 0
    return read_members(text, i, _FIELD_WORDS, REFUNDED, _read_value, found)


@inner
def _fits(text: Bytes, found: Records) -> bool:
    """Whether names are as `state.event_json` wants those of an order; none begins with a blank."""
    if find_word(text, found[TYPE].at, found[TYPE].length, _TYPE_WORDS) == UNKNOWN:
        return False
    is_short = found[ACCOUNT].length <= TEXT_MAX and found[ORDER].length <= TEXT_MAX
    is_short = is_short and found[CONTACT].length <= TEXT_MAX and found[_EXTERNAL_ID].length <= TEXT_MAX
    return is_short and find_word(text, found[STATUS].at, found[STATUS].length, _STATUS_WORDS) != UNKNOWN


@inner
def _amount(text: Bytes, found: Record, decimals: int) -> int:
    return parse_amount(text, found.at, found.length, decimals)


@inner
def _put_field(text: Bytes, found: Record, out: Bytes, at: int) -> int:
    """A text as it stands in a field; nothing where there is none."""
    if not found.length:
        return put_number(out, at, NIL, 0, 0)
    return put_text(text, found.at, found.length, out, at)


@inner
def _put_order(text: Bytes, found: Records, latest_ms: int, out: Bytes, at: int) -> int:
    """A packed `state.events.Order`. Returns where it ends; `NOT_PLAIN` where Python has to look at the line."""
    decimals = decimals_of(text, found[CURRENCY].at, found[CURRENCY].length)
    time = parse_time(text, found[TIME].at, found[TIME].length)
    ordered_at = parse_time(text, found[ORDERED_AT].at, found[ORDERED_AT].length)
    if decimals < 0 or not 0 <= time <= latest_ms or not 0 <= ordered_at <= latest_ms:
        return NOT_PLAIN
    amount, refunded = _amount(text, found[AMOUNT], decimals), NO_AMOUNT
    if found[REFUNDED].length:
        refunded = _amount(text, found[REFUNDED], decimals)
        if refunded == NO_AMOUNT or refunded > amount:
            return NOT_PLAIN
    if amount == NO_AMOUNT:
        return NOT_PLAIN
    at = _put_field(text, found[TYPE], out, put_array_head(out, at, _PACKED_FIELDS))
    for field in (ACCOUNT, ORDER, CONTACT, STATUS):
        at = _put_field(text, found[field], out, at)
    at = _put_field(text, found[CURRENCY], out, put_count(out, at, amount))
    at = put_count(out, put_count(out, at, ordered_at), time)
    at = put_number(out, at, NIL, 0, 0) if refunded == NO_AMOUNT else put_count(out, at, refunded)
    for field in range(REFUNDED + 1, len(ORDER_FIELDS)):
        at = _put_field(text, found[field], out, at)
    return put_number(out, at, NIL, 0, 0)


@kernel
def find_orders(  # noqa: PLR0913, PLR0917 - the words of a call
    text: Bytes,
    others: Records,
    latest_ms: int,
    groups: int,
    found: Records,
    packed: Bytes,
    places: Numbers,
    orders: Records,
    out: Bytes,
) -> int:
    """Find the usual order events among lines: what `Decoder` of `connectors.decoding.decoder` reads of a line.

    `text`, `others`, `latest_ms`: as `kernels.touch_lines.find_touches` leaves them; `others` keeps the lines, in
    order, that are none of these. `groups`: how many key groups there are. `found`: room for a `RANGE` of each of
    `ORDER_FIELDS`. `packed`, `places`: where lines stood (`kernels.places`). Fills `orders` (`ORDER_LINE`), which has
    room for as many as there are others, and `out`: a packed `OrderReceived` of each, one behind the other; it has
    twice as many bytes as these lines, and `ORDER_HEADS_BYTES` more for each of them. Returns how many they are.

    Usual is a JSON object of known fields, each once, in any order, all of them plain ASCII that does not begin with a
    blank; a whole order that names a contact, without items. Anything else is another's to read.
    """
    order_count = other_count = at = 0
    crc = account_at = account_length = 0
    for number in range(len(others)):
        line, start, length = others[number].line, others[number].start, others[number].length
        end = NOT_PLAIN
        if _read_fields(text, start, found) == start + length and _fits(text, found):
            end = _put_order(text, found, latest_ms, out, put_array_head(out, at, 3))
        if end == NOT_PLAIN:
            other = others[other_count]
            other.line, other.start, other.length = line, start, length
            other_count += 1
            continue
        account = found[ACCOUNT]
        if account.length != account_length or not is_same(text, account.at, text, account_at, account_length):
            account_at, account_length = account.at, account.length
            crc = crc32(text, account_at, account_length, 0)
        order = orders[order_count]
        order.line, order.at = line, at
        order.account_at, order.account_length = account_at, account_length
        order.group = crc32(text, found[ORDER].at, found[ORDER].length, crc) % groups
        end = copy(text, start, length, out, put_binary_head(out, end, length))
        at = copy(packed, places[line], places[line + 1] - places[line], out, end)
        order.length = at - order.at
        order_count += 1
    return order_count
