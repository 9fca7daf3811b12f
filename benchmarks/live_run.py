"""`lasttouch run` that reads a broker live: what measures it finds every contact with a message, counted."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import redis

from benchmarks.lasttouch_runs import run_flags, start_lasttouch, started_broker
from benchmarks.live_events import ACCOUNT, LiveEvents
from benchmarks.live_load import Load
from benchmarks.measured_process import MeasuredProcess, ProgramFailed
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.ingest import ingest_lines
from connectors.kafka.topics import TopicNames
from connectors.view.layout import total_key

_SEED: Final = 1
_PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run that has caught up with the first messages."""

    process: MeasuredProcess
    client: redis.Redis
    recovery: Path
    """Its recovery directory."""
    contacts: int
    campaigns: int
    bootstrap_servers: str

    def load(self, rate: int, *, probes_per_s: int = 0) -> Load:
        """Events of these contacts and campaigns at a rate, for `live_load.LiveLoad`."""
        return Load(rate, self.contacts, self.campaigns, _SEED, self.bootstrap_servers, probes_per_s=probes_per_s)

    def end(self) -> None:
        """Ask it to end, and wait until it has."""
        self.process.ask_to_end()
        self.process.wait()


@contextmanager
def live_run(contacts: int, campaigns: int, *, apache: bool) -> Iterator[LiveRun]:
    """With a broker and a Valkey of its own, until the end of the block. Raises `Unavailable` and `ProgramFailed`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lasttouch-live-")))
        valkey = stack.enter_context(EmbeddedValkey())
        broker = stack.enter_context(started_broker(apache=apache))
        client = stack.enter_context(redis.Redis.from_url(valkey.url))
        first = LiveEvents(contacts, campaigns, _SEED).first_touches()
        ingest_lines(list(first), broker.bootstrap_servers, names=TopicNames())
        arguments = ["run", *run_flags(valkey, folder), "--kafka-bootstrap-servers", broker.bootstrap_servers]
        process = stack.enter_context(start_lasttouch("lasttouch", arguments, folder))
        _await_messages(client, contacts, process)
        yield LiveRun(process, client, folder / "recovery", contacts, campaigns, broker.bootstrap_servers)


def _await_messages(client: redis.Redis, count: int, process: MeasuredProcess) -> None:
    until = time.monotonic() + _PATIENCE_S
    while int(client.hget(total_key(ACCOUNT), "sent") or 0) < count:
        if process.has_ended() or time.monotonic() > until:
            raise ProgramFailed(f"lasttouch has not counted the first {count:,} messages within {_PATIENCE_S:g} s")
        time.sleep(0.1)
