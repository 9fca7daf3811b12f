"""The repository as its own tests see it: its packages, their modules, what these import, and all files."""

from __future__ import annotations

import ast
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]

MAY_IMPORT: Final[Mapping[str, frozenset[str]]] = {
    "state": frozenset(),
    "config": frozenset({"state"}),
    "kernels": frozenset({"state"}),
    "connectors": frozenset({"state", "config", "kernels"}),
    "generator": frozenset({"state", "config"}),
    "reports": frozenset({"state", "config", "connectors"}),
    "dataflows": frozenset({"state", "config", "connectors", "kernels"}),
    "web": frozenset(),
    "api": frozenset({"state", "config", "connectors", "reports", "dataflows", "web"}),
    "cli": frozenset({"state", "config", "connectors", "generator", "reports", "dataflows", "api"}),
}
"""Dependence goes one way: what each top-level package may import of the others."""

PACKAGES: Final = tuple(MAY_IMPORT)

_MADE: Final = frozenset({"__pycache__", "build", "dist", "lasttouch-recovery", "node_modules"})
_MADE_SUFFIXES: Final = (".egg-info", ".pyc", ".sqlite3", ".sqlite3-shm", ".sqlite3-wal")


def project() -> Mapping[str, Any]:
    """pyproject.toml as it stands."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def files() -> Iterator[Path]:
    """Every file of the project; not what tools and runs make beside them."""
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if _is_ours(name) and not Path(folder, name, "pyvenv.cfg").exists()]
        for name in names:
            if _is_ours(name) or (folder == str(ROOT) and name != ".git"):
                yield Path(folder, name)


def _is_ours(name: str) -> bool:
    return (not name.startswith(".") or name == ".ci") and name not in _MADE and not name.endswith(_MADE_SUFFIXES)


def modules(*folders: str) -> list[Path]:
    """The Python files below the given folders of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def shown(path: Path) -> str:
    """A path as messages and test ids name it."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything that a module imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(path.relative_to(ROOT).parts[: -node.level]) if node.level else ""
            yield node.lineno, ".".join(part for part in (base, node.module) if part)
