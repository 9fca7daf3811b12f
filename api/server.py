"""The server: uvicorn on a socket of ours, ended in time when it is asked to end."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import logging
import os
import resource
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog
import uvicorn
from litestar.concurrency import set_asyncio_executor
from litestar.types import ASGIApp

from api.protocol import BoundedProtocol
from api.streams import OpenStreams
from config.early_signals import STOPPED_BY, take_early_signal
from config.errors import Unavailable
from config.http_limits import HttpLimits

GRACE_S: Final = 8
"""After SIGTERM, requests under way have so long; then they are cut off. All has to end within 10 s."""
END_S: Final = 9.5
"""Then the process ends, whatever is still waiting for something."""
THREADS: Final = 32
"""Handlers that read Redis wait in one each."""
GC_THRESHOLDS: Final = (10_000, 10, 10)
"""The collector holds up all who ask; it looks more seldom than by default (700), for what requests leave is little."""
_BACKLOG: Final = 2_048
_OTHER_FILES: Final = 256


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


def serve(
    app: ASGIApp, bound: socket.socket, limits: HttpLimits, streams: OpenStreams, proxies: Sequence[str] = ()
) -> None:
    """Answer on the socket until SIGTERM or Ctrl-C; then those under way are answered, and it returns.

    `proxies`: whose word is taken for where a request comes from.
    """
    _log_as_we_do()
    _allow_files(limits.connections_max + limits.live_readers_max)
    set_asyncio_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="handler"))
    config = uvicorn.Config(
        app,
        http=functools.partial(BoundedProtocol, limits, streams),  # type: ignore[arg-type]  # called as the class is
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=GRACE_S,
    )
    _spare_collecting()
    asyncio.run(_Server(config, streams).serve(sockets=[bound]))


class _Server(uvicorn.Server):
    """Ends with status 0 when it is asked to, within `END_S`."""

    def __init__(self, config: uvicorn.Config, streams: OpenStreams) -> None:
        super().__init__(config)
        self._streams = streams

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in STOPPED_BY:
            loop.add_signal_handler(number, self._end)
        if take_early_signal() is not None:
            self._end()
        try:
            yield
        finally:
            for number in STOPPED_BY:
                loop.remove_signal_handler(number)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._streams.end()
        await super().shutdown(sockets)

    def _end(self) -> None:
        self.should_exit = True
        # What hangs in a thread, waiting for a server that is away, would hold up the end.
        cut_off = threading.Timer(END_S, os._exit, (0,))
        cut_off.daemon = True
        cut_off.start()


class _ToStructlog(logging.Handler):
    """Takes what uvicorn and asyncio log to this program's log."""

    def emit(self, record: logging.LogRecord) -> None:
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else None
        more = {} if trace is None else {"traceback": trace}
        structlog.get_logger("http").log(record.levelno, "server", said=record.getMessage().strip(), **more)


def _log_as_we_do() -> None:
    # Uvicorn warns of requests that are no HTTP, which anybody can send.
    for name, level in (("uvicorn", logging.ERROR), ("asyncio", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [_ToStructlog()]
        logger.setLevel(level)
        logger.propagate = False
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # whoever started it reads the address


def _spare_collecting() -> None:
    """What there is by then stays to the end: the collector need not look at it again, each time for 60 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _allow_files(connections: int) -> None:
    """As many open files as the connections need, or as the machine allows."""
    wanted = connections + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if most < wanted:
            structlog.get_logger("http").warning("few_open_files", allowed=most, wanted=wanted, fix="ulimit -n")
