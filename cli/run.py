"""`lasttouch run`: the dataflow, from Kafka until stopped or from files to their end (contract §7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.options import (
    MetricsHost,
    OptionalKafka,
    RecoveryDir,
    RedisUrl,
    ReplaceView,
    RowDays,
    SettingsPath,
    row_days,
)
from cli.progress import bytes_progress
from cli.topic_options import takes_topics
from config import addresses
from config.cluster_place import cluster_place
from config.crash_traces import leave_crash_traces
from config.durations import duration_ms
from config.errors import UserError
from config.kernels_switch import kernels_are_on
from config.logs import configure_logs
from config.metrics_address import METRICS_HOST_DEFAULT, METRICS_PORT, METRICS_PORT_DEFAULT, metrics_address
from config.stopping import StopRequest
from connectors.files.dead_letters import dead_letter_file
from connectors.kafka.topics import TopicNames
from dataflows.run.plan import EPOCH_S, Plan
from dataflows.run.runner import run as run_plan
from dataflows.run.tally import end_line
from dataflows.run.worker import FileProgress

WORKERS_MAX = 64

Files = Annotated[list[Path] | None, typer.Argument(metavar="[FILE…]", help="JSON Lines, plain, .gz or .zst.")]
Workers = Annotated[int, typer.Option("--workers", metavar="N", help="Worker processes.")]
Process = Annotated[
    int | None,
    typer.Option(
        "--process",
        envvar=addresses.PROCESS,
        metavar="I",
        help="Which process of a cluster over several machines this is, from 0. With --addresses.",
    ),
]
Addresses = Annotated[
    str | None,
    typer.Option(
        "--addresses",
        envvar=addresses.ADDRESSES,
        metavar="HOST:PORT,…",
        help="Where the processes of the cluster reach each other, the same list for all; its length is their number.",
    ),
]
EpochSeconds = Annotated[
    float, typer.Option("--epoch-seconds", metavar="S", help="Seconds between two snapshots of the state.")
]
ForgetAfter = Annotated[
    str,
    typer.Option(
        "--forget-after",
        envvar=addresses.FORGET_AFTER,
        metavar="24h",
        help="How far forgetting runs behind the wall clock: what arrives within it, in any order, is counted in full."
        " 0: at once, for sorted histories larger than memory.",
    ),
]
RunMetricsPort = Annotated[
    int | None,
    typer.Option(
        "--metrics-port",
        envvar=METRICS_PORT,
        metavar="PORT",
        help=f"Worker i serves /metrics on PORT + i, the supervisor on PORT - 1; 0: none. Without it"
        f" {METRICS_PORT_DEFAULT}, and none with files.",
    ),
]
DeadLettersMax = Annotated[
    str | None,
    typer.Option(
        "--dead-letters-max",
        envvar=addresses.DEAD_LETTERS_MAX,
        metavar="SHARE",
        help="Stop when more of the last 10,000 events than this are refused: 0.05 or 5%. Without it, never.",
    ),
]


@takes_topics
def run(  # noqa: PLR0913, PLR0917 - a flag each
    files: Files = None,
    workers: Workers = 1,
    process: Process = None,
    addresses_of_all: Addresses = None,
    redis_url: RedisUrl = addresses.REDIS_URL_DEFAULT,
    kafka_bootstrap_servers: OptionalKafka = None,
    settings: SettingsPath = None,
    recovery_dir: RecoveryDir = Path(addresses.RECOVERY_DIR_DEFAULT),
    epoch_seconds: EpochSeconds = EPOCH_S,
    row_retention_days: RowDays = addresses.ROW_RETENTION_DAYS_DEFAULT,
    forget_after: ForgetAfter = addresses.FORGET_AFTER_DEFAULT,
    dead_letters_max: DeadLettersMax = None,
    metrics_host: MetricsHost = METRICS_HOST_DEFAULT,
    metrics_port: RunMetricsPort = None,
    replace_view: ReplaceView = False,
    *,
    topics: TopicNames,
) -> int:
    """The dataflow: from Kafka until stopped, or from JSON Lines files until their end.

    Runs with the same recovery directory continue each other, also after a crash. --workers is for one machine,
    --process and --addresses are for several, each with a recovery directory of its own.
    """
    configure_logs()
    leave_crash_traces()
    if not 1 <= workers <= WORKERS_MAX:
        raise UserError(f"--workers: {workers} is not a number of workers; give 1 to {WORKERS_MAX}")
    place = cluster_place(process, addresses_of_all)
    if place is not None and workers > 1:
        raise UserError(
            f"--workers: {workers} are for one machine; in a cluster each process is one worker: list more --addresses"
        )
    if not 0.05 <= epoch_seconds <= 3_600:
        raise UserError(f"--epoch-seconds: {epoch_seconds} is out of range; give 0.05 to 3600")
    kernels_are_on()
    paths = files or []
    wants_metrics = not paths or metrics_port is not None
    metrics = metrics_address(metrics_host, metrics_port, METRICS_PORT_DEFAULT, below=1, above=workers - 1)
    for path in paths:
        if not path.is_file():
            raise UserError(f"FILE: {path} is not a file that is there")
    kafka = kafka_bootstrap_servers or (None if paths else addresses.KAFKA_BOOTSTRAP_SERVERS_DEFAULT)
    plan = Plan(
        files=tuple(str(path.absolute()) for path in paths),
        redis_url=redis_url,
        kafka=kafka,
        settings=str(settings) if settings else None,
        recovery_dir=str(recovery_dir),
        topic_names=topics,
        epoch_s=epoch_seconds,
        row_days=row_days(row_retention_days),
        forget_after_ms=duration_ms("--forget-after", forget_after),
        dead_letters_max=_share(dead_letters_max),
        workers=workers,
        metrics=metrics if wants_metrics else None,
        process=place.process if place else 0,
        addresses=place.addresses if place else (),
        replace_view=replace_view,
    )
    stop = StopRequest()
    if not paths:
        run_plan(plan, stop=stop)
        return plan.stopped_status(stop.by)
    with _file_progress(paths) as on_progress:
        ended = run_plan(plan, on_progress=on_progress, stop=stop)
    if not ended.finished:
        return plan.stopped_status(stop.by)
    dead_letters = f"topic {plan.topic_names.dead_letters}" if kafka else dead_letter_file(recovery_dir)
    typer.echo(end_line(ended.counts, dead_letters, starts=ended.starts))
    return 0


@contextmanager
def _file_progress(paths: list[Path]) -> Iterator[FileProgress]:
    """A bar over all files together."""
    read: dict[Path, int] = {}
    with bytes_progress("run", sum(path.stat().st_size for path in paths)) as tell:

        def on_progress(path: Path, done: int, size: int) -> None:
            del size
            read[path] = done
            tell(sum(read.values()))

        yield on_progress


def _share(text: str | None) -> float | None:
    """A share as 0.05 or 5%."""
    if text is None or not text.strip():
        return None
    number = text.strip().removesuffix("%")
    try:
        share = float(number) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UserError(f"--dead-letters-max: {text} is not a share; give one such as 0.05 or 5%")
    return share
