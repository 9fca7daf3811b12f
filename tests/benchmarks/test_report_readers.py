"""Readers of the benchmark time whole answers, however they come, and say what was no answer."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.report_readers import Reader, ask_once
from tests.waiting import PATIENCE_S, await_that

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)


@contextmanager
def served(*connections: list[bytes], is_reset: bool = False) -> Iterator[str]:
    """A server that answers each request of a connection with the next of its texts, in two pieces, then closes it.

    With `is_reset` its end is no end but a reset, as where a request comes after it has closed.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for texts in connections:
                connection, _ = listening.accept()
                with connection:
                    if is_reset:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    for text in texts:
                        connection.recv(65_536)
                        connection.sendall(text[:45])
                        connection.sendall(text[45:])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "nobody asked for all of the answers"


@pytest.mark.parametrize("is_reset", [False, True])
def test_each_path_is_timed_by_itself_and_what_closed_is_connected_anew(is_reset: bool) -> None:
    ending, answer = threading.Event(), _HEAD + b"ground"
    away = b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"
    with served([answer], [answer] * 3, [away], is_reset=is_reset) as url:
        reader = Reader(url, "token", ["/a", "/b"], ending, seed=1)
        reader.start()
        reader.join()
    assert {path: len(times) for path, times in reader.times.items()} == {"/a": 2, "/b": 2}
    assert reader.answer_bytes == 6
    assert reader.failure is not None
    assert "503" in reader.failure


def test_a_reader_whose_questions_are_due_ends_when_it_is_told_to() -> None:
    ending = threading.Event()
    with served([_HEAD + b"ground"] * 3) as url:
        reader = Reader(url, "token", ["/a"], ending, seed=1, every_s=0.001)
        reader.start()
        await_that(lambda: len(reader.times["/a"]) == 3, "three answers have come")
        ending.set()
    reader.join()
    assert min(reader.times["/a"]) > 0


def test_asking_once_fails_for_another_answer() -> None:
    with (
        served([b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"]) as url,
        pytest.raises(OSError, match="401"),
    ):
        ask_once(url, "token", "/a")
