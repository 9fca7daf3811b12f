"""A cluster over several machines, as far as one machine can be several: each process has a recovery folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.running import Ended, Running, Runs
from tests.servers.ports import own_port


@dataclass
class Cluster:
    """Processes that are started together, by hand, as a service manager would on each machine."""

    runs: Runs
    size: int
    flags: dict[str, object] = field(default_factory=dict)
    processes: list[Running] = field(default_factory=list)
    addresses: str = ""

    def start(self, *files: Path) -> Cluster:
        """Start every process."""
        self.addresses = own_addresses(self.size)
        self.processes = [self.start_one(number, *files) for number in range(self.size)]
        return self

    def start_one(self, number: int, *files: Path) -> Running:
        """Start one of them."""
        place = {"process": number, "addresses": self.addresses}
        return self.runs.start(*files, store=str(number), **place, **self.flags)

    def folders(self) -> list[Path]:
        return folders(self.runs, self.size)

    def stop(self) -> list[Ended]:
        """Ask all of them to end. Returns how each did."""
        for process in self.processes:
            os.kill(process.pid, signal.SIGTERM)
        return self.wait()

    def wait(self) -> list[Ended]:
        """How each of them ended."""
        return [process.wait() for process in self.processes]


def own_addresses(size: int) -> str:
    """As many as there are processes, where nobody else listens."""
    return ",".join(f"127.0.0.1:{own_port()}" for _ in range(size))


def folders(runs: Runs, size: int) -> list[Path]:
    """The recovery folders of so many processes."""
    return [runs.recovery_dir(str(number)) for number in range(size)]


def move_parts(to: Path, sources: Sequence[Path]) -> None:
    """What an operator does before a process is taken away: its database files go to another one's folder."""
    for source in sources:
        for file in source.glob("part-*.sqlite3*"):
            file.rename(to / file.name)
