"""What a process leaves on stderr when a fault in a native library ends it: the Python stacks of its threads, as far as
they can still be read."""

from __future__ import annotations

import faulthandler
import os
import sys


def leave_crash_traces() -> None:
    """From now on. stderr as it is now is written to, also while something else is put in its place."""
    sys.stderr.flush()
    faulthandler.enable(os.dup(2))
