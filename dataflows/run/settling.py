"""How the processes of a cluster begin a run: process 0 settles the start, the others follow.

Each says who it is (`dataflows.run.members`); process 0 sees to it that their folders are one whole recovery store,
begins the run, waits until all are ready for it, and lets it go. Until then whoever dies and comes back is taken in
anew.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Final

import msgspec

from config.errors import UserError
from dataflows.run import starting
from dataflows.run.bulletin import BEAT_S, Bulletin
from dataflows.run.members import Member, Settled, databases_of, options, parts_to_make, require_agreement
from dataflows.run.plan import Plan, Started
from dataflows.store.parts import make_parts, parts_in
from dataflows.store.sealed_identity import Receiver, seal
from dataflows.store.store import Identity, identity_in, new_identity, open_store, write_identity

_BEATS_TO_BE_HEARD: Final = 4


def introduction(plan: Plan, receiver: Receiver) -> Member:
    """What this process says of itself when it starts."""
    return _with_folder(
        Member(
            nonce=secrets.token_hex(8),
            store=None,
            is_used=False,
            parts=(),
            of_parts=0,
            options=options(plan),
            public_key=receiver.public_key,
        ),
        Path(plan.recovery_dir),
    )


def _with_folder(said: Member, folder: Path) -> Member:
    """The same with what is in its folder."""
    parts, identity = parts_in(folder), identity_in(folder)
    return msgspec.structs.replace(
        said,
        store=identity and identity.id,
        is_used=identity is not None and not open_store(folder).fresh,
        parts=tuple(parts),
        of_parts=max(parts.values(), default=identity.databases if identity else 0),
    )


def settle(plan: Plan, board: Bulletin, receiver: Receiver) -> tuple[Started, tuple[str, ...]]:
    """The run that begins, and the nonces of the processes that it begins with.

    Raises `UserError` where none can, in every process, `Stopped`, and what starting raises.
    """
    if plan.process == 0:
        return _lead(plan, board)
    return _follow(plan, board, receiver)


def _lead(plan: Plan, board: Bulletin) -> tuple[Started, tuple[str, ...]]:
    while True:
        members = board.await_all()
        nonces = tuple(member.nonce for member in members)
        try:
            if not _have_whole_store(plan, board, members):
                board.pause()
                continue
            starting.require_own_view(plan, board.stop)
        except UserError as error:
            board.settle(Settled(nonces=nonces, refusal=str(error)))
            _let_all_hear(board)
            raise
        started = starting.start(plan, board.stop)
        board.say(msgspec.structs.replace(board.said, run=started.run))
        board.settle(Settled(nonces=nonces, started=started))
        if _are_ready(board, nonces, started):
            board.settle(Settled(nonces=nonces, started=started, goes=True))
            return started, nonces


def _have_whole_store(plan: Plan, board: Bulletin, members: tuple[Member, ...]) -> bool:
    """Whether the folders are one whole recovery store. If not, say what each process has to do."""
    require_agreement(members)
    folder = Path(plan.recovery_dir)
    identity = identity_in(folder)
    of_parts = identity.databases if identity else databases_of(len(members))
    to_make = parts_to_make(members, of_parts)
    if identity is None:
        identity = new_identity(of_parts)
        write_identity(folder, identity)
    if not any(to_make) and all(member.store for member in members):
        return True
    make_parts(folder, to_make[0], of_parts)
    board.say(_with_folder(board.said, folder))
    board.settle(
        Settled(
            nonces=tuple(member.nonce for member in members),
            identities=tuple(_sealed_for(member, identity) for member in members),
            parts_to_make=to_make,
            of_parts=of_parts,
        )
    )
    return False


def _sealed_for(member: Member, identity: Identity) -> str:
    return "" if member.store else seal(identity, member.public_key)


def _are_ready(board: Bulletin, nonces: tuple[str, ...], started: Started) -> bool:
    """Wait until all processes are ready for the run. False: one of them has been started anew meanwhile."""
    while True:
        members = board.await_all()
        if tuple(member.nonce for member in members) != nonces:
            return False
        if all(member.run == started.run for member in members):
            return True
        board.pause()


def _let_all_hear(board: Bulletin) -> None:
    until = time.monotonic() + _BEATS_TO_BE_HEARD * BEAT_S
    while time.monotonic() < until:
        board.pause()


def _follow(plan: Plan, board: Bulletin, receiver: Receiver) -> tuple[Started, tuple[str, ...]]:
    folder, number = Path(plan.recovery_dir), plan.process
    while True:
        settled = board.settled
        if settled is None or number >= len(settled.nonces) or settled.nonces[number] != board.said.nonce:
            board.await_all()
            board.pause()
            continue
        if settled.refusal is not None:
            raise UserError(settled.refusal)
        if settled.started is None:
            _take_part(folder, board, receiver, settled, number)
        elif board.said.run != settled.started.run:
            board.say(msgspec.structs.replace(_with_folder(board.said, folder), run=settled.started.run))
        if settled.goes and settled.started is not None:
            open_store(folder).use(settled.started.run)
            return settled.started, settled.nonces
        board.pause()


def _take_part(folder: Path, board: Bulletin, receiver: Receiver, settled: Settled, number: int) -> None:
    """Make of the folder what process 0 says."""
    make_parts(folder, settled.parts_to_make[number], settled.of_parts)
    if board.said.store is None:
        write_identity(folder, receiver.open(settled.identities[number]))
    said = _with_folder(board.said, folder)
    if said != board.said:
        board.say(said)
