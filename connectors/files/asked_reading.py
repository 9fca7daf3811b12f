"""What a partition asks of a process that reads a file for it, and what it is told."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import msgspec

from connectors.files.file_reader import Left
from connectors.files.positions import FileProgress
from connectors.sources.replay import ReplayFinished


class ReadOn(msgspec.Struct, frozen=True, array_like=True, tag="read_on", gc=False):
    """The next chunk of a file is to be read, or the next step taken towards where its reading goes on."""

    source: str
    notes_time: bool = False
    """Whether events know when they were read."""
    left: Left | None = None
    """With the first such request: where reading goes on."""


class Ask(NamedTuple):
    """A request, and the open file that goes with it."""

    request: ReadOn
    opened: int | None = None
    """Its descriptor, to be closed by whoever hands the request over."""


class Reading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What came of a request."""

    progress: FileProgress
    is_positioned: bool = True
    """Whether reading has come to where it goes on."""
    is_read: bool = True
    """Whether a chunk was looked for, of which `progress.ended` says that there was none."""
    on_disk: tuple[int, int] = (0, 0)
    """How many bytes of the file on disk have been read, and its size."""
    error: str = ""
    """Why the file cannot be read on, which nothing follows: of a `UserError`."""
    is_behind_end: bool = False
    """Whether the file had been read to its end, or the error, before."""


@runtime_checkable
class AskingPartition(Protocol):
    """A partition of a source that another process can read for, in place of its `next_batch`."""

    def ask(self) -> Ask | None:
        """What to read next; None: that is for `next_batch` to do.

        Several may be on their way. As long as one is that `taken` has not heard of, and that is not behind an end,
        `next_batch` is called only to hear of a stop.
        """

    def taken(self, reading: Reading) -> list[ReplayFinished]:
        """Hear of what came of each request, in their order. Returns what is to be said behind what was read; raises
        what `next_batch` would."""
