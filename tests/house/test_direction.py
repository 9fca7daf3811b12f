"""Dependence goes one way, and the core stays pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.house.sources import MAY_IMPORT, PACKAGES, ROOT, imports, modules, shown

PURE: Final = frozenset(
    {
        *("__future__", "abc", "array", "base64", "binascii", "bisect", "collections", "contextlib", "copy"),
        *("dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "hmac"),
        *(
            "itertools",
            "json",
            "math",
            "operator",
            "re",
            "string",
            "struct",
            "types",
            "typing",
            "unicodedata",
        ),
        *("weakref", "zlib", "zoneinfo"),
        *("iso4217", "msgspec", "orjson", "phonenumbers", "zstandard"),
    }
)
"""What the core may import: values and functions. No clock, no file, no socket, no chance, no engine."""

IMPURE_CALLS: Final = frozenset({"breakpoint", "exec", "eval", "input", "open", "print"})
SALTED: Final = "hash"
CLOCK_METHODS: Final = frozenset({"now", "today", "utcnow"})
FILE_METHODS: Final = frozenset({"read_bytes", "read_text", "write_bytes", "write_text"})


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    allowed = MAY_IMPORT[package] | {package}
    upward = [
        f"{shown(path)}:{line} imports {name}"
        for path in modules(package)
        for line, name in imports(path)
        if name.split(".")[0] in {*PACKAGES, "tests", "benchmarks"} - allowed
    ]
    assert not upward, f"{package} may import of the others only {sorted(MAY_IMPORT[package])}"


def test_the_direction_has_no_circle() -> None:
    below: set[str] = set()
    for package, allowed in MAY_IMPORT.items():
        assert allowed <= below, f"{package} stands before something that it may import"
        below.add(package)


@pytest.mark.parametrize("path", modules("state"), ids=shown)
def test_the_core_imports_nothing_with_io_or_a_clock(path: Path) -> None:
    impure = [f"line {line}: {name}" for line, name in imports(path) if name.split(".")[0] not in PURE | {"state"}]
    assert not impure, "state/ holds values and functions only (tests/house/test_direction.py lists what it may use)"


@pytest.mark.parametrize("path", modules("state"), ids=shown)
def test_the_core_asks_no_clock_no_file_and_no_salted_hash(path: Path) -> None:
    asked = [
        f"line {node.lineno}: {name}()"
        for node in _walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (name := _impure_call(node))
    ]
    assert not asked


def test_every_package_is_in_the_house_rules() -> None:
    there = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert there == set(PACKAGES), "a new top-level package: say in tests/house/sources.py what it may import"


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below a node but the bodies of `__hash__`, which is where `hash` belongs."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.FunctionDef) and child.name == "__hash__"):
            yield child
            yield from _walk(child)


def _impure_call(node: ast.Call) -> str | None:
    """The function's name where it is of the world outside; `hash` differs from process to process."""
    match node.func:
        case ast.Name(id=name) if name in IMPURE_CALLS or name == SALTED:
            return name
        case ast.Attribute(attr=name) if name in CLOCK_METHODS | FILE_METHODS:
            return name
        case _:
            return None
