"""Compiled kernels are kept, found again, and made anew where anything changed that they are made of."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

from kernels import compiled_file
from tests.house.sources import ROOT, modules

COMPILING: Final = ROOT / "kernels" / "compiled_file.py"
RUN: Final = compiled_file._RUN - {"compiled_file"}
"""What is not compiled."""


def taken_from_state(path: Path) -> set[str]:
    return {
        alias.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("state")
        for alias in node.names
    }


def test_a_change_of_any_constant_that_is_compiled_into_kernels_compiles_them_anew() -> None:
    taken = {name for path in modules("kernels") if path.stem not in RUN for name in taken_from_state(path)}
    assert taken == taken_from_state(COMPILING)
    [constants] = [
        node.value
        for node in ast.parse(COMPILING.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_CONSTANTS"
    ]
    assert constants is not None
    assert {node.id for node in ast.walk(constants) if isinstance(node, ast.Name)} == taken


def test_no_other_process_than_the_decoding_one_loads_the_compiler() -> None:
    """Every other command starts as quickly as without kernels."""
    program = "import sys, cli.main, cli.run, connectors.decoding.process; print('numba' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
