"""Frames between two processes: whole, in order, and never waited for by who sends them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from connectors.decoding import memory_frames

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    first, second = socket.socketpair()
    with first, second:
        yield first, second


@pytest.mark.parametrize("size", [0, 1, 65_537, 10_000_000])
def test_a_frame_arrives_as_it_was_sent(ends: Ends, size: int) -> None:
    frame = bytes(number % 251 for number in range(1_000)) * (size // 1_000 + 1)
    memory_frames.send(ends[0], frame[:size])
    assert memory_frames.receive(ends[1]) == frame[:size]


def test_frames_of_any_size_wait_for_their_reader_and_keep_their_order(ends: Ends) -> None:
    sent = [bytes([number]) * (number * 1_000_000) for number in range(20)]
    for frame in sent:
        memory_frames.send(ends[0], frame)
    assert [memory_frames.receive(ends[1]) for _ in sent] == sent


def test_both_ends_send_at_once(ends: Ends) -> None:
    for end in ends:
        memory_frames.send(end, b"x" * 1_000_000)
    assert [memory_frames.receive(end) for end in ends] == [b"x" * 1_000_000] * 2


def test_what_was_sent_before_the_other_end_went_still_arrives(ends: Ends) -> None:
    memory_frames.send(ends[0], b"last words")
    ends[0].close()
    assert memory_frames.receive(ends[1]) == b"last words"
    assert memory_frames.receive(ends[1]) is None


def test_nobody_is_left_to_send_to(ends: Ends) -> None:
    ends[1].close()
    with pytest.raises(OSError, match="Broken pipe"):
        memory_frames.send(ends[0], b"too late")


def test_where_there_are_no_memory_files_one_without_a_name_serves(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.memfd_create")
    memory_frames.send(ends[0], b"x" * 200_000)
    assert memory_frames.receive(ends[1]) == b"x" * 200_000
