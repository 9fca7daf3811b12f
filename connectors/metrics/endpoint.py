"""`/metrics`, on a port of its own: answered by threads beside whatever the process does."""

from __future__ import annotations

import errno
import socket
import threading
from contextlib import ExitStack
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Final

import structlog
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry

from config.errors import Unavailable
from config.metrics_address import MetricsAddress

CONNECTIONS_MAX: Final = 32
"""Scrapes under way; one more is let go."""
_SILENCE_S: Final = 10.0
_PATHS: Final = ("/metrics", "/healthz")

_LOG: Final = structlog.get_logger("metrics")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = CONNECTIONS_MAX

    def __init__(self, family: socket.AddressFamily, address: Any) -> None:  # noqa: ANN401 - of any family
        self.address_family = family
        self._free = threading.BoundedSemaphore(CONNECTIONS_MAX)
        self.registry: CollectorRegistry | None = None
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # HTTPServer would ask a name server for the host's name, which may take a minute.
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base has it
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base has it
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base has it
        del request, client_address
        _LOG.warning("a scrape failed", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SILENCE_S

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path not in _PATHS or self.server.registry is None:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"metrics are at /metrics\n")
        elif path == "/healthz":
            self._answer(HTTPStatus.OK, "text/plain; charset=utf-8", b"ok\n")
        else:
            self._answer_scrape(self.server.registry)

    def _answer_scrape(self, registry: CollectorRegistry) -> None:
        encode, content_type = choose_encoder(self.headers.get("Accept", ""))
        try:
            body = encode(registry)
        except Exception:  # noqa: BLE001 - whatever it is, who scrapes is told, and the next scrape is answered
            _LOG.exception("a scrape failed")
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", b"failed; the log says how\n")
        else:
            self._answer(HTTPStatus.OK, content_type, body)

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are not logged."""


class Endpoint:
    """A port that is taken, and answers once it is told what from."""

    def __init__(self, host: str, port: int) -> None:
        """Raises `Unavailable`, which names the address, where it cannot be listened on."""
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            self._server = _Server(family, address)
        except OSError as error:
            reason = error.strerror or str(error)
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                what = f"--metrics-host: {host} is no address of this machine: {reason}; give one, such as 127.0.0.1"
            else:
                what = f"--metrics-port: {host}:{port} cannot be listened on: {reason}; choose another, or 0 for none"
            raise Unavailable(what) from error

    def answer_from(self, registry: CollectorRegistry) -> None:
        """Answer scrapes from now on."""
        self._server.registry = registry
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def close(self) -> None:
        """Let the port go."""
        if self._server.registry is not None:
            self._server.shutdown()
        self._server.server_close()


def claim(address: MetricsAddress, ports: range) -> list[Endpoint]:
    """Endpoints on all of these ports; none, and one warning, where nobody has chosen them and one is taken.

    Raises `Unavailable` for a chosen one that is taken.
    """
    with ExitStack() as taken:
        endpoints: list[Endpoint] = []
        try:
            for port in ports:
                endpoints.append(Endpoint(address.host, port))
                taken.callback(endpoints[-1].close)
        except Unavailable as error:
            if address.was_chosen:
                raise
            _LOG.warning("no metrics are served", error=str(error))
            return []
        taken.pop_all()
        return endpoints
