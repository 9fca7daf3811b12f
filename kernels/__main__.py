"""Compiles the kernels, while this program is installed: `python -m kernels`."""

from __future__ import annotations

import platform
import shutil
import sys
import time


def main() -> None:
    """Compile what is not compiled yet, and remove what is of other sources; one line says what was done."""
    begun = time.monotonic()
    try:
        from kernels import batches, compiling
    except (ImportError, OSError) as error:
        print(f"kernels are not compiled, events are decoded in Python: {error}")  # noqa: T201 - said to who installs
        return
    del batches
    kept = compiling.folder()
    for other in kept.parent.glob(f"{compiling.PREFIX}*"):
        if other != kept:
            shutil.rmtree(other)
    seconds = time.monotonic() - begun
    where = f"{sys.platform} on {platform.machine()}"
    print(f"kernels are compiled for {where}, in {seconds:.0f} s: {kept}")  # noqa: T201 - said to who installs


if __name__ == "__main__":
    main()
