"""A test aid: files are read no further than to a marked byte, so that a test can end a run exactly there.

Set only by tests, and no flag. Where it is not set, nothing is looked at and nothing costs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VARIABLE: Final = "LASTTOUCH_TEST_PAUSE"
"""Names a file that holds an offset (bytes) in the decompressed stream of every file of the run."""
STEP_BYTES: Final = 262_144
"""Files are read in steps of so many bytes; reading comes to rest less than one behind the mark."""


@dataclass(frozen=True, slots=True)
class Pause:
    """How far files may be read."""

    mark: Path
    """Missing or empty: to their ends."""

    def holds_at(self, offset: int) -> bool:
        """Whether nothing more is to be read of a file that has been read up to `offset`."""
        try:
            marked = self.mark.read_text()
        except FileNotFoundError:
            return False
        return bool(marked) and offset >= int(marked)


def pause_of_environment() -> Pause | None:
    """What a test has asked for; None: nothing."""
    mark = os.environ.get(VARIABLE)
    return Pause(Path(mark)) if mark else None
