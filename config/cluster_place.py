"""The place of a process in a cluster over several machines: its number, and where all of them reach each other."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from config.addresses import PORT_MAX
from config.errors import UserError

PROCESSES_MAX: Final = 64
_ADDRESS: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?):([0-9]{1,5})", re.ASCII)


class Place(NamedTuple):
    """Where a process stands in its cluster."""

    process: int
    addresses: tuple[str, ...]
    """"host:port" of every process, by its number."""


def cluster_place(process: int | None, addresses: str | None) -> Place | None:
    """The place that the flags give; None: there is no cluster. Raises `UserError`, which names the flag."""
    listed = tuple(address.strip() for address in (addresses or "").split(",") if address.strip())
    if process is None and not listed:
        return None
    if not listed:
        raise UserError(
            f"--process: {process} is in no cluster; give the processes' --addresses too, as HOST:PORT,HOST:PORT,…"
        )
    for address in listed:
        _check(address)
    if len(set(listed)) < len(listed):
        twice = next(address for address in listed if listed.count(address) > 1)
        raise UserError(f"--addresses: {twice} is there twice; each process needs an address of its own")
    if len(listed) > PROCESSES_MAX:
        raise UserError(f"--addresses: {len(listed)} are too many; a cluster has at most {PROCESSES_MAX} processes")
    if process is None:
        raise UserError(
            f"--addresses: which of the {len(listed)} processes is this? Give --process 0 to {len(listed) - 1}"
        )
    if not 0 <= process < len(listed):
        raise UserError(
            f"--process: {process} is none of the {len(listed)} processes of --addresses; give 0 to {len(listed) - 1}"
        )
    return Place(process, listed)


def _check(address: str) -> None:
    found = _ADDRESS.fullmatch(address)
    if found is None or not 1 <= int(found[2]) <= PORT_MAX:
        raise UserError(f"--addresses: {address[:60]!r} is no address; write HOST:PORT, such as worker-0.example:2101")
