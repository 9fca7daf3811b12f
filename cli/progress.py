"""How far a long command is: a bar on a terminal, a plain line now and then elsewhere; always on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import typer

_PLAIN_EVERY_S: Final = 5.0
_MEBIBYTE: Final = 1_048_576


@contextmanager
def bytes_progress(doing: str, total_bytes: int) -> Iterator[Callable[[int], None]]:
    """Yields a function to be told how many of `total_bytes` are done; what was shown on a terminal goes at the end."""
    if not sys.stderr.isatty():
        mebibytes = total_bytes / _MEBIBYTE
        yield _plainly(doing, lambda done: f"{100 * done // max(total_bytes, 1)} % of {mebibytes:.1f} MiB")
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(binary_units=True), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=total_bytes)
        yield lambda done: bar.update(task, completed=done)


def _plainly(doing: str, words: Callable[[int], str]) -> Callable[[int], None]:
    said_at = time.monotonic()

    def tell(done: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= _PLAIN_EVERY_S:
            said_at = time.monotonic()
            typer.echo(f"{doing}: {words(done)}", err=True)

    return tell


@contextmanager
def count_progress(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yields a function to be told how many of `total` are done."""
    if not sys.stderr.isatty():
        yield _plainly(doing, lambda done: f"{done} of {total}")
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda done: bar.update(task, completed=done)
