"""What the processes of a cluster say of themselves, and what makes of several folders one whole recovery store."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

import msgspec

from config.errors import UserError
from config.settings_file import load_settings_file
from dataflows.run.plan import Plan, Started
from dataflows.store.parts import part_names
from dataflows.store.store import DATABASES
from state.settings import canonical

_OWN: Final = frozenset({"process", "recovery_dir", "settings", "redis_url", "kafka", "metrics"})
"""What of a plan may differ from process to process: how each reaches the same."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """What a process says of itself."""

    nonce: str
    """Another one each time the process starts."""
    store: str | None
    """The id of the recovery store that its folder is of; None: of none yet."""
    is_used: bool
    """Whether a run has begun with it."""
    parts: tuple[int, ...]
    """The parts that are in its folder."""
    of_parts: int
    """How many parts its store has in all; 0: it has none."""
    options: dict[str, str]
    """What all processes have to agree on: its name → a digest."""
    public_key: str
    """What the store's identity is sealed with for it."""
    run: int = 0
    """The number of the run that it is ready for."""
    is_stopping: bool = False
    """It has been asked to end."""
    beat: int = 0
    """How often it has said something before: what is said with another beat than before is said by one that lives."""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What process 0 has settled, for the processes with these nonces and no others."""

    nonces: tuple[str, ...]
    refusal: str | None = None
    """Why no run begins: one line for the user."""
    identities: tuple[str, ...] = ()
    """By process, the store's identity sealed for it; "": it has it."""
    parts_to_make: tuple[tuple[int, ...], ...] = ()
    """By process, the parts of a new store that it makes in its folder."""
    of_parts: int = 0
    started: Started | None = None
    """The run that begins."""
    goes: bool = False
    """All processes are ready for it: it goes."""


def options(plan: Plan) -> dict[str, str]:
    """What the processes of a cluster have to agree on, as digests: no path or name goes through Redis for it."""
    shared = {name: value for name, value in msgspec.to_builtins(plan).items() if name not in _OWN}
    settings = load_settings_file(Path(plan.settings) if plan.settings else None)
    shared["settings"] = {name: canonical(of_account).decode() for name, of_account in settings.accounts.items()}
    shared["default settings"] = canonical(settings.default).decode()
    shared["kafka"] = plan.kafka is None
    shared["version"] = metadata.version("lasttouch")
    return {name: _digest(value) for name, value in sorted(shared.items())}


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()[:16]


def require_agreement(members: Sequence[Member]) -> None:
    """Raises `UserError` where a process was started otherwise than process 0, or has another store."""
    first = members[0]
    for number, member in enumerate(members):
        differ = sorted(name for name in first.options if member.options.get(name) != first.options[name])
        if differ:
            raise UserError(
                f"process {number}: its {', '.join(name.replace('_', '-') for name in differ)} differs from process "
                "0's; start all processes of a cluster with the same files, settings, flags and version"
            )
        if member.store is not None and member.store != first.store:
            raise UserError(
                f"LASTTOUCH_RECOVERY_DIR: process {number} has the folder of store {member.store}, process 0 "
                f"{'an empty one' if first.store is None else f'that of {first.store}'}; give each the folder that it "
                "had, or all of them empty ones"
            )


def parts_to_make(members: Sequence[Member], of_parts: int) -> tuple[tuple[int, ...], ...]:
    """By process, what parts it has to make. () for each: the store is whole.

    Raises `UserError` where parts of a store that was used are missing, or where one is there twice.
    """
    holders = Counter(part for member in members for part in member.parts)
    missing = sorted(set(range(of_parts)) - holders.keys())
    for number, member in enumerate(members):
        if member.of_parts not in (0, of_parts):
            raise UserError(
                f"LASTTOUCH_RECOVERY_DIR: process {number} has files of a store of {member.of_parts} database files, "
                f"process 0 of one of {of_parts}; give each the folder that it had"
            )
    if doubled := sorted(part for part, count in holders.items() if count > 1):
        folders = [number for number, member in enumerate(members) if doubled[0] in member.parts]
        raise UserError(
            f"LASTTOUCH_RECOVERY_DIR: {part_names(doubled[:1])} is in the folders of processes "
            f"{' and '.join(map(str, folders))}; leave it in that which used it last"
        )
    if missing and any(member.is_used for member in members):
        raise UserError(
            f"LASTTOUCH_RECOVERY_DIR: {part_names(missing)} of {of_parts} database files are in no process's folder; "
            "move them there from the folder of a process that is gone, put a copy of all folders back, or name empty "
            "ones and read the events again"
        )
    count = len(members)
    return tuple(tuple(part for part in missing if part % count == number) for number in range(count))


def databases_of(count: int) -> int:
    """How many database files a new store of so many processes gets."""
    return DATABASES * count
