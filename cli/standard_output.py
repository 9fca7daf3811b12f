"""The standard output of a command, which may be full, closed, or in an encoding that lacks letters."""

from __future__ import annotations

import os
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.errors import Unavailable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_ERRORS: Final = "backslashreplace"
"""A name in letters that the terminal's encoding lacks is shown escaped, not as a traceback."""


class _Descriptor(FileIO):
    """Says of whatever cannot be written to it that it was the standard output: the error alone does not."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self._drop_the_rest()
            if isinstance(error, BrokenPipeError):
                raise
            raise Unavailable(
                f"standard output: cannot be written ({error.strerror}); make room, or send it elsewhere"
            ) from error

    def _drop_the_rest(self) -> None:
        """What is still buffered would be tried again when the process ends."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def prepare() -> None:
    """Make what is printed from here on fail with `Unavailable`, one line; a reader who has gone: `BrokenPipeError`."""
    out = sys.stdout
    if out is None:
        # Closed by whoever started the command: nobody wants to see it, and that is no reason to fail.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    elif isinstance(out, TextIOWrapper):
        if out is sys.__stdout__:
            sys.stdout = TextIOWrapper(
                BufferedWriter(_Descriptor(out.fileno(), "wb", closefd=False)),
                encoding=out.encoding,
                errors=_ERRORS,
                line_buffering=out.line_buffering,
                write_through=out.write_through,
            )
        else:
            out.reconfigure(errors=_ERRORS)
