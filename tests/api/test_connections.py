"""Connections that mean no good: slow, endless, silent, broken; a real server, and one with short deadlines."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPResponse

import pytest

from connectors.embedded.servers import EmbeddedValkey
from tests.api.serving import Served, await_connections, memory_bytes, read_to_end, serving
from tests.waiting import PATIENCE_S, await_that

MEMORY_MAX = 60 * 2**20
"""What the worst of them may cost the server."""
CONNECTIONS_MAX = 20
DEADLINES = ("HEADERS_TIMEOUT_S", "BODY_TIMEOUT_S", "SILENT_READER_TIMEOUT_S")
POST = b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%s\r\n\r\n%s"
GOOD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def served(valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With deadlines that no test comes near, however slow the machine is."""
    bounds = dict.fromkeys(DEADLINES, int(PATIENCE_S)) | {"CONNECTIONS_MAX": CONNECTIONS_MAX}
    environment = {f"LASTTOUCH_HTTP_{name}": str(value) for name, value in bounds.items()}
    with serving(tmp_path_factory.mktemp("bounded"), valkey_server.url, **environment) as it:
        yield it


@pytest.fixture(scope="module")
def hasty(valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With deadlines that are waited for."""
    with serving(
        tmp_path_factory.mktemp("hasty"), valkey_server.url, **{f"LASTTOUCH_HTTP_{name}": "1" for name in DEADLINES}
    ) as it:
        yield it


@pytest.fixture(autouse=True)
def _still_well(served: Served, hasty: Served) -> Iterator[None]:
    """After each of them both servers answer, have logged no fault, and have not grown."""
    before = [memory_bytes(server) for server in (served, hasty)]
    yield
    for server, bytes_before in zip((served, hasty), before, strict=True):
        assert server.client.get("/healthz").status_code == 200
        assert "Traceback" not in server.log
        assert memory_bytes(server) - bytes_before < MEMORY_MAX


def problem_of(answer: bytes) -> dict[str, object]:
    """The problem that a raw answer carries, with the headers that every answer has."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"x-request-id" in head.lower()
    found = json.loads(body)
    assert isinstance(found, dict)
    return found


def logged(served: Served, route: str) -> int:
    """How many requests of a route have come to their end."""
    return sum(line["route"] == route for line in served.requests_logged())


@pytest.mark.parametrize(
    "said",
    [
        b"nonsense\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /v1/session HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /v1/session HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_400(served: Served, said: bytes) -> None:
    answer = served.answer_to(said)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert problem_of(answer)["status"] == 400


def test_a_flood_of_headers_is_refused_in_its_middle(served: Served) -> None:
    def lines() -> Iterator[bytes]:
        yield b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
        for number in range(20_000):
            yield b"X-%d: %s\r\n" % (number, b"x" * 100)

    answer = served.answer_to(*lines())
    # The rest of the flood may have reset the connection before the answer was read.
    assert answer == b"" or problem_of(answer)["code"] == "too_large"


def test_an_endless_address_is_refused(served: Served) -> None:
    answer = served.answer_to(b"GET /" + b"a" * 40_000)
    assert problem_of(answer)["code"] == "too_large"


@pytest.mark.parametrize("behind", [b"", GOOD], ids=["alone", "with another behind it"])
@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz?a=%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 33_000),
        b"GET /healthz?a=%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 70_000),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n" % (b"a" * 33_000),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X-Many: abcde\r\n" * 4_000 + b"\r\n",
    ],
    ids=["address", "address longer than the parser takes", "one header", "many headers"],
)
def test_a_head_that_comes_in_one_piece_is_bounded_as_well(served: Served, head: bytes, behind: bytes) -> None:
    answer = served.answer_to(head + behind)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert problem_of(answer)["code"] == "too_large"


def test_a_head_that_is_as_long_as_it_may_be_is_taken_each_time(served: Served) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n%s\r\n"
    answer = served.answer_to(head % (b"a" * 30_000, b"") + head % (b"a" * 30_000, b"Connection: close\r\n"))
    assert answer.count(b"HTTP/1.1 200 ") == 2


def test_a_head_or_a_body_that_does_not_come_to_its_end_is_not_waited_for(hasty: Served) -> None:
    beginnings = [
        b"",
        b"\r\n",
        b"GET /heal",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
        POST % (b"Content-Length: 100", b'{"token":'),
        POST % (b"Transfer-Encoding: chunked", b'9\r\n{"token":\r\n'),
    ]
    with ExitStack() as stack:
        waiting = [stack.enter_context(closing(hasty.connect())) for _ in beginnings]
        for connection, beginning in zip(waiting, beginnings, strict=True):
            connection.sendall(beginning)
        assert [read_to_end(connection) for connection in waiting] == [b""] * len(beginnings)
    await_that(lambda: logged(hasty, "/v1/session") >= 2, "the end of both requests")


def test_a_slow_head_after_a_good_request_is_not_waited_for_either(hasty: Served) -> None:
    with closing(hasty.connect()) as connection:
        connection.sendall(GOOD)
        assert connection.recv(4_096).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET /heal")
        assert b"HTTP/1.1" not in read_to_end(connection)


def status_of_answer(connection: socket.socket) -> int:
    """Of the one answer that comes next, read to its end; it says nothing of closing the connection."""
    answer = HTTPResponse(connection)
    answer.begin()
    answer.read()
    assert answer.getheader("Connection") is None
    return answer.status


@pytest.mark.parametrize("following", [(GOOD,), (GOOD[:9], GOOD[9:]), (b"", GOOD)])
def test_after_an_answer_that_did_not_wait_for_the_body_the_connection_goes_on(
    served: Served, following: tuple[bytes, ...]
) -> None:
    head, body = POST.replace(b"/v1/session", b"/nowhere") % (b"Content-Length: 40000", b""), b"x" * 40_000
    with closing(served.connect()) as connection:
        for _ in range(2):
            connection.sendall(head)
            assert status_of_answer(connection) == 404
            connection.sendall(body + following[0])
            for piece in following[1:]:
                connection.sendall(piece)
            assert status_of_answer(connection) == 200


def test_after_such_an_answer_a_slow_head_is_not_waited_for_either(hasty: Served) -> None:
    head = POST.replace(b"/v1/session", b"/nowhere") % (b"Content-Length: 2", b"")
    with closing(hasty.connect()) as connection:
        connection.sendall(head)
        assert status_of_answer(connection) == 404
        connection.sendall(b"{}")
        connection.sendall(GOOD[:9])
        assert read_to_end(connection) == b""


def test_a_body_of_100_mb_is_refused_and_takes_no_memory(hasty: Served) -> None:
    chunk = b"100000\r\n" + b"x" * 2**20 + b"\r\n"
    answer = hasty.answer_to(POST % (b"Transfer-Encoding: chunked", b""), *[chunk] * 40)
    assert answer == b"" or problem_of(answer)["code"] == "too_large"


def test_who_does_not_read_the_answer_is_let_go(hasty: Served) -> None:
    hasty.forget_connections()
    before = logged(hasty, "/openapi.json")
    with closing(hasty.connect(receive_buffer=4_096)) as connection:
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 90)
        # The first answers go to what the machine keeps for the reader.
        await_that(lambda: logged(hasty, "/openapi.json") > before, "the first answers")
        await_connections(hasty, 0)


def test_more_connections_than_there_may_be_are_told_so_and_the_others_go_on(served: Served) -> None:
    served.forget_connections()
    with ExitStack() as stack:
        held = [stack.enter_context(closing(served.connect())) for _ in range(CONNECTIONS_MAX)]
        await_connections(served, CONNECTIONS_MAX)

        refused = problem_of(served.answer_to())
        assert (refused["status"], refused["code"]) == (429, "rate_limited")

        held[0].sendall(GOOD.replace(b"Host", b"Connection: close\r\nHost"))
        assert read_to_end(held[0]).startswith(b"HTTP/1.1 200 ")


def test_pipelined_requests_are_answered_in_their_order(served: Served) -> None:
    last = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = served.answer_to(GOOD * 20 + last)
    assert answer.count(b"HTTP/1.1 200 ") == 20
    assert b"HTTP/1.1 404 " in answer


def test_a_flood_of_pipelined_requests_is_cut_off(served: Served) -> None:
    answer = served.answer_to(*[GOOD * 10_000] * 20)
    assert answer.count(b"HTTP/1.1 200 ") < 200_000


def test_head_has_no_body_and_says_how_long_it_would_be(served: Served) -> None:
    answer = served.answer_to(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: 15" in head
    assert body == b""
