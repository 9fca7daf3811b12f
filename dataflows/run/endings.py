"""What is done about a cause that ends a run: what is logged, and the one line that is raised."""

from __future__ import annotations

from typing import Final

import structlog

from config.errors import Unavailable, UserError
from dataflows.run.causes import Cause, Kind

FOR_GOOD: Final = frozenset({Kind.UNUSABLE, Kind.FENCED, Kind.OFFSET_LOST})
"""Another start would meet the same."""
_UNWRITTEN: Final = "stopped before all was written; the next start repeats it"

_LOG: Final = structlog.get_logger()


def end_stopped(cause: Cause) -> None:
    """What went wrong while a stop was under way. Raises what is not just a server that is away."""
    if cause.kind is Kind.WRONG_INPUT:
        raise UserError(cause.text)
    if cause.kind in FOR_GOOD:
        raise Unavailable(cause.text)
    if cause.kind is Kind.FAILED:
        log_unexpected("run failed while it stopped", cause)
        raise Unavailable(f"stopped, but not cleanly: {cause.text}")
    _LOG.warning(_UNWRITTEN, cause=cause.text)


def log_unexpected(event: str, cause: Cause, **more: int) -> None:
    """What nobody expected, with all that is known of it."""
    details = {name: text for name, text in (("traceback", cause.traceback), ("engine", cause.engine)) if text}
    _LOG.error(event, error=cause.text, worker=cause.worker, **more, **details)
