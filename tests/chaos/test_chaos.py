"""Everything goes wrong, one thing after the other, while events come in: what is shown in the end is what the
reference computes from the same events (contract, section 2)."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import FrameType
from typing import Final

import pytest

from tests.chaos.commands import Commands
from tests.chaos.comparison import all_differences
from tests.chaos.event_stream import event_stream
from tests.chaos.faults import FAULTS, Stage
from tests.chaos.feed import Feed
from tests.chaos.servers import Servers, servers
from tests.chaos.waiting import Waiting
from tests.reference.reference import expected

pytestmark = [pytest.mark.kafka, pytest.mark.chaos]

SEED: Final = "LASTTOUCH_CHAOS_SEED"
ONLY: Final = "LASTTOUCH_CHAOS_FAULTS"
"""Some of the faults, by name and in this order, with commas between: to find out which of them it takes."""
WHOLE_S: Final = 240.0
EVENTS_A_PIECE: Final = 2_000
LINES_A_SLICE: Final = 100
DIFFERENCES_SHOWN: Final = 8

Slices = list[list[bytes]]


@pytest.fixture
def _ended_by_sigterm() -> Iterator[None]:
    """So that what ends the tests from outside leaves no server and no run behind."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    kept = signal.signal(signal.SIGTERM, end)
    yield
    signal.signal(signal.SIGTERM, kept)


@pytest.mark.timeout(WHOLE_S + 60)
@pytest.mark.usefixtures("_ended_by_sigterm")
def test_whatever_goes_wrong_the_end_is_what_the_events_say(tmp_path: Path) -> None:
    seed = int(os.environ.get(SEED) or secrets.randbelow(2**32))
    random = Random(seed)
    faults = os.environ.get(ONLY, "").split(",") if os.environ.get(ONLY) else random.sample(sorted(FAULTS), len(FAULTS))
    print(f"\nchaos: {SEED}={seed} {ONLY}={','.join(faults)}")
    with servers() as started:
        commands = Commands(tmp_path, started.valkey.url, started.broker.bootstrap_servers)
        try:
            ChaosRun(started, commands, random, tmp_path).through(faults)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\nagain: {SEED}={seed} {ONLY}={','.join(faults)}") from failure
        finally:
            commands.end_all()
            for name, lines in commands.logs().items():
                print(*(f"{name}: {line[:1_000]}" for line in lines), sep="\n")


class ChaosRun:
    """One run over a stream in pieces, one more than there are faults."""

    def __init__(self, servers: Servers, commands: Commands, random: Random, folder: Path) -> None:
        self._servers, self._commands, self._random = servers, commands, random
        self._waiting = Waiting(WHOLE_S, self._check)
        self._feed = Feed(commands.bootstrap, servers.client, random, self._waiting)
        self._stage = Stage(servers, commands, random, self._waiting, folder / "history.jsonl")

    def through(self, faults: list[str]) -> None:
        """All faults, each in the middle of a piece, and then the comparison."""
        lines = event_stream(EVENTS_A_PIECE * (len(faults) + 2), self._random)
        size = -(-len(lines) // (len(faults) + 2))
        pieces = [lines[start : start + size] for start in range(0, len(lines), size)]
        self._ingest(pieces[0])
        self._stage.start()
        for fault, piece in zip(faults, pieces[1:], strict=False):
            self._strike(fault, [piece[at : at + LINES_A_SLICE] for at in range(0, len(piece), LINES_A_SLICE)])
        last = pieces[-1]
        self._feed.send_gated([last[at : at + LINES_A_SLICE] for at in range(0, len(last), LINES_A_SLICE)])
        self._read_to_the_end()
        self._compare(lines)

    def _ingest(self, lines: list[bytes]) -> None:
        """What was there before the first run."""
        self._stage.file.write_bytes(b"".join(line + b"\n" for line in lines))
        done = self._commands.call("ingest", self._stage.file)
        assert done.returncode == 0, done.stderr

    def _strike(self, fault: str, piece: Slices) -> None:
        """One fault in the middle of a piece: some of it is counted, some has come in, and some comes meanwhile.

        The first third of the piece is counted only if the fault before it has healed.
        """
        third = len(piece) // 3
        self._feed.send_gated(piece[:third])
        self._servers.take_dump()
        dumped = self._feed.counted()
        self._feed.send_gated(piece[third : 2 * third])
        rest = piece[2 * third :]
        # Redis is written to within some hundredths of a second: something is surely on its way only just after it
        # came in.
        while True:
            assert len(rest) > 1, "whatever comes in is counted at once: no fault can strike between"
            self._feed.send(rest[:1])
            self._feed.flush()
            del rest[:1]
            counted, sent = self._feed.counted(), len(self._feed.marks)
            if counted < sent:
                break
        assert dumped < counted, f"of the piece nothing was counted after the dump: {counted} marks"
        self._tell(f"{fault}: {counted} of {sent} marks counted, {len(rest)} slices to come")
        with FAULTS[fault](self._stage):
            self._feed.send(rest)
        self._feed.flush()

    def _read_to_the_end(self) -> None:
        """The last marks stand at the end of every partition of every topic."""
        self._feed.send([[]])
        self._feed.flush()
        sent = len(self._feed.marks)
        self._waiting.until(
            lambda: self._feed.counted() == sent and self._servers.client.hget("lasttouch:run", "catching_up") == b"0",
            lambda: f"the end: {self._feed.counted()} of {sent} marks counted",
        )
        self._stage.stop()

    def _compare(self, lines: list[bytes]) -> None:
        self._tell("all is read; the reference reckons")
        right = expected([*lines, *self._feed.marks], {}, time.time_ns() // 1_000_000)
        bootstrap = self._commands.bootstrap
        kinds = all_differences(right, self._servers.client, bootstrap, self._commands, self._random)
        self._tell(f"{len(right.rows)} orders compared")
        found = [
            f"{len(differences)} differences of {kind}:\n  " + "\n  ".join(differences[:DIFFERENCES_SHOWN])
            for kind, differences in kinds.items()
        ]
        assert not found, "\n".join(found)

    def _check(self) -> None:
        self._stage.check()

    def _tell(self, what: str) -> None:
        print(f"chaos: {self._waiting.elapsed_s():6.1f} s  {what}", flush=True)
