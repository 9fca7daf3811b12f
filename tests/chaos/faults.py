"""What goes wrong in a chaos run. Each fault strikes when entered, and when left makes good what does not heal by
itself; the stream goes on meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from tests.chaos.commands import Commands, LongCommand
from tests.chaos.servers import Servers
from tests.chaos.waiting import Waiting
from tests.connectors.kafka.kafka_topics import standing_still

WORKERS: Final = 2
_EPOCHS_S: Final = (0.3, 1.0, 3.0)
"""How much a crash loses is for chance to say."""


@dataclass
class Stage:
    """What faults act on: the servers, and the run that is live."""

    servers: Servers
    commands: Commands
    random: Random
    waiting: Waiting
    file: Path
    """Events that have long been counted."""
    run: LongCommand | None = None

    @property
    def live(self) -> LongCommand:
        assert self.run is not None
        return self.run

    def start(self) -> None:
        self.run = self.commands.start_run(WORKERS, self.random.choice(_EPOCHS_S))

    def stop(self) -> None:
        """By SIGTERM, which a run answers with status 0 (contract, section 8). None of its processes is left."""
        stopped, self.run = self.live, None
        stopped.ask_to_stop()
        self.waiting.until(lambda: stopped.status is not None, lambda: "the end of the run after SIGTERM")
        assert stopped.status == 0, f"SIGTERM ended the run with status {stopped.status}"
        assert not stopped.members(), "workers have outlived their run"

    def check(self) -> None:
        """The run that is live has not ended by itself."""
        if self.run is not None and self.run.status is not None:
            said = "\n".join(self.run.complaints()[-3:])
            raise AssertionError(f"the run ended by itself with status {self.run.status}: {said}")


Fault = Callable[[Stage], AbstractContextManager[None]]


@contextmanager
def worker_killed(stage: Stage) -> Iterator[None]:
    before = set(stage.live.workers())
    assert len(before) == WORKERS, f"{len(before)} workers"
    os.kill(stage.random.choice(sorted(before)), signal.SIGKILL)
    yield
    stage.waiting.until(
        lambda: len(set(stage.live.workers()) - before) == WORKERS,
        lambda: f"{WORKERS} new workers; there are {len(set(stage.live.workers()) - before)}",
    )


@contextmanager
def supervisor_killed(stage: Stage) -> Iterator[None]:
    """Its workers are nobody's, and end by themselves."""
    killed, stage.run = stage.live, None
    killed.kill_alone()
    yield
    stage.waiting.until(lambda: not killed.members(), lambda: "the end of the workers without a supervisor")
    stage.start()


@contextmanager
def broker_killed(stage: Stage) -> Iterator[None]:
    stage.servers.broker.kill()
    yield
    stage.servers.broker.restart()


@contextmanager
def broker_stands_still(stage: Stage) -> Iterator[None]:
    """For as long as a command takes to find out that nobody answers (contract, section 8)."""
    with standing_still(stage.servers.broker.pid):
        yield
        refused = stage.commands.call("ingest", stage.file)
    assert refused.returncode == 1, f"ingest without a broker: status {refused.returncode}, {refused.stderr}"
    assert len(refused.stderr.splitlines()) == 1, f"ingest without a broker: {refused.stderr}"


@contextmanager
def redis_flushed(stage: Stage) -> Iterator[None]:
    stage.servers.client.flushall()
    yield


@contextmanager
def redis_back_from_a_recent_dump(stage: Stage) -> Iterator[None]:
    stage.servers.back_from(stage.servers.dumps[-1])
    yield


@contextmanager
def redis_back_from_an_old_dump(stage: Stage) -> Iterator[None]:
    """Any but the newest, also one of what another run wrote."""
    stage.servers.back_from(_older_dump(stage))
    yield


@contextmanager
def redis_back_from_an_older_dump_between_runs(stage: Stage) -> Iterator[None]:
    stage.stop()
    stage.servers.back_from(_older_dump(stage))
    yield
    stage.start()


def _older_dump(stage: Stage) -> Path:
    return stage.random.choice(stage.servers.dumps[:-1])


@contextmanager
def stopped_and_started(stage: Stage) -> Iterator[None]:
    stage.stop()
    yield
    stage.start()


FAULTS: Final[dict[str, Fault]] = {
    fault.__name__: fault
    for fault in (
        worker_killed,
        supervisor_killed,
        broker_killed,
        broker_stands_still,
        redis_flushed,
        redis_back_from_a_recent_dump,
        redis_back_from_an_old_dump,
        redis_back_from_an_older_dump_between_runs,
        stopped_and_started,
    )
}
