"""`lasttouch generate`: the made-up shop's events to a file or to stdout (contract §7)."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Final, Protocol

import typer
import zstandard
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.errors import UserError
from generator import stream

EVENTS_A_CONTACT: Final = 10
_LINES_AT_ONCE: Final = 8_192

Events = Annotated[int, typer.Option("--events", metavar="N", help="How many events.")]
Contacts = Annotated[
    int | None,
    typer.Option("--contacts", metavar="C", help=f"Of how many people; by default one for {EVENTS_A_CONTACT} events."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="S", help="The same seed gives the same events.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where to; .gz and .zst are compressed. Without it to standard output."),
]


class _Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...


def generate(events: Events, contacts: Contacts = None, seed: Seed = 1, out: Out = None) -> None:
    """Deterministic, realistic events of a made-up shop, as JSON Lines.

    Numbers below 1 and a file that cannot be written end it with one line and status 2.
    """
    if events < 1:
        raise UserError(f"--events {events}: must be at least 1")
    if contacts is None:
        contacts = max(1, events // EVENTS_A_CONTACT)
    if contacts < 1:
        raise UserError(f"--contacts {contacts}: must be at least 1")
    lines = stream.events(events, contacts, seed)
    if out is None:
        _write(lines, sys.stdout.buffer, events, shows_progress=not sys.stdout.isatty())
        sys.stdout.buffer.flush()
        return
    _check(out)
    try:
        with _whole_file(out.resolve()) as file:
            _write(lines, file, events, shows_progress=True)
    except OSError as error:
        raise UserError(f"--out {out}: cannot be written ({error.strerror}); name another file") from error


def _check(out: Path) -> None:
    if not out.parent.is_dir():
        raise UserError(f"--out {out}: there is no folder {out.parent}; create it first, or name another")
    if out.exists() and not out.is_file():
        raise UserError(f"--out {out}: is no regular file; name a file, or leave --out away for stdout")


def _write(lines: Iterator[bytes], file: _Writable, total: int, *, shows_progress: bool) -> None:
    console = Console(stderr=True)
    columns = (TextColumn("events"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not (shows_progress and console.is_terminal)) as bar:
        task = bar.add_task("events", total=total)
        while batch := list(islice(lines, _LINES_AT_ONCE)):
            file.write(b"\n".join(batch) + b"\n")
            bar.advance(task, len(batch))


@contextmanager
def _whole_file(out: Path) -> Iterator[_Writable]:
    """A file that gets its name when it is complete, so that nobody ever reads half of one."""
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.unfinished")
    try:
        with unfinished.open("wb") as raw, _packed(raw, out.suffix.lower()) as file:
            yield file
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _packed(raw: IO[bytes], suffix: str) -> Iterator[_Writable]:
    match suffix:
        case ".gz":
            # No name and no time in the header: the same events are the same bytes.
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as file:
                yield file
        case ".zst":
            with zstandard.ZstdCompressor().stream_writer(raw, closefd=False) as file:
                yield file
        case _:
            yield raw
