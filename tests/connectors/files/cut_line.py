"""A line to a server that can be cut at the worst moment: when the server has done what it was asked, and says so."""

from __future__ import annotations

import socket
import threading
from typing import Final, Self

_CHUNK_BYTES: Final = 65_536


class CutLine:
    """Passes bytes on between clients and a server on 127.0.0.1; a context manager.

    `cut_answer_to`: the answer to the next request that holds these bytes never arrives; the line breaks instead.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._cut_answer_to: bytes | None = None
        self._ended = False
        self.cuts = 0
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def cut_answer_to(self, words: bytes) -> None:
        self._cut_answer_to = words

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._ended = True
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._server_port)) as server:
            client.settimeout(0.01)
            server.settimeout(0.01)
            asked = b""
            while not self._ended:
                request = _received(client)
                if request == b"":
                    return
                if request is not None:
                    server.sendall(request)
                    asked = (asked + request)[-_CHUNK_BYTES:]
                answer = _received(server)
                if answer:
                    if self._cut_answer_to is not None and self._cut_answer_to in asked:
                        self._cut_answer_to = None
                        self.cuts += 1
                        return
                    client.sendall(answer)
                    asked = b""


def _received(end: socket.socket) -> bytes | None:
    """What has come in; None: nothing yet; empty: the other side has ended."""
    try:
        return end.recv(_CHUNK_BYTES)
    except TimeoutError:
        return None
    except ConnectionError:
        return b""
