"""The sink for dead letters where there is no Kafka: a JSON Lines file beside the recovery store (contract §6.3).

It forgets whom it is told to forget: letters of an erased contact lose their text, whenever they come (contract §1).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import msgspec
import structlog
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from connectors.files.letter_subjects import Subject, subject_of
from state import dead_letters
from state.dead_letters import DeadLetter
from state.erasures import NEVER, Secret, restored
from state.events import Erase

FILE_NAME: Final = "dead-letters.jsonl"
ERASED: Final = "its contact was erased"
_PARTITION: Final = "file"

PRIVATE: Final = 0o600
"""The file's mode: what did not fit may name people."""

COMPARED_MAX: Final = 500_000
"""Letters that are compared with those that come again, the latest; of more in one epoch, some may be there twice."""

_Record = tuple[bytes | None, bytes]


class ErasedAddress(NamedTuple):
    """An address, as a keyed hash (`state.addresses`), that was an erased contact's up to `time` (ms)."""

    account: str
    address: str
    time: int


Item = list[_Record] | Erase | ErasedAddress
State = dict[str, Any]
"""{"erasures": what was erased (`state.erasures`), "addresses": account → address → ms, "end": `_End`}."""

_End = tuple[int, int, bytes]
"""Where the file ended when an epoch was closed: its length (bytes), that of its last line, and that line's digest."""

_LOG: Final = structlog.get_logger()
_LETTER: Final = msgspec.json.Decoder(DeadLetter)


def dead_letter_file(recovery_dir: Path) -> Path:
    """Where the dead letters of a recovery store are."""
    return recovery_dir.absolute().parent / FILE_NAME


class DeadLetterPartition(StatefulSinkPartition[Item, State]):
    """The one writer of the file."""

    def __init__(self, path: Path, secret: Secret, resume_state: State | None) -> None:
        state = resume_state or {"erasures": {}, "addresses": {}, "end": (0, 0, _digest(b""))}
        self._path = path
        self._secret = secret
        self._erasures = restored(state["erasures"], secret)
        self._addresses: dict[str, dict[str, int]] = {
            account: dict(known) for account, known in state["addresses"].items()
        }
        self._file = _open_private(path)
        self._compared_from, self._last = self._resumed_at(state["end"])
        self._written = self._read()

    def _resumed_at(self, end: _End) -> tuple[int, bytes]:
        """The offset (bytes) behind which letters may come again, and the line before it.

        It is where the file ended when the epoch was closed, and 0 if that place is not there any more: an erasure has
        written the file anew, or somebody has put another one, or an empty one, in its place.
        """
        length, line_bytes, digest = end
        self._file.seek(max(0, length - line_bytes))
        line = self._file.read(line_bytes)
        return (length, line) if len(line) == line_bytes and _digest(line) == digest else (0, b"")

    def _read(self) -> _Digests:
        """The digests of the letters that a killed run may repeat, which are not to be written twice.

        A letter that was half written when the process was killed is cut off; it comes again whole.
        """
        written, end = _Digests(), self._compared_from
        self._file.seek(end)
        for line in self._file:
            if line.endswith(b"\n"):
                written.add(line)
                self._last, end = line, end + len(line)
        self._file.truncate(end)
        return written

    def write_batch(self, values: list[Item]) -> None:
        """Forget people; append letters, one a line."""
        is_new = [self._remember(item) for item in values if isinstance(item, Erase | ErasedAddress)]
        if any(is_new):
            self._write_anew()
        for item in values:
            if isinstance(item, list):
                for _, letter in item:
                    self._write(self._redacted(letter))
        self._file.flush()

    def _remember(self, erased: Erase | ErasedAddress) -> bool:
        """Who asked to be forgotten, or what was theirs. False: it was known."""
        if isinstance(erased, Erase):
            return self._erasures.add(erased.account, erased.contact, erased.time)
        known = self._addresses.setdefault(erased.account, {})
        if known.get(erased.address, NEVER) >= erased.time:
            return False
        known[erased.address] = erased.time
        return True

    def _write(self, letter: bytes) -> None:
        line = letter + b"\n"
        if line not in self._written:
            self._last = line
            self._file.write(line)

    def _write_anew(self) -> None:
        """The file without what letters say of erased people."""
        self._file.flush()
        aside = self._path.with_suffix(".new")
        aside.unlink(missing_ok=True)
        with self._path.open("rb") as old, _open_private(aside) as new:
            new.writelines(self._redacted_lines(old))
            new.flush()
            os.fsync(new.fileno())
        self._file.close()
        aside.rename(self._path)
        self._file = _open_private(self._path)

    def _redacted_lines(self, lines: IO[bytes]) -> Iterator[bytes]:
        """All lines redacted; of those that were compared at the start, one that is there twice by then only once."""
        compared_from, self._written, self._last = self._compared_from, _Digests(), b""
        at = end = 0
        for line in lines:
            redacted = self._redacted(line.rstrip(b"\n")) + b"\n"
            is_compared, at = at >= compared_from, at + len(line)
            if is_compared:
                if redacted in self._written:
                    continue
                self._written.add(redacted)
            else:
                self._compared_from = end + len(redacted)
            end += len(redacted)
            self._last = redacted
            yield redacted

    def _redacted(self, letter: bytes) -> bytes:
        """A letter without its text, and what its reason shows of it, if it names somebody who was erased after it."""
        if not self._erasures.accounts:
            return letter
        try:
            known = _LETTER.decode(letter)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return letter
        subject = subject_of(known)
        if subject is None or not self._is_erased(subject):
            return letter
        return dead_letters.encode(
            msgspec.structs.replace(known, raw=None, raw_base64=None, reason=ERASED, sha256=None)
        )

    def _is_erased(self, subject: Subject) -> bool:
        accounts = self._erasures.accounts if subject.account is None else {subject.account}
        return any(self._is_erased_in(account, subject) for account in accounts)

    def _is_erased_in(self, account: str, subject: Subject) -> bool:
        time = NEVER if subject.time is None else subject.time
        name = self._erasures.name
        if any(name(account, contact, time) != contact for contact in subject.contacts):
            return True
        erased = self._addresses.get(account)
        if erased is None:
            return False
        return any(erased[address] >= time for address in subject.addresses(self._secret, account) & erased.keys())

    def snapshot(self) -> State:
        """The letters of the epoch are on disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        addresses = {account: dict(known) for account, known in self._addresses.items()}
        end = (os.fstat(self._file.fileno()).st_size, len(self._last), _digest(self._last))
        return {"erasures": self._erasures.plain(), "addresses": addresses, "end": end}

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _open_private(path: Path) -> IO[bytes]:
    """A file to be read and appended to by its owner alone."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE), "a+b")


def _warn_if_readable(path: Path) -> None:
    """Say of a file that was there before that others may read it."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else PRIVATE
    if mode & 0o077:
        _LOG.warning("dead letters can be read by others", file=str(path), mode=f"{mode:o}", fix=f"chmod 600 {path}")


class _Digests:
    """Of the latest lines that were added, as many as there may be."""

    def __init__(self) -> None:
        self._digests: OrderedDict[bytes, None] = OrderedDict()

    def add(self, line: bytes) -> None:
        self._digests[_digest(line)] = None
        if len(self._digests) > COMPARED_MAX:
            self._digests.popitem(last=False)

    def __contains__(self, line: bytes) -> bool:
        return bool(self._digests) and _digest(line) in self._digests


def _digest(line: bytes) -> bytes:
    """What a letter's line is known by; it has its position, so that no two are the same."""
    return hashlib.blake2b(line, digest_size=16).digest()


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
        _warn_if_readable(self.path)
        return DeadLetterPartition(self.path, self.secret, resume_state)
