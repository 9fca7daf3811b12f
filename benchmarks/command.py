"""A benchmark as a command: what is asked for is checked, what was measured printed, or what was in the way."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from config.errors import Unavailable, UserError

_Measured = TypeVar("_Measured")


def run_command(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str] | None,
    measure: Callable[..., _Measured],
    report: Callable[[_Measured], str],
    *,
    may_be_0: Collection[str] = (),
) -> int:
    """Call `measure` with all that `parser` finds, by name, and print its report. Returns the exit status.

    Numbers that are given are at least 1, but those named in `may_be_0`. None of `arguments`: those that the process
    was given.
    """
    asked = vars(parser.parse_args(arguments))
    try:
        for name, value in asked.items():
            least = 0 if name in may_be_0 else 1
            if value is not None and not isinstance(value, bool) and value < least:
                raise UserError(f"--{name.replace('_', '-')} {value}: must be at least {least}")
        measured = measure(**asked)
    except (UserError, Unavailable) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return error.exit_status
    print(report(measured))
    return 0
