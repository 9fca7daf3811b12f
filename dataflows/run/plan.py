"""What a run is told: where things are, what to read, and what the start found out. The same for all its workers."""

from __future__ import annotations

import signal
from typing import Final

import msgspec

from config.addresses import ROW_RETENTION_DAYS_DEFAULT
from config.metrics_address import MetricsAddress
from connectors.kafka.topics import TopicNames
from connectors.view.run_status import Mode
from state.retention import FORGET_AFTER_MS_DEFAULT

EPOCH_S: Final = 10.0
"""How often the state is snapshotted; a crash repeats at most so much. Output does not wait for it."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One run. JSON, so that worker processes can be told."""

    files: tuple[str, ...] = ()
    """Read to their end; none: from Kafka until stopped."""
    redis_url: str
    kafka: str | None
    """Bootstrap servers; None: files only, and no records."""
    settings: str | None
    recovery_dir: str
    topic_names: TopicNames = TopicNames()
    """The topics by role."""
    epoch_s: float = EPOCH_S
    row_days: int = ROW_RETENTION_DAYS_DEFAULT
    """How many days of order rows stay in Redis."""
    forget_after_ms: int = FORGET_AFTER_MS_DEFAULT
    """How long forgetting runs behind the wall clock (contract §2)."""
    dead_letters_max: float | None = None
    """The share of refused events (0 … 1) above which the run stops; None: it goes on."""
    workers: int = 1
    process: int = 0
    """Which process of a cluster of several machines this is."""
    addresses: tuple[str, ...] = ()
    """"host:port" of every process of the cluster; (): it is no cluster of several machines."""
    decode_ahead: bool = True
    """Decode in a process beside each worker, where there are cores for them."""
    rebuild: bool = False
    """Read nothing, but build the view anew from the recovery store; settings stay as the store has them."""
    metrics: MetricsAddress | None = None
    """Where metrics are served: the supervisor's a port below; None: nowhere."""
    replace_view: bool = False
    """The view of another recovery store may be replaced, whatever this one has of the past."""

    def stopped_status(self, by: int | None) -> int:
        """The exit status of this run when the signal `by` has stopped it before its end (contract §8)."""
        has_end = bool(self.files) or self.rebuild
        return 128 + (by or signal.SIGINT) if has_end else 0

    def place_at_store(self, index: int) -> tuple[int, int]:
        """Which of how many workers that share the files in its folder a worker is; alone in its own on a machine of a
        cluster of several.
        """
        return (0, 1) if self.addresses else (index, self.workers)


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What the start of a run found out, or settled."""

    run: int
    """Its number."""
    store: str
    """The id of the recovery store."""
    mode: Mode
    rebuild: bool
    """Whether the state has to be told again, whole."""
    targets: dict[str, int]
    """Next positions to be reached before an old view is replaced, or a new one is whole."""
