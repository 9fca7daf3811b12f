"""A service of the compose file as a process of this machine: its own command, environment and health check."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.deploy.compose import instruction, instructions, services, unescaped
from tests.waiting import PATIENCE_S


class ServiceProcess:
    """One service. `words`: what stands in the file for what it is here, such as an address or a folder.

    `program`: what the image of another project starts, which its command is given to; None: it is ours.
    """

    def __init__(self, name: str, words: Mapping[str, str], program: Sequence[str] | None = None) -> None:
        self._service: Mapping[str, Any] = services()[name]
        self._words = words
        self._program = json.loads(instruction("ENTRYPOINT")) if program is None else list(program)

    @property
    def command(self) -> list[str]:
        """The program and its arguments: the service's own where it says them, else the image's."""
        entrypoint = self._service.get("entrypoint", self._program)
        command = self._service.get("command", json.loads(instruction("CMD")))
        return [self._here(unescaped(word)) for word in (*entrypoint, *command)]

    @property
    def environment(self) -> dict[str, str]:
        """What it is told by the image and by the file; of this machine's nothing but where programs are."""
        own = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        image = {name: value for name, value in _image_environment().items() if name != "PATH"}
        told = {**image, **self._service.get("environment", {})}
        return own | {name: self._here(unescaped(value)) for name, value in told.items()}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The service to its end, or `docker compose exec` of `arguments` in it."""
        command = list(arguments) or self.command
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )

    @contextmanager
    def started(self, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """The service while it runs; what it says goes to `log`."""
        with log.open("wb") as out:
            process = subprocess.Popen(self.command, env=self.environment, stdout=out, stderr=out, process_group=0)
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def is_healthy(self) -> bool:
        """What its health check says."""
        kind, *test = self._service["healthcheck"]["test"]
        check = [self._here(unescaped(word)) for word in test]
        command = ["/bin/sh", "-c", *check] if kind == "CMD-SHELL" else check
        return subprocess.run(command, env=self.environment, capture_output=True, check=False).returncode == 0

    def _here(self, text: str) -> str:
        """All words at once, longer ones first: one may begin with another."""
        words = sorted(self._words, key=len, reverse=True)
        return re.sub("|".join(map(re.escape, words)), lambda found: self._words[found[0]], text)


def _image_environment() -> dict[str, str]:
    stage = [rest for name, rest in instructions() if name == "ENV"][-1]
    return dict(word.split("=", 1) for word in shlex.split(stage))
