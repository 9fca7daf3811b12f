"""The shell commands of a page, run one after another as a reader would type them, and what the page shows of them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.house.sources import ROOT
from tests.servers.commands import own_environment
from tests.servers.ports import own_port
from tests.waiting import PATIENCE_S

_BLOCK: Final = re.compile(r"^```(?P<kind>sh|json)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK: Final = "@@@ the next block @@@"
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PORT: Final = "8321"
"""As the pages have it; what is run has one that is free."""


class Ran(NamedTuple):
    """A block of commands, what they wrote, and what the page shows of it."""

    commands: str
    out: str
    shown: Any
    """JSON; None where the page shows none."""


def run_blocks(
    page: str,
    folder: Path,
    environment: dict[str, str],
    *,
    patience_s: float = PATIENCE_S,
    in_folder: Path | None = None,
) -> list[Ran]:
    """Run a text's `sh` blocks in one shell, which ends at the first that fails. A `json` block shows the answer of
    the one before it. They run in `folder`, or elsewhere with what they say there."""
    blocks = list(_pairs(page))
    port = str(own_port())
    script = f"\nprintf '\\n{_MARK}\\n'\n".join(["set -e", *(commands.replace(PORT, port) for commands, _ in blocks)])
    own = own_environment()
    told = {"PATH": f"{Path(sys.executable).parent}:{own['PATH']}", "LASTTOUCH_HTTP_PORT": port, **environment}
    out, err = folder / "out", folder / "err"
    with out.open("wb") as out_file, err.open("wb") as err_file:
        shell = subprocess.Popen(
            ["bash", "-c", script],
            cwd=in_folder or folder,
            env=own | told,
            stdout=out_file,
            stderr=err_file,
            process_group=0,
        )
        try:
            status = shell.wait(patience_s)
        finally:
            # What the commands left running, if anything.
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
    assert status == 0, out.read_text() + err.read_text()
    wrote = out.read_text().split(f"\n{_MARK}\n")[1:]
    return [Ran(commands, said, shown) for (commands, shown), said in zip(blocks, wrote, strict=True)]


def answer_of(ran: Ran) -> Any:
    """The JSON that the block's last command wrote, with `…` where every run has something else."""
    return json.loads(_UUID.sub("…", ran.out.strip().splitlines()[-1]))


def page(name: str) -> str:
    """The text of a page."""
    return (ROOT / name).read_text(encoding="utf-8")


def _pairs(text: str) -> Iterator[tuple[str, Any]]:
    blocks = [(found["kind"], found["text"]) for found in _BLOCK.finditer(text)]
    for (kind, block), (next_kind, next_block) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if kind == "sh":
            yield block, json.loads(next_block) if next_kind == "json" else None
