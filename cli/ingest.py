"""`lasttouch ingest`: files of events into the Kafka topics, and dead letters that have been put right."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cli.options import KafkaBootstrapServers, RedisUrl, SettingsPath
from cli.progress import bytes_progress
from cli.topic_options import takes_topics
from config.addresses import KAFKA_BOOTSTRAP_SERVERS_DEFAULT, REDIS_URL_DEFAULT
from config.errors import UserError
from config.logs import configure_logs
from connectors.kafka.event_routes import UNREADABLE
from connectors.kafka.ingest import Ingested, bytes_on_disk, ingest_files
from connectors.kafka.mended_letters import Mend, Resent, resend_files, resend_topic
from connectors.kafka.topics import TopicNames

DeadLetters = Annotated[
    bool,
    typer.Option(
        "--dead-letters",
        help="What was refused and fits by now goes in again: from the topic of dead letters, or from FILE….",
    ),
]
TooLate = Annotated[
    bool,
    typer.Option(
        "--too-late",
        help="With --dead-letters: also what came too late. What still is comes back as a dead letter.",
    ),
]

Account = Annotated[
    str | None,
    typer.Option(
        "--account",
        metavar="ACCOUNT",
        help="With --dead-letters FILE…: whose the letters of webhooks and of /api/ are; in the topic they say so.",
    ),
]


@takes_topics
def ingest(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE…", help="JSON Lines: plain, .gz or .zst.", show_default=False)
    ] = None,
    kafka_bootstrap_servers: KafkaBootstrapServers = KAFKA_BOOTSTRAP_SERVERS_DEFAULT,
    dead_letters: DeadLetters = False,
    too_late: TooLate = False,
    account: Account = None,
    redis_url: RedisUrl = REDIS_URL_DEFAULT,
    settings: SettingsPath = None,
    *,
    topics: TopicNames,
) -> None:
    """JSON Lines files into the Kafka topics, each event by its type; missing topics are made.

    With --dead-letters, what was refused and has been put right since (in the file, by its time having come, by a
    newer version of lasttouch) goes in again; says by code what is still refused. Twice changes nothing.
    """
    configure_logs()
    paths = files or []
    for flag, is_given in (("--too-late", too_late), ("--account", account is not None)):
        if is_given and not dead_letters:
            raise UserError(f"{flag}: belongs to --dead-letters; give both, or neither")
    if account is not None and not paths:
        raise UserError("--account: belongs to FILE…; in the topic each letter says its account, so leave it out")
    if dead_letters:
        # Only here: the doors of other systems are of no use to files of events.
        from cli.letter_mending import LetterMending

        mending = LetterMending(redis_url, settings, account, with_too_late=too_late)
        typer.echo(_resent(_resend(paths, kafka_bootstrap_servers, mending.mend, topics)))
        return
    if not paths:
        raise UserError("FILE…: none is given; name files of events, or give --dead-letters")
    total_bytes = bytes_on_disk(paths)
    with bytes_progress("ingest", total_bytes) as tell:
        ingested = ingest_files(paths, kafka_bootstrap_servers, names=topics, on_progress=tell)
    typer.echo(_summary(ingested, len(paths)))


def _resend(files: list[Path], bootstrap_servers: str, mend: Mend, topics: TopicNames) -> Resent:
    if not files:
        return resend_topic(bootstrap_servers, mend, names=topics)
    with bytes_progress("ingest", bytes_on_disk(files)) as tell:
        return resend_files(files, bootstrap_servers, mend, names=topics, on_progress=tell)


def _resent(resent: Resent) -> str:
    """One line: how many went in again, and why the others did not."""
    letters = resent.mended + resent.still_refused
    went_in = f" ({_counts(resent.events)})" if resent.events else ""
    refused = f": {_counts(resent.refused)}" if resent.refused else ""
    return (
        f"ingested {resent.mended:,} of {letters:,} dead letters{went_in}; "
        f"still refused {resent.still_refused:,}{refused}"
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counts.items())


def _summary(ingested: Ingested, files: int) -> str:
    """One line: how many events of which type went in, and how fast."""
    rate = ingested.total / max(ingested.seconds, 0.001)
    note = " (for the dead letters)" if UNREADABLE in ingested.events else ""
    return (
        f"ingested {ingested.total:,} events from {files} file{'s' if files > 1 else ''} "
        f"in {ingested.seconds:.1f} s ({rate:,.0f}/s): {_counts(ingested.events) or 'nothing'}{note}"
    )
