"""`lasttouch doctor`: checks this machine and these addresses, a line each (contract §7)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cli.doctor import configuration, kafka_broker, machine, recovery, redis_server, view
from cli.doctor.finding import Finding, Verdict
from cli.options import KafkaBootstrapServers, RecoveryDir, RedisUrl, SettingsPath, TableOrJson, TokensPath
from cli.topic_options import takes_topics
from config import addresses
from config.errors import Negative
from config.logs import configure_logs
from connectors.kafka.topics import TopicNames


@takes_topics
def doctor(
    redis_url: RedisUrl = addresses.REDIS_URL_DEFAULT,
    kafka_bootstrap_servers: KafkaBootstrapServers = addresses.KAFKA_BOOTSTRAP_SERVERS_DEFAULT,
    settings: SettingsPath = None,
    recovery_dir: RecoveryDir = Path(addresses.RECOVERY_DIR_DEFAULT),
    tokens: TokensPath = None,
    shown: Annotated[
        TableOrJson, typer.Option("--format", help="A line each for people, or JSON for programs.")
    ] = TableOrJson.TABLE,
    *,
    topics: TopicNames,
) -> None:
    """Is this machine, and is what these addresses name, as a run wants it? Changes nothing.

    A line each: right, note (it works, but should be known) or wrong, and how to mend it. Ends with
    status 1 if something is wrong.
    """
    configure_logs("ERROR")
    found = _all(
        [
            lambda: machine.findings(recovery_dir),
            lambda: recovery.findings(recovery_dir),
            lambda: redis_server.findings(redis_url),
            lambda: view.findings(redis_url, recovery_dir),
            lambda: kafka_broker.findings(kafka_bootstrap_servers, topics),
            lambda: configuration.findings(settings, tokens, os.environ),
        ]
    )
    wrong = [finding.check for finding in found if finding.verdict is Verdict.WRONG]
    if shown is TableOrJson.JSON:
        typer.echo(msgspec.json.encode({"checks": found, "wrong": len(wrong)}))
    else:
        width = max(len(finding.check) for finding in found)
        for finding in found:
            typer.echo(finding.line(width))
    if wrong:
        raise Negative(f"doctor: {len(wrong)} of {len(found)} checks found something wrong: {', '.join(wrong)}")


def _listed(look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    return list(look())


def _all(looks: Sequence[Callable[[], Iterator[Finding]]]) -> list[Finding]:
    """All that is found, in this order. Looked for side by side: a server that is away takes seconds to be so."""
    with ThreadPoolExecutor(len(looks)) as pool:
        started = [pool.submit(_listed, look) for look in looks]
        return [finding for one in started for finding in one.result()]
