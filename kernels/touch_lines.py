"""Lines to touches: which lines of a batch are usual touches, and where their fields stand."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner, kernel
from kernels.json_objects import read_members
from kernels.json_text import NOT_PLAIN, QUOTE, line_end, skip_blanks, string_end, strings_end
from kernels.layout import FIELDS, Bytes, Record, Records
from kernels.tags import TAGS_BYTES_MOST
from kernels.times import NO_TIME, parse_time
from kernels.words import UNKNOWN, find_word, first_word, word_triples
from state.event_json import TEXT_MAX
from state.messages import PLAIN_FROM_MS, PLAIN_UNTIL_MS
from state.settings import EVENTS

TYPE, ACCOUNT, CONTACT, CHANNEL, EVENT, CAMPAIGN, MESSAGE, TIME, TAGS, AUTOMATED = range(len(FIELDS))
_FIELD_WORDS: Final = word_triples(FIELDS)
_EVENT_WORDS: Final = word_triples(EVENTS)
_TOUCH, _NULL, _TRUE, _FALSE = (word_triples([text])[0, 1] for text in ("touch", "null", "true", "false"))
NOT_SO_MANY: Final = -1
_CHANNEL_MAX: Final = 32
_IN_CHANNEL: Final = np.array([byte in b"abcdefghijklmnopqrstuvwxyz0123456789_-" for byte in range(256)])
"""The characters of `state.settings.CHANNEL_NAME`."""


@inner
def _read_value(text: Bytes, i: int, field: int, found: Records) -> int:
    """Where the value of a field ends that begins at `i`; `NOT_PLAIN` where Python has to look at the line."""
    if field == TAGS:
        return _read_tags(text, i, found)
    if field == AUTOMATED:
        return _read_automated(text, i, found)
    end = string_end(text, i + 1) if text[i] == QUOTE else NOT_PLAIN
    if end == NOT_PLAIN:
        return NOT_PLAIN
    found[field].at, found[field].length = i + 1, end - i - 1
    return end + 1


@inner
def _read_tags(text: Bytes, i: int, found: Records) -> int:
    if text[i] == ord("["):
        i = skip_blanks(text, i + 1)
        end = strings_end(text, i)
        if end == NOT_PLAIN or end - i > TAGS_BYTES_MOST:
            return NOT_PLAIN
        found[TAGS].at, found[TAGS].length = i, end - i
        return end + 1
    return i + 4 if first_word(text, i, 4) == _NULL else NOT_PLAIN


@inner
def _read_automated(text: Bytes, i: int, found: Records) -> int:
    if first_word(text, i, 4) == _TRUE:
        found[AUTOMATED].length = 1
        return i + 4
    if first_word(text, i, 5) == _FALSE:
        return i + 5
    return i + 4 if first_word(text, i, 4) == _NULL else NOT_PLAIN


@inner
def _read_fields(text: Bytes, i: int, found: Records) -> int:
    """`read_members` of `FIELDS`. What is null or not there has no length; `automated` is as long as it is 1."""
    found[TAGS].length = found[AUTOMATED].length = 0
    return read_members(text, i, _FIELD_WORDS, TAGS, _read_value, found)


@inner
def _event(text: Bytes, found: Records) -> int:
    """The number in `state.settings.EVENTS` of the event."""
    return find_word(text, found[EVENT].at, found[EVENT].length, _EVENT_WORDS)


@inner
def _fits(text: Bytes, found: Records) -> bool:
    """Whether all but the time is as `state.event_json` wants a touch."""
    if found[TYPE].length != 5 or first_word(text, found[TYPE].at, 5) != _TOUCH:
        return False
    for field in (ACCOUNT, CONTACT, CAMPAIGN, MESSAGE):
        if not _is_id(text, found[field].at, found[field].length):
            return False
    if not _is_channel(text, found[CHANNEL].at, found[CHANNEL].length):
        return False
    return _event(text, found) != UNKNOWN


@inner
def _is_id(text: Bytes, at: int, length: int) -> bool:
    """1–256 characters of which one is no space: `_id` of `state.event_json`, of plain text."""
    if not 1 <= length <= TEXT_MAX:
        return False
    end = at + length
    while at < end and text[at] == ord(" "):
        at += 1
    return at < end


@inner
def _is_channel(text: Bytes, at: int, length: int) -> bool:
    """`state.settings.CHANNEL_NAME`."""
    if not 1 <= length <= _CHANNEL_MAX:
        return False
    end = at + length
    while at < end and _IN_CHANNEL[text[at]]:
        at += 1
    return at == end


@inner
def _put_fields(text: Bytes, found: Records, touch: Record) -> None:
    """Into a `TOUCH` what was found."""
    touch.account_at, touch.account_length = found[ACCOUNT].at, found[ACCOUNT].length
    touch.contact_at, touch.contact_length = found[CONTACT].at, found[CONTACT].length
    touch.channel_at, touch.channel_length = found[CHANNEL].at, found[CHANNEL].length
    touch.campaign_at, touch.campaign_length = found[CAMPAIGN].at, found[CAMPAIGN].length
    touch.message_at, touch.message_length = found[MESSAGE].at, found[MESSAGE].length
    touch.tags_at, touch.tags_length = found[TAGS].at, found[TAGS].length
    touch.event = _event(text, found)
    touch.automated = found[AUTOMATED].length


@kernel
def find_touches(text: Bytes, end: int, latest_ms: int, found: Records, touches: Records, others: Records) -> int:
    """Find the usual touches of a batch: what `Decoder` of `connectors.decoding.decoder` reads of a line.

    `text`: the lines, a newline behind each, `end` bytes in all, and `SLACK` behind them. `latest_ms`: the greatest
    time that is not ahead of the clock. `found`: room for a `RANGE` of each of `FIELDS`. Fills `touches` (`TOUCH` but
    for `part`) and `others` (`LINE`), in the order of the lines; both have room for as many as there should be lines.
    Returns how many touches there are: all other lines are others. -1: there are more lines, or fewer.

    Usual is a JSON object of known fields, each once, in any order, all of them plain ASCII: anything else, and
    anything wrong, is another's to read.
    """
    touch_count = other_count = line = i = 0
    while i < end:
        if line == len(touches):
            return NOT_SO_MANY
        start = i
        i = _read_fields(text, i, found)
        is_usual = i != NOT_PLAIN and _fits(text, found)
        time = parse_time(text, found[TIME].at, found[TIME].length) if is_usual else NO_TIME
        if PLAIN_FROM_MS <= time < PLAIN_UNTIL_MS and time <= latest_ms:
            touch = touches[touch_count]
            touch.line, touch.start, touch.length, touch.time = line, start, i - start, time
            _put_fields(text, found, touch)
            touch_count += 1
        else:
            i = line_end(text, start)
            other = others[other_count]
            other.line, other.start, other.length = line, start, i - start
            other_count += 1
        line += 1
        i += 1
    return touch_count if line == len(touches) else NOT_SO_MANY
