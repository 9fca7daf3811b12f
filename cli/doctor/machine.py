"""The machine: Python, cores, memory, and the disk that the recovery store lies on."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cli.doctor.finding import Finding, note, right, wrong
from config.cores import usable_cores

PYTHONS: Final = ((3, 11), (3, 12))
"""Those that Bytewax has wheels for and that have tomllib."""
FREE_BYTES_MIN: Final = 1 << 30
STORE_TIMES_FREE: Final = 2
"""A snapshot is written twice before the one that it replaces goes."""
_MEMORY_FILE_SYSTEMS: Final = frozenset({"tmpfs", "ramfs"})
_NETWORK_FILE_SYSTEMS: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"})
_MEBIBYTE: Final = 1 << 20


def findings(recovery_dir: Path) -> Iterator[Finding]:
    """What there is to say of the machine on which `recovery_dir` is, or is to be."""
    yield python(sys.version_info[:2], platform.python_implementation(), platform.python_version())
    yield _cores()
    folder = existing_part(recovery_dir.absolute())
    yield disk(folder, store_bytes(recovery_dir), shutil.disk_usage(folder).free)
    yield from file_system(folder, _file_system(folder))


def python(version: tuple[int, ...], implementation: str, shown: str) -> Finding:
    """Whether the engine has wheels for this Python."""
    found = f"{implementation} {shown}"
    if implementation == "CPython" and version in PYTHONS:
        return right("Python", found)
    return wrong("Python", found, "Bytewax runs on CPython 3.11 and 3.12: install one, then `make PYTHON=…`")


def _cores() -> Finding:
    cores = usable_cores()
    if cores > 1:
        return right("cores", f"{cores}; a worker and its decoding use two")
    return note("cores", "1; a worker and its decoding share it", "two a worker are faster")


def disk(folder: Path, store: int, free: int) -> Finding:
    """Whether there is room for the next snapshots. `store` and `free` in bytes."""
    needed = max(FREE_BYTES_MIN, STORE_TIMES_FREE * store)
    found = f"{free // _MEBIBYTE:,} MiB free at {folder}, the store has {store // _MEBIBYTE:,} MiB"
    if free >= needed:
        return right("disk", found)
    return wrong("disk", found, f"make room, or name another folder: {needed // _MEBIBYTE:,} MiB are wanted")


def file_system(folder: Path, kind: str | None) -> Iterator[Finding]:
    """Whether what is written there is there tomorrow; nothing to say of an ordinary one."""
    if kind in _MEMORY_FILE_SYSTEMS:
        yield note("file system", f"{folder} is in memory ({kind})", "a restart of the machine loses it: name a disk")
    elif kind in _NETWORK_FILE_SYSTEMS:
        yield note("file system", f"{folder} is on a network ({kind})", "SQLite's locks want a disk of this machine")


def existing_part(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def store_bytes(directory: Path) -> int:
    """What the files of a recovery store take on disk."""
    return sum(file.stat().st_size for file in directory.glob("*.sqlite3*") if file.is_file())


def _file_system(folder: Path) -> str | None:
    """What the folder is mounted from; None where the system does not say (macOS)."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text(errors="replace").splitlines()]
    except OSError:
        return None
    around = [mount for mount in mounts if len(mount) > 2 and folder.is_relative_to(mount[1])]
    return max(around, key=lambda mount: len(mount[1]))[2] if around else None
