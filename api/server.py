"""The server: uvicorn on a socket of ours, ended in time when it is asked to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Final

import structlog
import uvicorn
from litestar.types import ASGIApp

from config.errors import Unavailable

GRACE_S: Final = 8
"""After SIGTERM, requests under way have so long; then they are cut off. All has to end within 10 s."""
_BACKLOG: Final = 2_048


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0: any that is free. Raises `Unavailable`, which names the address."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable(f"{host}:{port} cannot be listened on: {reason}; choose another --host or --port") from error
    return bound


def url_of(bound: socket.socket) -> str:
    """Where a client on this machine reaches it."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if bound.family == socket.AF_INET6 else f"http://{host}:{port}"


def serve(app: ASGIApp, bound: socket.socket) -> None:
    """Answer on the socket until SIGTERM or Ctrl-C; then those under way are answered, and it returns."""
    _log_as_we_do()
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    asyncio.run(_Server(config).serve(sockets=[bound]))


class _Server(uvicorn.Server):
    """Ends with status 0 when it is asked to."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


class _ToStructlog(logging.Handler):
    """Takes what uvicorn and asyncio log to this program's log."""

    def emit(self, record: logging.LogRecord) -> None:
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else None
        more = {} if trace is None else {"traceback": trace}
        structlog.get_logger("http").log(record.levelno, "server", said=record.getMessage().strip(), **more)


def _log_as_we_do() -> None:
    for name in ("uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [_ToStructlog()]
        logger.setLevel(logging.WARNING)
        logger.propagate = False
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # whoever started it reads the address
