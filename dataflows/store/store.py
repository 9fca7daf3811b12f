"""The recovery store: the engine's database files, and beside them what identifies the store."""

from __future__ import annotations

import fcntl
import secrets
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import msgspec
import structlog
from bytewax.recovery import RecoveryConfig

from config.errors import UserError
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from dataflows.store.parts import PATTERN, make_parts
from dataflows.store.snapshots import VERSION
from state.erasures import Secret
from state.key_groups import GROUPS

STORE_FILE: Final = "lasttouch.json"
LOCK_FILE: Final = "lock"
USED_FILE: Final = "used"
PRIVATE_DIRECTORY: Final = 0o700
PRIVATE_FILE: Final = 0o600
"""What is in a store names people, and its key of pseudonyms names them again: nobody else reads it."""
DATABASES: Final = 4
"""Database files of a store, for each process that it is made for; fixed when it is made."""

_LOG: Final = structlog.get_logger()


class StoreInUse(UserError):
    """A run has the store."""


class Identity(msgspec.Struct, frozen=True):
    """What `lasttouch.json` holds; the same in the folder of each process of a cluster."""

    id: str
    version: int
    groups: int
    partitions: int
    secret: str
    """The key of pseudonyms (hex): without it they say nothing."""
    databases: int = DATABASES
    """Database files in all folders together."""


@dataclass(frozen=True, slots=True)
class Store:
    """A recovery store on disk."""

    directory: Path
    id: str
    secret: Secret
    databases: int = DATABASES
    """Database files, in the folders of all processes together."""

    @property
    def fresh(self) -> bool:
        """Whether no run has begun with it."""
        return not (self.directory / USED_FILE).exists()

    @property
    def last_run(self) -> int:
        """The number of the last run that began with it; 0: none has."""
        try:
            text = (self.directory / USED_FILE).read_text()
        except FileNotFoundError:
            return 0
        return int(text) if text.isdigit() else 0

    def use(self, run: int) -> None:
        """The run of this number begins with it."""
        aside = self.directory / f"{USED_FILE}.new"
        aside.write_text(str(run))
        aside.rename(self.directory / USED_FILE)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is in this folder, and not in those of the other processes of a cluster."""
        return len(list(self.directory.glob(PATTERN))) >= self.databases

    def config(self) -> RecoveryConfig:
        """What the engine is given."""
        return RecoveryConfig(str(self.directory))


def open_store(directory: Path) -> Store:
    """The store in `directory`, made if there is none. Raises `UserError` for a folder that cannot be one."""
    identity = identity_in(directory)
    if identity is None:
        try:
            if directory.exists() and any(path.name != LOCK_FILE for path in directory.iterdir()):
                raise UserError(
                    f"LASTTOUCH_RECOVERY_DIR: {directory} has files but no {STORE_FILE}; name an empty or a new folder"
                )
            _prepare(directory)
            make_parts(directory, range(DATABASES), DATABASES)
        except OSError as error:
            raise _unusable(directory, error) from error
        identity = new_identity(DATABASES)
        write_identity(directory, identity)
    return _store(directory, identity)


def new_identity(databases: int) -> Identity:
    """The identity of a store that is to be made, of so many database files."""
    return Identity(str(uuid.uuid4()), VERSION, GROUPS, len(SOURCE_PARTITIONS), secrets.token_hex(32), databases)


def identity_in(directory: Path) -> Identity | None:
    """The identity of the store in a folder; None: there is none. Raises `UserError` for one of another version."""
    identity = directory / STORE_FILE
    try:
        return _read(identity) if identity.exists() else None
    except OSError as error:
        raise _unusable(directory, error) from error


def write_identity(directory: Path, identity: Identity) -> None:
    """Make the files in a folder a store. Written last and at once: a store without it was never used."""
    try:
        aside = directory / f"{STORE_FILE}.new"
        aside.unlink(missing_ok=True)
        aside.touch(PRIVATE_FILE)
        aside.write_bytes(msgspec.json.encode(identity))
        aside.rename(directory / STORE_FILE)
    except OSError as error:
        raise _unusable(directory, error) from error


def _prepare(directory: Path) -> None:
    directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    with suppress(PermissionError):  # somebody else's folder; `held` says that others can read it
        directory.chmod(PRIVATE_DIRECTORY)


def _unusable(directory: Path, error: OSError) -> UserError:
    return UserError(f"LASTTOUCH_RECOVERY_DIR: {directory} cannot be used: {error.strerror or error}")


def existing_store(directory: Path) -> Store:
    """The store that is in `directory` already. Raises `UserError` where there is none."""
    identity = directory / STORE_FILE
    try:
        if identity.exists():
            return _store(directory, _read(identity))
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(f"LASTTOUCH_RECOVERY_DIR: {directory} cannot be read: {reason}") from error
    raise UserError(
        f"LASTTOUCH_RECOVERY_DIR: {directory} is no recovery store (it has no {STORE_FILE}); name the folder of a run"
    )


def _store(directory: Path, identity: Identity) -> Store:
    return Store(directory, identity.id, Secret(bytes.fromhex(identity.secret)), identity.databases)


def _read(identity: Path) -> Identity:
    try:
        known = msgspec.json.decode(identity.read_bytes(), type=Identity)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UserError(f"LASTTOUCH_RECOVERY_DIR: {identity} is damaged ({error}); name another folder") from error
    if (known.version, known.groups, known.partitions) != (VERSION, GROUPS, len(SOURCE_PARTITIONS)):
        raise UserError(
            f"LASTTOUCH_RECOVERY_DIR: {identity.parent} was made by another version of lasttouch "
            f"(form {known.version}, this one reads {VERSION}); name an empty folder and read the events again"
        )
    return known


@contextmanager
def held(directory: str) -> Iterator[None]:
    """Keep a store for this run alone. Raises `StoreInUse` if another run has it."""
    with _locked(open_store(Path(directory)).directory):
        yield


@contextmanager
def held_folder(directory: str) -> Iterator[None]:
    """The same of a folder that need not be a store yet, as a process of a cluster has it before it has joined."""
    folder = Path(directory)
    try:
        _prepare(folder)
    except OSError as error:
        raise _unusable(folder, error) from error
    with _locked(folder):
        yield


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    _warn_if_readable(directory)
    with (directory / LOCK_FILE).open("wb") as lock:
        # Not at the first try: somebody may just look whether a run has it.
        if not any(_locks(lock, wait_s) for wait_s in (0.0, 0.1, 0.1, 0.1)):
            raise StoreInUse(
                f"LASTTOUCH_RECOVERY_DIR: {directory} is in use by another run; stop it, or name another folder"
            )
        yield


def _warn_if_readable(directory: Path) -> None:
    """Say, once a run, that others can read the store."""
    files = [path for path in (directory, directory / STORE_FILE) if path.exists()]
    modes = [(path, stat.S_IMODE(path.stat().st_mode)) for path in files]
    for path, mode in modes:
        if mode & 0o077:
            fix = f"chmod go= {path}"
            _LOG.warning("the recovery store can be read by others", path=str(path), mode=f"{mode:o}", fix=fix)
            return


def is_held(store: Store) -> bool:
    """Whether a run has the store at this instant."""
    with (store.directory / LOCK_FILE).open("wb") as lock:
        return not _locks(lock, 0.0)


def _locks(lock: IO[bytes], wait_s: float) -> bool:
    time.sleep(wait_s)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
