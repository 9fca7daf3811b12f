"""HTTP/1.1 on one connection: uvicorn's, with deadlines and bounds that it lacks."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Sized
from typing import Any, Final

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.envelope import SECURITY_HEADERS
from api.problems import MEDIA_TYPE, Problem
from api.streams import OpenStreams
from config.http_limits import HttpLimits
from connectors.patience import LATE_S

PIPELINED_MAX: Final = 100
"""Requests of one connection that wait for those before them."""
_HAS_USER_TIMEOUT: Final = hasattr(socket, "TCP_USER_TIMEOUT")
"""Not so on macOS."""
_PHRASES: Final = {400: b"Bad Request", 413: b"Content Too Large", 429: b"Too Many Requests"}


class TooManyPipelined(Exception):
    """More requests came than are held until those before them are answered."""


class HeadTooLong(Exception):
    """A request's address and headers are longer than they may be."""


class _OneAfterTheOther(FlowControl):
    """Reads no further while requests wait for those before them, whoever asks for more."""

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if not self._waiting:
            super().resume_reading()


class BoundedProtocol(HttpToolsProtocol):
    """Lets a connection go that is slow to say what it wants, says too much of it, or does not read the answer.

    A connection that is let go is closed without a word where it may be in the middle of an answer.
    """

    def __init__(self, limits: HttpLimits, streams: OpenStreams, **more: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(**more)
        self._limits = limits
        self._streams = streams
        self._reading_deadline: asyncio.TimerHandle | None = None
        self._writing_deadline: asyncio.TimerHandle | None = None
        self._unread_bytes = 0
        self._is_in_head = False
        self._arrived_bytes = 0
        """Of a head that has not come to its end."""
        self._head_bytes = 0
        """Of the address and the headers that are whole: a head may come in one piece, with more behind it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self.flow = _OneAfterTheOther(transport, self.pipeline)
        # Whatever cannot be sent at once is noticed, not only what is above a mark.
        transport.set_write_buffer_limits(high=0)
        self._bound_unread(transport)
        if len(self.connections) - self._streams.open > self._limits.connections_max:
            self._refuse(429, Problem("rate_limited", "Too many connections.", headers={"Retry-After": "1"}))
            return
        self._await_head()

    def _bound_unread(self, transport: asyncio.Transport) -> None:
        """The machine, too, keeps what is not read, a megabyte or more: it is to let go as soon as we do."""
        connection = transport.get_extra_info("socket")
        if connection is not None and _HAS_USER_TIMEOUT:
            timeout_ms = self._limits.silent_reader_timeout_s * 1_000
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, timeout_ms)

    def data_received(self, data: bytes) -> None:
        if self._reading_deadline is None and not self._is_answering():
            self._await_head()
        super().data_received(data)
        if self._is_in_head:
            self._arrived_bytes += len(data)
            if self._arrived_bytes > self._limits.headers_bytes_max and not self.transport.is_closing():
                self._refuse_head()
        self._keep_alive_if_idle()

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._within(self._limits.body_timeout_s)
        super().on_headers_complete()
        if len(self.pipeline) > PIPELINED_MAX:
            raise TooManyPipelined  # to the parser, which stops and has the connection refused

    def on_message_complete(self) -> None:
        self._unset_reading_deadline()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._await_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unset_writing_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_reading_deadline()
        self._unset_writing_deadline()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Of what is no HTTP, and of a head that the parser was stopped in."""
        if self._head_bytes > self._limits.headers_bytes_max:
            self._refuse_head()
        else:
            self._refuse(400, Problem("invalid", msg))

    def timeout_keep_alive_handler(self) -> None:
        """Let go of a connection that nothing was asked on for a while."""
        due = self.timeout_keep_alive_task
        if self._stood_still_since(due):
            self.timeout_keep_alive_task = self.loop.call_later(LATE_S, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def _stood_still_since(self, due: asyncio.TimerHandle | None) -> bool:
        """Whether this process stood still: what came meanwhile lies there, and is read before a deadline is due again.

        The loop may have looked at its connections before, and at its clock after it.
        """
        return due is not None and self.loop.time() > due.when() + LATE_S

    def _is_answering(self) -> bool:
        # Uvicorn's annotation leaves out that there is none before the first request.
        cycle: RequestResponseCycle | None = getattr(self, "cycle", None)
        return cycle is not None and not cycle.response_complete

    def _keep_alive_if_idle(self) -> None:
        """What was answered before its end has ended: uvicorn waited for the next request, and any data ends that."""
        is_waiting = self._reading_deadline is not None or self.timeout_keep_alive_task is not None
        if not (is_waiting or self._is_answering() or self.transport.is_closing()):
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _await_head(self) -> None:
        self._is_in_head, self._arrived_bytes = True, 0
        self._within(self._limits.headers_timeout_s)

    def _within(self, seconds: float) -> None:
        self._unset_reading_deadline()
        self._reading_deadline = self.loop.call_later(seconds, self._give_up_sender, seconds)

    def _give_up_sender(self, seconds: float) -> None:
        due, self._reading_deadline = self._reading_deadline, None
        if self.flow.read_paused or self._stood_still_since(due):
            # It is us who do not read.
            self._within(seconds)
        else:
            self.transport.abort()

    def _await_reader(self) -> None:
        self._unset_writing_deadline()
        self._unread_bytes = self.transport.get_write_buffer_size()
        self._writing_deadline = self.loop.call_later(self._limits.silent_reader_timeout_s, self._give_up_reader)

    def _give_up_reader(self) -> None:
        due, self._writing_deadline = self._writing_deadline, None
        is_reading = self.transport.get_write_buffer_size() < self._unread_bytes
        if is_reading or self._stood_still_since(due):
            self._await_reader()
        else:
            self.transport.abort()

    def _unset_reading_deadline(self) -> None:
        if self._reading_deadline is not None:
            self._reading_deadline.cancel()
            self._reading_deadline = None

    def _unset_writing_deadline(self) -> None:
        if self._writing_deadline is not None:
            self._writing_deadline.cancel()
            self._writing_deadline = None

    def _count_head(self, more_bytes: int) -> None:
        self._head_bytes += more_bytes
        if self._head_bytes > self._limits.headers_bytes_max:
            raise HeadTooLong  # to the parser, as above

    def _refuse_head(self) -> None:
        detail = f"The address and the headers are longer than {self._limits.headers_bytes_max} bytes."
        self._refuse(413, Problem("too_large", detail))

    def _refuse(self, status: int, problem: Problem) -> None:
        """Answer before any application has been asked, and close."""
        self._unset_reading_deadline()
        if self._is_answering():
            # Another answer is under way, into which this one must not be written.
            self.transport.abort()
            return
        request_id = str(uuid.uuid4())
        body = problem.encode(request_id, status)
        headers = {
            "Content-Type": MEDIA_TYPE,
            "Content-Length": str(len(body)),
            "Connection": "close",
            "Cache-Control": "no-store",
            "X-Request-Id": request_id,
            **SECURITY_HEADERS,
            **problem.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, _PHRASES[status], head.encode(), body))
        self.transport.close()
