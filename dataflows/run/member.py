"""One process of a cluster over several machines, from its start to its end.

When one dies all end, and whoever supervises them starts them again; they resume from their recovery store.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from config.errors import Unavailable, UserError
from config.stopping import StopRequest
from connectors.view.run_status import run_status
from dataflows.run import starting
from dataflows.run.bulletin import Bulletin, bulletin
from dataflows.run.causes import Cause, Kind, RunFailed
from dataflows.run.endings import FOR_GOOD, end_stopped, log_unexpected
from dataflows.run.forked import Blank
from dataflows.run.plan import Plan
from dataflows.run.settling import introduction, settle
from dataflows.run.tally import Counts
from dataflows.run.workers import run_member
from dataflows.store.health import problem
from dataflows.store.sealed_identity import Receiver

_START_ALL: Final = "start all processes of the cluster again"

_LOG: Final = structlog.get_logger()


class MemberEnded(NamedTuple):
    """How it ended, where nothing went wrong."""

    finished: bool
    """The files were read to their end; else a stop was asked for."""
    counts: Counts
    """What this process has counted."""


def as_member(plan: Plan, stop: StopRequest, blanks: list[Blank]) -> MemberEnded:
    """Be this process of the cluster, until the files are read or a stop is asked for.

    Raises `UserError` and `Unavailable`, one line each; `Unavailable` also where another process has ended.
    """
    _require_own_address(plan)
    receiver = Receiver()
    with bulletin(plan, introduction(plan, receiver), stop) as board:
        started, nonces = settle(plan, board, receiver)
        _LOG.info("run started", run=started.run, mode=started.mode.value, process=plan.process)
        others = _Others(board, nonces)
        try:
            counts = run_member(plan, started, stop, blanks, others.are_over)
        except RunFailed as failed:
            if not stop.requested:
                raise _end_of(plan, stop, failed.cause, others.why_over) from failed
            end_stopped(failed.cause)
            return MemberEnded(finished=False, counts=Counts())
        if stop.requested:
            return MemberEnded(finished=False, counts=counts)
        if others.why_over is not None:
            raise Unavailable(f"{others.why_over}, and all of a cluster end together; {_START_ALL}")
        if plan.files and plan.process == 0:
            with run_status(plan.redis_url, stop) as status:
                status.caught_up([starting.FILES])
        return MemberEnded(finished=True, counts=counts)


def _require_own_address(plan: Plan) -> None:
    """Raises `UserError` where this process cannot listen on its own address: the engine would not say which it was."""
    address = plan.addresses[plan.process]
    host, _, port = address.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        family, kind, protocol, _, where = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen()
    except OSError as error:
        raise UserError(
            f"--addresses: process {plan.process} cannot listen on {address} ({error.strerror or error}); it is to be "
            "a free port of this machine"
        ) from error


class _Others:
    """The other processes of the cluster."""

    def __init__(self, board: Bulletin, nonces: tuple[str, ...]) -> None:
        self._board, self._nonces = board, nonces
        self.why_over: str | None = None
        """What ended this process's worker, if they did."""

    def are_over(self) -> bool:
        """Whether one has ended, or is about to."""
        self.why_over = self._board.why_over(self._nonces)
        return self.why_over is not None


def _end_of(plan: Plan, stop: StopRequest, cause: Cause, why_over: str | None) -> UserError | Unavailable:
    """What this process ends with, and what has to be done before the next start."""
    match cause.kind:
        case Kind.WRONG_INPUT:
            return UserError(cause.text)
        case kind if kind in FOR_GOOD:
            return Unavailable(cause.text)
        case Kind.VIEW_LOST:
            with run_status(plan.redis_url, stop) as status:
                status.forget_views()
            return Unavailable(f"{cause.text}; {_START_ALL}, and they build it anew")
        case Kind.FAILED | Kind.PEER_DIED if (said := problem(Path(plan.recovery_dir), None)) is not None:
            # The engine does not say so when it runs as a cluster.
            return Unavailable(said)
        case Kind.PEER_DIED | Kind.STOPPED:
            why = why_over or "another process of the cluster has ended"
            return Unavailable(f"{why}, and all of a cluster end together; {_START_ALL}")
        case Kind.AWAY | Kind.DELIVERY_FAILED | Kind.DIED:
            return Unavailable(f"{cause.text}; {_START_ALL}")
        case _:
            log_unexpected("run failed", cause)
            return Unavailable(f"{cause.text}; {_START_ALL}")
