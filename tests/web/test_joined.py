"""Modules that are joined do what they did apart."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.waiting import PATIENCE_S
from web.joined import NotJoined, joined, source_map

NODE: Final = shutil.which("node")
START: Final = "start.js"
MODULES: Final[Mapping[str, str]] = {
    START: """// The start.
import { total as sum, first } from "./parts/sums.js";
import { count } from "./counter.js";
const later = () => import("./views/later.js");
const total = sum([1, 2]);
count();
later().then(({ mount }) => console.log([total, first, mount(), count()].join()));
""",
    "parts/sums.js": """// Sums.
import { count } from "../counter.js";
const hidden = "of this module";
export const first = hidden.length;
export function total(numbers) {
  count();
  return numbers.reduce((sum, number) => sum + number, 0);
}
""",
    "counter.js": """// One count that all modules share.
let counted = 0;
export const count = () => (counted += 1);
""",
    "views/later.js": """// What is imported only when it is asked for.
import {
  total,
} from "../parts/sums.js";
export async function unused() {}
export const mount = () => total([10, 20]);
""",
}


@pytest.mark.skipif(NODE is None, reason="no node here: it runs the modules, apart and joined (Node 18.19 or newer)")
def test_one_script_says_what_the_modules_say(tmp_path: Path) -> None:
    for path, text in MODULES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "joined.js").write_text(joined(START, MODULES))

    apart, as_one = (_run(tmp_path / name) for name in (START, "joined.js"))

    assert as_one == apart == "3,14,30,4\n"


def _run(script: Path) -> str:
    assert NODE is not None
    return subprocess.run([NODE, str(script)], capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout


def test_the_map_says_which_line_each_is() -> None:
    described = json.loads(source_map(START, MODULES))
    lines = joined(START, MODULES).splitlines()
    mappings = described["mappings"].split(";")

    source = line = 0
    told: list[tuple[str, int]] = []
    for mapping, text in zip(mappings, lines, strict=True):
        if not mapping:
            continue
        _, source_step, line_step, _ = _numbers(mapping)
        source, line = source + source_step, line + line_step
        told.append((described["sources"][source], line))
        original = MODULES[described["sources"][source]].splitlines()[line]
        assert original in text or re.search(r"\b(?:import|export|from)\b", original)
    assert told == [(path, line) for path in described["sources"] for line in range(MODULES[path].count("\n"))]


def _numbers(mapping: str) -> list[int]:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    numbers, value, shift = [], 0, 0
    for digit in map(alphabet.index, mapping):
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            numbers.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return numbers


@pytest.mark.parametrize(
    "line",
    [
        'import all from "./counter.js";',
        'import * as all from "./counter.js";',
        'import "./counter.js";',
        'export * from "./counter.js";',
        "export default 1;",
        "export { x };",
        "export let x = 1;",
    ],
)
def test_a_form_that_is_not_joined_is_refused_with_its_place(line: str) -> None:
    with pytest.raises(NotJoined, match=r"^start\.js: "):
        joined(START, {**MODULES, START: f"// A start.\n{line}\n"})


def test_modules_that_import_each_other_are_refused() -> None:
    back = 'import { total } from "./parts/sums.js";\nexport const count = total;\n'
    with pytest.raises(NotJoined, match=r"these import each other: .*parts/sums\.js → counter\.js → parts/sums\.js"):
        joined(START, {**MODULES, "counter.js": back})
