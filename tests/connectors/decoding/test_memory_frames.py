"""Frames between two processes: whole, in order, and never waited for by who sends them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors.decoding.memory_frames import SPARE_BYTES_MAX, SPARE_FILES_MAX, Frames

Ends = tuple[Frames, Frames]


@pytest.fixture
def ends() -> Iterator[Ends]:
    first, second = map(Frames, socket.socketpair())
    with closing(first), closing(second):
        yield first, second


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The memory files that have been made."""
    names: list[str] = []
    make = os.memfd_create

    def counted(name: str) -> int:
        names.append(name)
        return make(name)

    monkeypatch.setattr("os.memfd_create", counted)
    return names


def received(end: Frames) -> bytes:
    frame = end.receive()
    assert frame is not None
    return bytes(frame)


def pattern(size: int) -> bytes:
    return (bytes(number % 251 for number in range(1_000)) * (size // 1_000 + 1))[:size]


@pytest.mark.parametrize("size", [0, 1, 65_537, 10_000_000])
def test_a_frame_arrives_as_it_was_sent(ends: Ends, size: int) -> None:
    ends[0].send(pattern(size))
    assert received(ends[1]) == pattern(size)


def test_frames_of_any_size_wait_for_their_reader_and_keep_their_order(ends: Ends) -> None:
    sent = [bytes([number]) * (number * 1_000_000) for number in range(20)]
    for frame in sent:
        ends[0].send(frame)
    assert [received(ends[1]) for _ in sent] == sent


def test_both_ends_send_at_once(ends: Ends) -> None:
    for end in ends:
        end.send(b"x" * 1_000_000)
    assert [received(end) for end in ends] == [b"x" * 1_000_000] * 2


def test_answers_go_back_in_the_files_that_the_questions_came_in(ends: Ends, made: list[str]) -> None:
    for size in (900_000, 0, 70_000, 1_200_000, 1):
        ends[0].send(pattern(size))
        assert received(ends[1]) == pattern(size)
        ends[1].send(pattern(size)[::-1])
        assert received(ends[0]) == pattern(size)[::-1]
    assert len(made) == 1


def test_a_file_is_not_written_to_before_its_frame_is_read(ends: Ends) -> None:
    ends[0].send(b"first")
    assert received(ends[1]) == b"first"
    ends[1].send(b"answer")
    ends[0].send(b"second")
    assert received(ends[0]) == b"answer"
    ends[0].send(b"third")
    assert [received(ends[1]), received(ends[1])] == [b"second", b"third"]


def test_the_file_of_a_great_frame_is_given_back(ends: Ends, made: list[str]) -> None:
    ends[0].send(bytes(SPARE_BYTES_MAX + 1))
    ends[1].receive()
    ends[1].send(b"x")
    assert len(made) == 2


def test_no_more_files_are_kept_than_are_wanted_again(ends: Ends, made: list[str]) -> None:
    for _ in range(SPARE_FILES_MAX + 2):
        ends[0].send(b"x")
    for _ in range(SPARE_FILES_MAX + 2):
        ends[1].receive()
    for _ in range(SPARE_FILES_MAX + 2):
        ends[1].send(b"x")
    assert len(made) == SPARE_FILES_MAX + 4


def test_what_was_sent_before_the_other_end_went_still_arrives(ends: Ends) -> None:
    ends[0].send(b"last words")
    ends[0].close()
    assert received(ends[1]) == b"last words"
    assert ends[1].receive() is None


def test_nobody_is_left_to_send_to(ends: Ends) -> None:
    ends[1].close()
    with pytest.raises(OSError, match="Broken pipe"):
        ends[0].send(b"too late")


def test_where_there_are_no_memory_files_one_without_a_name_serves(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.memfd_create")
    ends[0].send(b"x" * 200_000)
    assert received(ends[1]) == b"x" * 200_000


def test_an_open_file_goes_with_a_frame_and_only_with_this(ends: Ends, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"content")
    opened = os.open(file, os.O_RDONLY)
    ends[0].send(b"with it", opened)
    os.close(opened)
    ends[0].send(b"without")
    assert received(ends[1]) == b"with it"
    passed = ends[1].take_passed()
    assert passed is not None
    assert os.read(passed, 100) == b"content"
    os.close(passed)
    assert received(ends[1]) == b"without"
    assert ends[1].take_passed() is None


def test_an_open_file_that_nobody_takes_is_closed(ends: Ends) -> None:
    reading, writing = os.pipe()
    ends[0].send(b"with it", writing)
    os.close(writing)
    received(ends[1])
    ends[0].send(b"next")
    received(ends[1])
    assert os.read(reading, 1) == b""  # nobody holds the other end
    os.close(reading)
