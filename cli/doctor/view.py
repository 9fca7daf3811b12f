"""The view in Redis and the recovery store: do they belong together, and is what is shown up to date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cli.doctor.finding import Finding, note, right, wrong
from config.errors import Unavailable, UserError
from config.stopping import StopRequest
from connectors.view.client import connected
from connectors.view.layout import CATCHING_UP, RUN_KEY
from connectors.view.ownership import other_owner
from connectors.view.waiting import Stopped
from dataflows.store.store import existing_store

_CHECK = "view"


def findings(redis_url: str, directory: Path) -> Iterator[Finding]:
    """What there is to say of the two together; nothing where one is missing, which is said of it."""
    try:
        store = existing_store(directory)
        with connected(redis_url) as client:
            # Stopped from the start: a Redis that goes away now is not waited for.
            owner = other_owner(client, StopRequest(requested=True), store.id, is_new=store.fresh)
            is_there = bool(client.exists(RUN_KEY))
            catches_up = client.hget(RUN_KEY, CATCHING_UP) == b"1"
    except (UserError, Unavailable, Stopped):
        return
    if not is_there:
        yield note(_CHECK, "Redis has none yet", "the first `lasttouch run` writes it")
    elif owner is None:
        behind = "a run is catching up, or was stopped while it did" if catches_up else "up to date when it was written"
        yield right(_CHECK, f"of this recovery store; {behind}")
    elif store.fresh:
        yield note(_CHECK, f"of another recovery store ({owner})", "a run replaces it where it has all of the past")
    else:
        yield wrong(
            _CHECK,
            f"of another recovery store ({owner}), and a run refuses to start",
            "name that store's folder in LASTTOUCH_RECOVERY_DIR, or start once with --replace-view",
        )
