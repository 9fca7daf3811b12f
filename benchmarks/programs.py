"""Programs that read the event file, write their totals to another, and say on stdout how long it took them."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from benchmarks.measured_process import MeasuredProcess, ProgramFailed, cpu_of
from benchmarks.results import Measurement, Source
from benchmarks.totals import of_file
from connectors.embedded.server_process import ServerProcess

ROOT: Final = Path(__file__).parents[1]

Command = Callable[[Path, Path], Sequence[str]]
"""(event file, where the totals go) → the command line."""


@dataclass(frozen=True, slots=True)
class Program:
    """A contestant. Its last line of JSON on stdout: `processing_s`, and `idle_s` that its wall time is to lose."""

    name: str
    label: str
    command: Command
    source: Source = "file"
    has_startup: bool = True
    servers: Mapping[str, ServerProcess] = field(default_factory=dict)
    """Whose CPU time is told beside its own."""

    def measure(self, events_file: Path, folder: Path) -> Measurement:
        """See `results.Contestant`."""
        scratch = Path(tempfile.mkdtemp(dir=folder))
        try:
            return self._measure(events_file, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _measure(self, events_file: Path, scratch: Path) -> Measurement:
        out = scratch / "totals.json"
        with (
            MeasuredProcess(self.name, self.command(events_file, out), scratch, cwd=ROOT) as process,
            cpu_of(self.servers) as servers,
        ):
            usage = process.wait()
            told = self._told(process.output())
        if not out.exists():
            raise ProgramFailed(f"{self.name} wrote no totals")
        usage = replace(usage, wall_s=usage.wall_s - float(told.get("idle_s", 0)))
        return Measurement(usage, of_file(out), float(told["processing_s"]), servers)

    def _told(self, lines: Sequence[str]) -> Mapping[str, Any]:
        for line in reversed(lines):
            if line.startswith("{"):
                told: Mapping[str, Any] = json.loads(line)
                return told
        raise ProgramFailed(f"{self.name} did not say how long it took")


def plain_loop() -> Program:
    """The project's own yardstick."""
    return Program(
        "plain_loop",
        "plain Python loop",
        lambda events_file, out: [sys.executable, "-m", "benchmarks.plain_loop", str(events_file), str(out)],
    )
