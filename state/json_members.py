"""The members of a JSON object as they are written, however deep they nest and whatever halves of characters they hold.

The fast decoder refuses more than JSON does: depth that its stack cannot hold, and halves of surrogate pairs, also in
fields that nobody reads. What it refuses is looked at here (contract §8).
"""

from __future__ import annotations

import json
import re
from typing import Final

from state.bad_events import BadEvent

_BLANKS: Final = re.compile(r"[ \t\n\r]*+")
_STRING: Final = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"')
_SCALAR: Final = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?+|true|false|null")
_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{\]}]')
_CLOSING: Final = {"{": "}", "[": "]"}
_KINDS: Final = {"[": "a list", '"': "a text", "t": "true", "f": "false", "n": "null"}


def members(text: str) -> dict[str, str]:
    """Name → JSON of the value; of a name given twice the last one. Raises `BadEvent` for no JSON, or no object."""
    start = _blanks(text, 0)
    found: dict[str, str] = {}
    if not text.startswith("{", start):
        _end_of_text(text, _value(text, start)[0])
        kind = _KINDS.get(text[start], "a number")
        raise BadEvent("not_an_object", None, f"not a JSON object, but {kind}; send one object a line")
    at = _blanks(text, start + 1)
    if text.startswith("}", at):
        _end_of_text(text, at + 1)
        return found
    while True:
        name_at = at
        at = _name(text, at)
        name = json.loads(text[name_at : _string(text, name_at)])
        end, _ = _value(text, at)
        found[name] = text[at:end]
        at = _blanks(text, end)
        if text.startswith("}", at):
            _end_of_text(text, at + 1)
            return found
        if not text.startswith(",", at):
            raise _not_json(text, at)
        at = _blanks(text, at + 1)


def elements(text: str) -> list[str]:
    """The JSON of each element of a list. Raises `BadEvent` for no JSON; `text` has to begin as a list does."""
    at = _blanks(text, _blanks(text, 0) + 1)
    found: list[str] = []
    if text.startswith("]", at):
        _end_of_text(text, at + 1)
        return found
    while True:
        end, _ = _value(text, at)
        found.append(text[at:end])
        at = _blanks(text, end)
        if text.startswith("]", at):
            _end_of_text(text, at + 1)
            return found
        if not text.startswith(",", at):
            raise _not_json(text, at)
        at = _blanks(text, at + 1)


def first_element(text: str) -> str | None:
    """The JSON of the first element of a list, whatever follows it; None where `text` begins no list that has one."""
    at = _blanks(text, 0)
    if not text.startswith("[", at):
        return None
    at = _blanks(text, at + 1)
    try:
        return text[at : _value(text, at)[0]]
    except BadEvent:
        return None


def cut_deeper(text: str, depth: int) -> str:
    """The same JSON with null in the place of what nests deeper than so many lists and objects within each other.

    Raises `BadEvent` for no JSON.
    """
    _end_of_text(text, _value(text, _blanks(text, 0))[0])
    kept: list[str] = []
    level = begun = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            level += 1
            if level == depth + 1:
                kept.append(text[begun : token.start()])
        elif token[0] in "]}":
            level -= 1
            if level == depth:
                kept.append("null")
                begun = token.end()
    return "".join((*kept, text[begun:]))


def nests_deeper(text: str, depth: int) -> bool:
    """Whether a JSON value nests deeper than so many lists and objects within each other."""
    return text.count("[") + text.count("{") > depth and _value(text, 0)[1] > depth


def _value(text: str, at: int) -> tuple[int, int]:
    """The end of the value that begins at `at`, and how deep it nests. Without recursion: depth has no limit here."""
    open_: list[str] = []
    depth = 0
    while True:
        character = text[at : at + 1]
        if character and character in "{[":
            open_.append(character)
            depth = max(depth, len(open_))
            at = _blanks(text, at + 1)
            if not text.startswith(_CLOSING[character], at):
                at = _name(text, at) if character == "{" else at
                continue
        else:
            at = _string(text, at) if character == '"' else _scalar(text, at)
        while open_:
            at = _blanks(text, at)
            character = text[at : at + 1]
            if character == ",":
                at = _blanks(text, at + 1)
                at = _name(text, at) if open_[-1] == "{" else at
                break
            if character != _CLOSING[open_[-1]]:
                raise _not_json(text, at)
            open_.pop()
            at += 1
        else:
            return at, depth


def _name(text: str, at: int) -> int:
    """Where the value of the member begins whose name stands at `at`."""
    at = _blanks(text, _string(text, at))
    if not text.startswith(":", at):
        raise _not_json(text, at)
    return _blanks(text, at + 1)


def _string(text: str, at: int) -> int:
    match = _STRING.match(text, at)
    if match is None:
        raise _not_json(text, at)
    return match.end()


def _scalar(text: str, at: int) -> int:
    match = _SCALAR.match(text, at)
    if match is None:
        raise _not_json(text, at)
    return match.end()


def _blanks(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    assert match is not None
    return match.end()


def _end_of_text(text: str, at: int) -> None:
    if _blanks(text, at) != len(text):
        raise _not_json(text, _blanks(text, at))


def _not_json(text: str, at: int) -> BadEvent:
    if at >= len(text):
        return BadEvent("bad_json", None, "not JSON: it ends too early; send the whole object on one line")
    return BadEvent(
        "bad_json", None, f"not JSON: character {at + 1} does not belong there; send one JSON object on one line"
    )
