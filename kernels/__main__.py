"""Compiles the kernels, while this program is installed: `python -m kernels`."""

from __future__ import annotations

import os
import sys
import time

from kernels import compiled_file


def main() -> None:
    """Compile what is not compiled yet, and remove what is of other sources; one line says what was done."""
    begun = time.monotonic()
    there = compiled_file.path()
    if compiled_file.read(there):
        return
    try:
        from kernels.loading import load

        load(_compilers())
    except (ImportError, OSError) as error:
        print(f"kernels are not compiled, events are decoded in Python: {error}")  # noqa: T201 - said to who installs
        return
    compiled_file.remove_others(there)
    seconds = time.monotonic() - begun
    print(f"kernels are compiled (once; {seconds:.0f} seconds)")  # noqa: T201 - said to who installs


def _compilers() -> int:
    """Two processes take two thirds of the time of one; macOS has no safe way to make them of this one."""
    return min(2, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1


if __name__ == "__main__":
    main()
