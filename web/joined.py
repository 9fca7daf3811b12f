"""The page's modules as one script: a browser spends milliseconds on each file that it asks for, and they are many.

Each module keeps its own scope and its own lines; a map tells the browser's tools which line of which file each one is.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";', re.MULTILINE)
_IMPORT_LATER: Final = re.compile(r'\bimport\("(\.[^"]+)"\)')
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)
_OTHER_FORM: Final = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class NotJoined(Exception):
    """A module says something that modules in one script cannot; the message names it."""


def joined(start: str, modules: Mapping[str, str], before: str = "") -> str:
    """One module that does what `start` does. `modules`: texts by path; `before`: whole lines of plain scripts.

    What these declare, all modules see. Modules that are imported, at once or later, come before those that import
    them. Raises `NotJoined`.
    """
    names = {path: f"module_{number}" for number, path in enumerate(_in_order(start, modules))}
    return before + "".join(_scope(path, modules[path], names) for path in names)


def source_map(start: str, modules: Mapping[str, str], before: str = "") -> str:
    """Of each line of `joined`, which line of which module it is (ECMA-426); the modules are found beside the map."""
    sources = _in_order(start, modules)
    mappings, line_before = [""] * before.count("\n"), 0
    for number, path in enumerate(sources):
        for line in range(modules[path].count("\n")):
            step = int(number > 0 and line == 0)
            mappings.append("".join(map(_vlq, (0, step, line - line_before, 0))))
            line_before = line
        mappings.append("")
    return json.dumps({"version": 3, "sources": sources, "names": [], "mappings": ";".join(mappings)})


def _scope(path: str, text: str, names: Mapping[str, str]) -> str:
    def taken(found: re.Match[str]) -> str:
        return f"const {{{found[1].replace(' as ', ': ')}}} = {names[_beside(path, found[2])]};"

    exports = ", ".join(_EXPORT.findall(text))
    text = _IMPORT.sub(taken, text)
    text = _IMPORT_LATER.sub(lambda found: f"Promise.resolve({names[_beside(path, found[1])]})", text)
    text = _EXPORT.sub("", text)
    if found := _OTHER_FORM.search(text):
        raise NotJoined(f"{path}: {found[0]!r}: write import {{ … }} from, export function, const or class")
    return f"const {names[path]} = (() => {{ {text}return {{ {exports} }}; }})();\n"


def _in_order(start: str, modules: Mapping[str, str]) -> Sequence[str]:
    ordered: dict[str, None] = {}

    def visit(path: str, importers: tuple[str, ...]) -> None:
        if path in importers:
            raise NotJoined(f"these import each other: {' → '.join((*importers, path))}")
        if path not in ordered:
            for imported in _imported(path, modules[path]):
                visit(imported, (*importers, path))
            ordered[path] = None

    visit(start, ())
    return list(ordered)


def _imported(path: str, text: str) -> Iterator[str]:
    for found in (*_IMPORT.finditer(text), *_IMPORT_LATER.finditer(text)):
        yield _beside(path, found[found.lastindex or 0])


def _beside(path: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))


def _vlq(number: int) -> str:
    """A number as source maps write it: 5 bits a character, the least first, the sign in the lowest bit."""
    rest = -number << 1 | 1 if number < 0 else number << 1
    text = ""
    while True:
        digit, rest = rest & 31, rest >> 5
        text += _BASE64[digit | 32 if rest else digit]
        if not rest:
            return text
