"""Everything goes wrong, one thing after the other, while events come in: what is shown in the end is what the
reference computes from the same events (contract, section 2)."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import FrameType
from typing import Final

import pytest

from tests.chaos.commands import Commands
from tests.chaos.comparison import Found, answered_differences, published_differences, view_differences
from tests.chaos.event_stream import event_stream
from tests.chaos.faults import FAULTS, Stage
from tests.chaos.feed import Feed
from tests.chaos.servers import Servers, servers
from tests.chaos.waiting import Waiting
from tests.reference.reference import WHOLE, View, expected

pytestmark = [pytest.mark.kafka, pytest.mark.chaos]

SEED: Final = "LASTTOUCH_CHAOS_SEED"
ONLY: Final = "LASTTOUCH_CHAOS_FAULTS"
"""Some of the faults, by name and in this order, with commas between: to find out which of them it takes."""
WHOLE_S: Final = 480.0
"""The end of all patience; on a machine of its own it takes a third of it."""
EVENTS_A_PIECE: Final = 2_000
LINES_A_SLICE: Final = 100
DIFFERENCES_SHOWN: Final = 8
LOG_LINE_MAX: Final = 1_000
SETTLED_S_MAX: Final = 20.0
"""How long what was counted may take to be all in its place."""

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
    shuffled = random.sample(sorted(FAULTS), len(FAULTS))
    faults = os.environ[ONLY].split(",") if os.environ.get(ONLY) else shuffled
    again = f"{SEED}={seed} {ONLY}={','.join(faults)}"
    print(f"\nchaos: {again}")
    with servers() as started:
        commands = Commands(tmp_path, started.valkey.url, started.broker.bootstrap_servers)
        chaos = ChaosRun(started, commands, random, tmp_path)
        try:
            chaos.through(faults)
        except BaseException as failure:
            log = [line[:LOG_LINE_MAX] for line in commands.complaints()]
            failure.add_note("\n".join([*chaos.story, *log, f"again: {again}"]))
            raise
        finally:
            commands.end_all()


class ChaosRun:
    """One run over a stream in pieces, one more than there are faults."""

    def __init__(self, servers: Servers, commands: Commands, random: Random, folder: Path) -> None:
        self._servers, self._commands, self._random = servers, commands, random
        self._waiting = Waiting(WHOLE_S, self._check)
        self._feed = Feed(commands.bootstrap, servers.client, random, self._waiting)
        self._stage = Stage(servers, commands, random, self._waiting, folder / "history.jsonl")
        self._sent: list[bytes] = []
        self.story: list[str] = []
        """What was done when."""

    def through(self, faults: list[str]) -> None:
        """All faults, each in the middle of a piece and each with a comparison after it."""
        lines = event_stream(EVENTS_A_PIECE * (len(faults) + 2), self._random)
        size = -(-len(lines) // (len(faults) + 2))
        first, *pieces, last = [lines[start : start + size] for start in range(0, len(lines), size)]
        self._ingest(first)
        self._stage.start()
        for fault, piece in zip(faults, pieces, strict=True):
            self._strike(fault, _slices(piece))
            self._sent += piece
            self._compare_live(fault)
        self._feed.send_gated(_slices(last))
        self._sent += last
        right = self._compare_live("the last piece")
        self._stage.stop()
        self._compare_at_rest(right)

    def _ingest(self, lines: list[bytes]) -> None:
        """What was there before the first run."""
        self._stage.file.write_bytes(b"".join(line + b"\n" for line in lines))
        done = self._commands.call("ingest", self._stage.file)
        assert done.returncode == 0, done.stderr
        self._sent += lines

    def _strike(self, fault: str, piece: Slices) -> None:
        """One fault in the middle of a piece: some of it is counted, some has come in, and some comes meanwhile."""
        quarter = len(piece) // 4
        for number in range(2):
            self._feed.send_gated(piece[number * quarter : (number + 1) * quarter])
            self._servers.take_dump()
        dumped = self._feed.counted()
        self._feed.send_gated(piece[2 * quarter : 3 * quarter])
        rest = piece[3 * quarter :]
        # Redis is written to within some hundredths of a second: something is surely on its way only just after it
        # came in.
        counted = sent = 0
        while counted == sent:
            assert len(rest) > 1, "whatever comes in is counted at once: no fault can strike between"
            self._feed.send(rest[:1])
            self._feed.flush()
            del rest[:1]
            counted, sent = self._feed.counted(), len(self._feed.marks)
        assert dumped < counted, f"of the piece nothing was counted after the dump: {counted} marks"
        self._tell(f"{fault}: {counted} of {sent} marks counted, {len(rest)} slices to come")
        with FAULTS[fault](self._stage):
            self._feed.send(rest)
        self._feed.flush()

    def _compare_live(self, after: str) -> View:
        """All that came in is read, and shown and published as the reference says. Returns what it says."""
        # These marks stand at the end of every partition of every topic.
        self._feed.send([[]])
        self._feed.flush()
        sent = len(self._feed.marks)
        self._waiting.until(
            lambda: self._feed.counted() == sent and self._servers.client.hget("lasttouch:run", "catching_up") == b"0",
            lambda: f"after {after}: {self._feed.counted()} of {sent} marks counted, and caught up",
        )
        right = expected([*self._sent, *self._feed.marks], {}, time.time_ns() // 1_000_000, **WHOLE)
        self._until_equal(after, lambda: view_differences(right, self._servers.client))
        self._until_equal(after, lambda: published_differences(right, self._commands.bootstrap))
        self._tell(f"{len(right.rows)} orders are right after {after}")
        return right

    def _until_equal(self, after: str, compare: Callable[[], Found]) -> None:
        """What is still on its way arrives within a moment; what is wrong stays."""
        found: Found = {}

        def is_equal() -> bool:
            nonlocal found
            found = compare()
            return not found

        self._waiting.until(is_equal, lambda: f"no differences after {after}:\n{_listed(found)}", SETTLED_S_MAX)

    def _compare_at_rest(self, right: View) -> None:
        """After the end of the run all is as it was, and commands answer accordingly."""
        client, bootstrap = self._servers.client, self._commands.bootstrap
        found = view_differences(right, client) | published_differences(right, bootstrap)
        found |= answered_differences(right, self._commands, self._random)
        assert not found, f"after the end:\n{_listed(found)}"
        self._tell("audit, reports and explanations agree")

    def _check(self) -> None:
        self._stage.check()

    def _tell(self, what: str) -> None:
        self.story.append(f"{self._waiting.elapsed_s():6.1f} s  {what}")
        print(self.story[-1], flush=True)


def _slices(piece: list[bytes]) -> Slices:
    return [piece[at : at + LINES_A_SLICE] for at in range(0, len(piece), LINES_A_SLICE)]


def _listed(found: Found) -> str:
    return "\n".join(
        f"{len(differences)} differences of {kind}:\n  " + "\n  ".join(differences[:DIFFERENCES_SHOWN])
        for kind, differences in found.items()
    )
