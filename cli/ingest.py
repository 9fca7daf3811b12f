"""`lasttouch ingest`: files of events into the Kafka topics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.options import KafkaBootstrapServers
from cli.progress import bytes_progress
from cli.topic_options import takes_topics
from config.addresses import KAFKA_BOOTSTRAP_SERVERS_DEFAULT
from config.logs import configure_logs
from connectors.kafka.event_routes import UNREADABLE
from connectors.kafka.ingest import Ingested, bytes_on_disk, ingest_files
from connectors.kafka.topics import TopicNames


@takes_topics
def ingest(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="JSON Lines: plain, .gz or .zst.", show_default=False)
    ],
    kafka_bootstrap_servers: KafkaBootstrapServers = KAFKA_BOOTSTRAP_SERVERS_DEFAULT,
    *,
    topics: TopicNames,
) -> None:
    """JSON Lines files into the Kafka topics, each event by its type; missing topics are made."""
    configure_logs()
    total_bytes = bytes_on_disk(files)
    with bytes_progress("ingest", total_bytes) as tell:
        ingested = ingest_files(files, kafka_bootstrap_servers, names=topics, on_progress=tell)
    typer.echo(_summary(ingested, len(files)))


def _summary(ingested: Ingested, files: int) -> str:
    """One line: how many events of which type went in, and how fast."""
    by_type = ", ".join(f"{count:,} {kind}" for kind, count in ingested.events.items())
    rate = ingested.total / max(ingested.seconds, 0.001)
    note = " (for the dead letters)" if UNREADABLE in ingested.events else ""
    return (
        f"ingested {ingested.total:,} events from {files} file{'s' if files > 1 else ''} "
        f"in {ingested.seconds:.1f} s ({rate:,.0f}/s): {by_type or 'nothing'}{note}"
    )
