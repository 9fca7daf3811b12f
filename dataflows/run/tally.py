"""What a run over files read, took, refused and found too late: counted as it goes by, summed over workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from connectors.decoding.decoder import Decoded
from state.dead_letters import TOO_LATE
from state.event_json import parse_line
from state.event_lines import type_of


class Counts(msgspec.Struct, kw_only=True):
    """What a worker has counted."""

    lines: int = 0
    taken: dict[str, int] = {}
    """By type of event."""
    refused: dict[str, int] = {}
    """By kind of refusal (`state.bad_events.BadEvent.kind`)."""
    too_late: int = 0


class _Letter(msgspec.Struct):
    """What is read of a dead letter."""

    code: str
    raw: str = ""


_LETTER: Final = msgspec.json.Decoder(_Letter)


class Tally:
    """Counts what passes one worker."""

    def __init__(self) -> None:
        self._lines = 0
        self._taken: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._too_late = 0

    def read(self, items: list[Any]) -> None:
        """What was read and decoded (`DecodedItem`s)."""
        for item in items:
            if isinstance(item, Decoded):
                self._lines += sum(item.taken.values()) + sum(item.refused.values())
                self._taken.update(item.taken)
                self._refused.update(item.refused)

    def write_letters(self, items: list[Any]) -> None:
        """What goes to the dead letters: lists of records, and what is to be forgotten, which is none."""
        for letters in items:
            if isinstance(letters, list):
                for _, text in letters:
                    self._note_late(_LETTER.decode(text))

    def _note_late(self, letter: _Letter) -> None:
        if letter.code == TOO_LATE:
            self._too_late += 1
            # It was taken before it was found too late.
            self._taken[type_of(parse_line(letter.raw.encode()))] -= 1

    def counts(self) -> Counts:
        """All until now."""
        return Counts(lines=self._lines, taken=dict(self._taken), refused=dict(self._refused), too_late=self._too_late)


def summed(counts: Iterable[Counts]) -> Counts:
    """Those of all workers."""
    taken: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    lines = too_late = 0
    for one in counts:
        lines += one.lines
        too_late += one.too_late
        taken.update(one.taken)
        refused.update(one.refused)
    return Counts(lines=lines, taken=dict(taken), refused=dict(refused), too_late=too_late)


def end_line(counts: Counts, dead_letters: Path | str, *, starts: int = 1) -> str:
    """The one line that a run over files ends with (contract §8).

    `dead_letters`: the file or the topic they went to. `starts`: how often it began; the last one has counted.
    """
    taken = ", ".join(f"{number:,} {kind}" for kind, number in sorted(counts.taken.items()) if number)
    refused = f"{sum(counts.refused.values()):,} refused"
    if counts.refused:
        reason, times = max(counts.refused.items(), key=lambda item: (item[1], item[0]))
        refused += f" (most often, {times:,} ×: {reason})"
    line = f"read {counts.lines:,} lines: took {taken or 'none'}; {refused}; {counts.too_late:,} too late"
    if counts.refused or counts.too_late:
        line += f"; dead letters: {dead_letters}"
    return line if starts == 1 else f"{line} (counted since the last of {starts} starts)"
