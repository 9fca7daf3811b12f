"""How a process of this program starts another: with its own modules, whatever packages the current folder has."""

from __future__ import annotations

import os
import sys


def python_environment() -> dict[str, str]:
    """The environment for a child that runs Python: it imports from where this process does, and from nowhere else."""
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path)  # noqa: PTH100 - "" is the current folder
    return {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
