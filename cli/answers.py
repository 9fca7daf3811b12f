"""Who answers the commands that ask about the dataflow's state: a live run, or what the last one has stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from config.errors import Unavailable
from config.redis_url import shown_redis_url
from config.settings_file import load_settings_file
from connectors.questions.asking import ANSWER_TIMEOUT_S, Asker, NotAnswered
from connectors.view.client import connected
from dataflows.store.retained import retained
from dataflows.store.store import STORE_FILE, existing_store
from state.questions import Asks
from state.timeline import of_file

_Result = TypeVar("_Result")


class Where(NamedTuple):
    """Where answers may be found."""

    redis_url: str
    recovery_dir: Path
    settings: Path | None
    """The settings file: what accounts begin with."""


def answered(where: Where, use: Callable[[Asks], _Result], timeout_s: float = ANSWER_TIMEOUT_S) -> _Result:
    """What `use` makes of the answers of the live run, or of the recovery directory where none is live.

    A live run of another store than the directory's is not asked. `timeout_s`: how long a live run has for one answer.
    `use` may be called twice. Raises `UserError` where there is neither, and `Unavailable`.
    """
    base = load_settings_file(where.settings)
    store = existing_store(where.recovery_dir).id if (where.recovery_dir / STORE_FILE).exists() else None
    try:
        with connected(where.redis_url) as client:
            asker = Asker(client, timeout_s)
            live = asker.answering_store()
            if live is not None and store in (None, live):
                return use(asker)
    except NotAnswered as error:
        if store is None:
            raise Unavailable(f"the run that writes to {shown_redis_url(where.redis_url)}: {error}") from error
    except Unavailable:
        # What is stored needs no Redis.
        if store is None:
            existing_store(where.recovery_dir)
            raise
    with retained(where.recovery_dir, lambda name: of_file(base.of(name))) as state:
        return use(state)
