"""Other programs that do the same, from a folder that holds them, with what each needs to run.

The folder's `run.py` says what there is: `VENVS`, the packages of each environment, and `PEERS`, name → (environment,
program, arguments, whether it reads a file per partition, environment variables). Both are literals and read as such.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import lasttouch_runs
from benchmarks.programs import Program
from benchmarks.results import Source
from config.errors import Unavailable, UserError
from tests.servers.apache_kafka import ApacheKafka

FROM_FILE: Final = ("flink_java_p1_checkpoint_10s", "batch_duckdb", "pure_python")
"""Measured unless asked otherwise."""
FROM_KAFKA: Final = ("quix",)
"""Measured too when there is a broker."""
ORACLE: Final = "batch_duckdb"

_JAVA: Final = "java"
_KAFKA_ENVIRONMENT: Final = "quix"
_LABELS: Final = {
    "batch_duckdb": "DuckDB, 2 threads (batch)",
    "batch_polars": "Polars (batch)",
    "pure_python": "the peers' plain Python",
    "flink_java_p1": "Flink Java, parallelism 1, no checkpoints",
    "flink_java_p1_checkpoint_1s": "Flink Java, parallelism 1, checkpoint each 1 s",
    "flink_java_p1_checkpoint_10s": "Flink Java, parallelism 1, checkpoint each 10 s",
    "quix": "Quix Streams, Kafka → Kafka",
    "quix_no_changelog": "Quix Streams, no changelog topics",
}


@dataclass(frozen=True, slots=True)
class Peers:
    """The programs of a folder, and where their environments are made."""

    folder: Path
    work: Path
    venvs: dict[str, list[str]]
    programs: dict[str, tuple[str, str, list[str], bool, dict[str, str]]]

    def needs_kafka(self, name: str) -> bool:
        """Whether a program reads its events from a broker."""
        return self._of(name)[0] == _KAFKA_ENVIRONMENT

    def contestant(self, name: str, broker: ApacheKafka | None = None) -> Program:
        """A program, ready to run; what it needs is fetched and built the first time.

        Raises `UserError` for a name that is none of the folder's, and `Unavailable` when it cannot be built.
        """
        environment, program, arguments, is_partitioned, variables = self._of(name)
        if is_partitioned:
            raise UserError(f"--only {name}: reads a file per partition, which is not made here; take another")
        if environment == _JAVA:
            self._build()
            start = [
                "java",
                "-cp",
                f"{self.work / 'flink' / 'classes'}:{self.work / 'flink' / 'dependency'}/*",
                program,
            ]
        else:
            start = [str(self._python(environment)), "-W", "ignore", str(self.folder / program)]
        # `env` so that only this program gets them.
        start = ["env", *(f"{key}={value}" for key, value in variables.items()), *start] if variables else start
        address = [] if broker is None else ["--broker", broker.bootstrap_servers]

        def command(events_file: Path, out: Path) -> Sequence[str]:
            if environment == _JAVA:
                return [*start, str(out), *arguments, str(events_file)]
            return [*start, *arguments, "--input", str(events_file), "--out", str(out), *address]

        source: Source = "kafka" if environment == _KAFKA_ENVIRONMENT else "file"
        servers = {} if broker is None else {"Kafka": broker}
        return Program(name, _LABELS.get(name, name), command, source, servers=servers)

    def versions(self, names: Sequence[str]) -> list[str]:
        """What the folder pins for these programs, as "package version"."""
        environments = sorted({self.programs[name][0] for name in names if name in self.programs})
        pins = [pin.replace("==", " ") for environment in environments for pin in self.venvs.get(environment, [])]
        if _JAVA not in environments:
            return pins
        flink = re.search(r"<flink.version>([^<]+)<", (self.folder / "pom.xml").read_text(encoding="utf-8"))
        return [*pins, *([f"Flink {flink[1]}"] if flink else [])]

    def check_event_file(self, events_file: Path, events: int, contacts: int, seed: int) -> None:
        """Whether the folder's own `gen.py` makes the same bytes. Raises `Unavailable` when it does not."""
        generator = self.folder / "gen.py"
        checked = events_file.with_suffix(".checked")
        version = hashlib.sha256(generator.read_bytes()).hexdigest()
        if checked.exists() and checked.read_text() == version:
            return
        numbers = ["--events", str(events), "--contacts", str(contacts), "--seed", str(seed)]
        reading, writing = os.pipe()
        command = [sys.executable, str(generator), *numbers, "--out", f"/dev/fd/{writing}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, pass_fds=[writing]):
            os.close(writing)
            with os.fdopen(reading, "rb") as theirs, events_file.open("rb") as ours:
                is_same = all(ours.read(len(chunk)) == chunk for chunk in iter(lambda: theirs.read(1 << 20), b""))
                is_same = is_same and not ours.read(1)
        if not is_same:
            raise Unavailable("the event file differs from the one that gen.py of PEERS makes: see event_file.py")
        checked.write_text(version)

    def _of(self, name: str) -> tuple[str, str, list[str], bool, dict[str, str]]:
        if name not in self.programs:
            ours = ", ".join(lasttouch_runs.ALL)
            raise UserError(f"--only {name}: is not known; take some of {ours}, {self._names()}")
        return self.programs[name]

    def _names(self) -> str:
        return ", ".join(name for name, program in self.programs.items() if not program[3])

    def _python(self, environment: str) -> Path:
        """The interpreter of an environment that holds what the folder pins."""
        home = self.work / f"venv-{environment}"
        python = home / "bin" / "python"
        pins = self.venvs[environment]
        installed = home / "installed"
        if not installed.exists() or installed.read_text().split() != pins:
            if not python.exists():
                _run([sys.executable, "-m", "venv", str(home)], environment)
            _run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *pins], environment)
            installed.write_text("\n".join(pins))
        return python

    def _build(self) -> None:
        """Compile the Java program and bring its jars."""
        if shutil.which("mvn") is None or shutil.which("java") is None:
            raise Unavailable(
                "Flink needs mvn and java on the PATH: install Maven and Java 17, or leave it out by --only"
            )
        home = self.work / "flink"
        sources = b"".join(path.read_bytes() for path in [self.folder / "pom.xml", *self.folder.rglob("*.java")])
        built, version = home / "built", hashlib.sha256(sources).hexdigest()
        if built.exists() and built.read_text() == version:
            return
        pom = ["-f", str(self.folder / "pom.xml"), f"-Dbuild.dir={home}"]
        _run(["mvn", "-q", "-B", *pom, "compile", "dependency:copy-dependencies"], "flink")
        built.write_text(version)


def read_peers(folder: Path, work: Path) -> Peers:
    """The programs of `folder`; what they need is kept in `work`. Raises `UserError`."""
    runner = folder / "run.py"
    if not runner.is_file():
        raise UserError(f"PEERS: {folder} has no run.py; name the folder that holds the other programs")
    found: dict[str, Any] = {}
    for node in ast.parse(runner.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="VENVS" | "PEERS" as name)], value=value):
                found[name] = ast.literal_eval(value)
    if len(found) != 2:
        raise UserError(f"PEERS: {runner} does not say VENVS and PEERS; name the folder that holds the other programs")
    return Peers(folder.resolve(), work.resolve(), found["VENVS"], found["PEERS"])


def _run(command: Sequence[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise Unavailable(f"what {what} needs cannot be had: {said[-1][:300] if said else 'it said nothing'}")
