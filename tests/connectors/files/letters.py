"""The file of dead letters of a run, opened, killed and opened again."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any, Final

from connectors.files.dead_letters import DeadLetterFile, DeadLetterPartition
from state.dead_letters import dead_letter, encode
from state.erasures import Secret

NEW: Final = None
"""The state of a store that has closed no epoch yet."""


class Letters:
    """The file, and the one partition that has it open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part: DeadLetterPartition | None = None

    def open(self, state: Any = NEW) -> DeadLetterPartition:
        """A run begins. Of the one before, what was handed to the system stays; what it had in mind is gone."""
        self.close()
        self._part = DeadLetterFile(self.path, Secret(b"the shop's own")).build_part("dead_letters", "file", state)
        return self._part

    def close(self) -> None:
        if self._part is not None:
            self._part.close()

    def lines(self) -> list[int]:
        """The lines that the letters in the file are of; each letter must be JSON."""
        return [json.loads(line)["line"] for line in self.path.read_bytes().splitlines()]


def letter(number: int, raw: bytes = b"no event") -> bytes:
    return encode(dead_letter("events.jsonl", None, number, raw, "bad_json", "not JSON"))


def written(part: DeadLetterPartition, *letters: bytes) -> None:
    part.write_batch([[(None, one)] for one in letters])


def snapshot(part: DeadLetterPartition) -> Any:
    """A state as the recovery store gives it back."""
    return pickle.loads(pickle.dumps(part.snapshot()))
