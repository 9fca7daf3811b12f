"""The sink for dead letters where there is no Kafka: a JSON Lines file beside the recovery store (contract §6.3).

It forgets whom it is told to forget: letters of an erased contact lose their text, whenever they come (contract §1).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from state import dead_letters
from state.dead_letters import DeadLetter
from state.erasures import Plain, Secret, restored
from state.events import Erase
from state.times import WrongTime, parse_time

FILE_NAME: Final = "dead-letters.jsonl"
ERASED: Final = "its contact was erased"
_PARTITION: Final = "file"

_Record = tuple[bytes | None, bytes]
Item = list[_Record] | Erase
State = Plain
"""What was erased (`state.erasures`)."""


class _Named(msgspec.Struct):
    """What tells whose a letter is; a text that has not even this is nobody's."""

    account: str
    contact: str
    time: str = ""


_NAMED: Final = msgspec.json.Decoder(_Named)
_LOOKS_LIKE: Final = re.compile(r'"(account|contact)"\s*:\s*("(?:[^"\\]|\\.)*")')
_LETTER: Final = msgspec.json.Decoder(DeadLetter)


def dead_letter_file(recovery_dir: Path) -> Path:
    """Where the dead letters of a recovery store are."""
    return recovery_dir.absolute().parent / FILE_NAME


class DeadLetterPartition(StatefulSinkPartition[Item, State]):
    """The one writer of the file."""

    def __init__(self, path: Path, secret: Secret, resume_state: State | None) -> None:
        self._path = path
        self._erasures = restored(resume_state or {}, secret)
        self._file = path.open("a+b")
        self._written = self._read()

    def _read(self) -> set[bytes]:
        """The digests of the letters in the file: after a crash some come again, and are not to be written twice.

        A letter that was half written when the process was killed is cut off; it comes again whole.
        """
        self._file.seek(0)
        written, end = set(), 0
        for line in self._file:
            if line.endswith(b"\n"):
                written.add(_digest(line[:-1]))
                end += len(line)
        self._file.truncate(end)
        return written

    def write_batch(self, values: list[Item]) -> None:
        """Append letters, one a line; forget contacts."""
        for item in values:
            if isinstance(item, Erase):
                self._forget(item)
                continue
            for _, letter in item:
                self._write(self._redacted(letter))
        self._file.flush()

    def _write(self, letter: bytes) -> None:
        digest = _digest(letter)
        if digest not in self._written:
            self._written.add(digest)
            self._file.write(letter + b"\n")

    def _forget(self, erase: Erase) -> None:
        """Write the file anew without what letters say of a contact."""
        if not self._erasures.add(erase.account, erase.contact, erase.time):
            return
        self._file.flush()
        aside = self._path.with_suffix(".new")
        with self._path.open("rb") as old, aside.open("wb") as new:
            letters = dict.fromkeys(self._redacted(line.rstrip(b"\n")) for line in old)
            new.writelines(letter + b"\n" for letter in letters)
            new.flush()
            os.fsync(new.fileno())
        self._file.close()
        aside.rename(self._path)
        self._file = self._path.open("a+b")
        self._written = {_digest(letter) for letter in letters}

    def _redacted(self, letter: bytes) -> bytes:
        """A letter without its text if its contact was erased after the event."""
        if not self._erasures.accounts:
            return letter
        try:
            known = _LETTER.decode(letter)
        except msgspec.MsgspecError:
            return letter
        named = _named(known.raw or "")
        if named is None:
            return letter
        try:
            time = parse_time(named.time)
        except WrongTime:
            time = self._erasures.until(named.account)
        if self._erasures.name(named.account, named.contact, time) == named.contact:
            return letter
        return dead_letters.encode(msgspec.structs.replace(known, raw=None, detail=ERASED))

    def snapshot(self) -> State:
        """The letters of the epoch are on disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._erasures.plain()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _named(text: str) -> _Named | None:
    """Whose an event is; of a text that cannot be read as a whole, by what it looks like."""
    try:
        return _NAMED.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        found = dict(_LOOKS_LIKE.findall(text))
    try:
        return _Named(*(json.loads(found[name]) for name in ("account", "contact")))
    except (KeyError, ValueError):
        return None


def _digest(letter: bytes) -> bytes:
    """What a letter is known by; it has its position, so that no two are the same."""
    return hashlib.blake2b(letter, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class DeadLetterFile(FixedPartitionedSink[Item, State]):
    """Dead letters, appended to a file."""

    path: Path
    secret: Secret
    """The key of pseudonyms, by which erased contacts are remembered."""

    def list_parts(self) -> list[str]:
        """One: a file has one writer."""
        return [_PARTITION]

    def part_fn(self, item_key: str) -> int:
        """The one."""
        del item_key
        return 0

    def build_part(self, step_id: str, for_part: str, resume_state: State | None) -> DeadLetterPartition:
        """The writer of the file."""
        del step_id, for_part
        return DeadLetterPartition(self.path, self.secret, resume_state)
