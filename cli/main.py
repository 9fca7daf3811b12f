"""`lasttouch`: where it begins. Imports next to nothing, so that a signal finds a handler as soon as Python runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from config.early_signals import early_signals_kept


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (default: the process's) call for, and return the exit status.

    See `cli.commands.run_command`, which takes up to a second to import.
    """
    with early_signals_kept():
        from cli.commands import run_command

        return run_command(sys.argv[1:] if arguments is None else list(arguments))


if __name__ == "__main__":
    sys.exit(main())
