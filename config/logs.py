"""How this program logs: structured lines on stderr, without personal data."""

from __future__ import annotations

import logging
import os
import sys
from typing import Final

import structlog

LEVEL_VARIABLE: Final = "LASTTOUCH_LOG_LEVEL"
LEVEL_DEFAULT: Final = "WARNING"


def configure_logs(default: str = LEVEL_DEFAULT) -> None:
    """Log to stderr, JSON lines where it is no terminal, from the level in `LASTTOUCH_LOG_LEVEL`, else `default`."""
    level = logging.getLevelNamesMapping().get(os.environ.get(LEVEL_VARIABLE, default).upper(), logging.WARNING)
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_StderrLoggerFactory(),
        cache_logger_on_first_use=False,
    )


class _StderrLoggerFactory:
    """Loggers on the stderr of the moment: a run replaces it while the engine runs."""

    def __call__(self, *args: object) -> structlog.PrintLogger:
        del args
        return structlog.PrintLogger(sys.stderr)
