"""Decoding in a process beside the worker: the same events, in order, and an end that is never missed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.decoding.decoder import Decoded, Decoder
from connectors.decoding.process import DecodingFailed, DecodingProcess
from connectors.sources.raw_lines import Lines
from state.dead_letters import Oversized
from state.events import At
from tests.house.sources import ROOT
from tests.kernels.decoded_events import held
from tests.reference.broken_lines import broken_lines
from tests.reference.strategies import event_sets
from tests.waiting import await_that

SENT = (
    b'{"type": "touch", "account": "acme", "contact": "ann", "channel": "email", "event": "sent", '
    b'"campaign": "spring", "message": "m1", "time": "2025-03-01T10:00:00Z"}'
)
NOT_UTF8 = SENT.replace(b"m1", b"\xff")
LONG = Oversized(at=9, head=b'{"type"', length=2_000_000, sha256="ab" * 32)


def started() -> DecodingProcess:
    process = DecodingProcess()
    await_that(lambda: process.is_ready, "a decoding process that is ready")
    return process


@pytest.fixture
def own_process() -> Iterator[DecodingProcess]:
    with closing(started()) as process:
        yield process


@pytest.fixture(scope="module")
def process() -> Iterator[DecodingProcess]:
    with closing(started()) as shared:
        yield shared


def decoded(process: DecodingProcess, lines: Lines) -> Decoded:
    number = process.submit(lines)
    await_that(lambda: process.is_done(number), "a batch decoded")
    answer = process.take(number)
    assert isinstance(answer, Decoded)
    return answer


def batch(raws: Sequence[bytes], ats: Sequence[At] | None = None) -> Lines:
    return Lines("touches", 3, list(raws), range(100, 100 + len(raws)) if ats is None else ats)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(raws=event_sets("erase"), broken=st.lists(st.sampled_from([raw for raw, _ in broken_lines()]), max_size=2))
def test_it_decodes_what_the_worker_would_itself(
    process: DecodingProcess, raws: list[bytes], broken: list[bytes]
) -> None:
    lines = batch([*raws, *broken])
    assert held(decoded(process, lines)) == held(Decoder().decode(lines))


@pytest.mark.parametrize(
    "lines",
    [
        batch([]),
        batch([SENT, NOT_UTF8]),
        batch([SENT, SENT, SENT], [7, 9, 12]),
        batch([SENT, NOT_UTF8, SENT], [(7, 1), (7, 2), (9, 1)]),
        batch([SENT, SENT], range(10, 14, 2)),
        Lines("/a/file.jsonl", None, [SENT], [8], (LONG,)),
        Lines("/a/file.jsonl", None, [], [], (LONG,)),
    ],
    ids=["empty", "not UTF-8", "gaps", "in a record", "every other", "oversized too", "oversized alone"],
)
def test_batches_of_every_kind_survive_the_journey(process: DecodingProcess, lines: Lines) -> None:
    assert held(decoded(process, lines)) == held(Decoder().decode(lines))


def test_several_batches_are_asked_for_in_any_order(process: DecodingProcess) -> None:
    lots = [batch([SENT] * count) for count in (3_000, 1, 2_000)]
    numbers = [process.submit(lines) for lines in lots]
    await_that(lambda: process.is_done(numbers[-1]), "the last batch decoded")
    assert all(process.is_done(number) for number in numbers)
    for at in (1, 2, 0):
        assert process.take(numbers[at]) == Decoder().decode(lots[at])


def pid_of(process: DecodingProcess) -> int:
    return process._process.pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_leaves_it_at_work(own_process: DecodingProcess, number: signal.Signals) -> None:
    os.kill(pid_of(own_process), number)
    assert decoded(own_process, batch([SENT])).events == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_so_does_one_that_comes_while_it_starts(number: signal.Signals) -> None:
    with closing(DecodingProcess()) as process:
        os.kill(pid_of(process), number)
        await_that(lambda: process.is_ready, "a process that has started")
        assert decoded(process, batch([SENT])).events == 1


def test_its_death_is_noticed_with_work_at_hand(own_process: DecodingProcess) -> None:
    os.kill(pid_of(own_process), signal.SIGSTOP)
    number = own_process.submit(batch([SENT]))
    os.kill(pid_of(own_process), signal.SIGKILL)
    with pytest.raises(DecodingFailed, match="status -9"):
        await_that(lambda: own_process.is_done(number), "a batch decoded")


def test_its_death_is_noticed_by_who_brings_more(own_process: DecodingProcess) -> None:
    os.kill(pid_of(own_process), signal.SIGKILL)
    with pytest.raises(DecodingFailed, match="status -9"):
        for _ in range(1_000):
            own_process.submit(batch([SENT]))


def test_a_fault_in_native_code_leaves_the_stacks_of_its_threads(capfd: pytest.CaptureFixture[str]) -> None:
    with closing(started()) as faulty:
        os.kill(pid_of(faulty), signal.SIGSEGV)
        with pytest.raises(DecodingFailed, match="status -11"):
            await_that(lambda: faulty.is_done(faulty.submit(batch([SENT]))), "a batch decoded")
    left = capfd.readouterr().err
    assert left.startswith("Fatal Python error: Segmentation fault")
    assert 'decoding/memory_frames.py", line' in left


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended but was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_one_that_is_not_ready_yet_is_not_waited_for() -> None:
    process = DecodingProcess()
    process.close()
    assert process._process.returncode == -signal.SIGKILL


def test_closing_ends_it_also_with_work_at_hand() -> None:
    process = started()
    for _ in range(10):
        process.submit(batch([SENT] * 1_000))
    process.close()
    assert not is_alive(pid_of(process))


def test_it_ends_with_its_worker_however_that_ends() -> None:
    program = """
from connectors.decoding.process import DecodingProcess
process = DecodingProcess()
while not process.is_ready:
    pass
print(process._process.pid, flush=True)
input()
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        assert is_alive(pid)
        worker.kill()
    await_that(lambda: not is_alive(pid), "the end of the process")
