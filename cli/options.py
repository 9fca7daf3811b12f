"""The flags that several commands share, with the environment variables behind them (contract §7)."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from config import addresses, server_addresses
from config.errors import UserError
from config.kafka_address import check_bootstrap_servers
from config.metrics_address import METRICS_HOST
from config.redis_url import with_credentials
from state.settings import ORDER_RETENTION_MS
from state.times import DAY_MS


def _with_credentials(url: str) -> str:
    return with_credentials(url, os.environ)


RedisUrl = Annotated[
    str,
    typer.Option(
        "--redis-url",
        envvar=addresses.REDIS_URL,
        metavar="URL",
        help="Redis or Valkey.",
        callback=_with_credentials,
    ),
]
"""Give it the default `addresses.REDIS_URL_DEFAULT`."""


def _optional_brokers(servers: str | None) -> str | None:
    """None where it is given as empty, too: so it stands in files of variables."""
    return check_bootstrap_servers(servers) if servers else None


KafkaBootstrapServers = Annotated[
    str,
    typer.Option(
        "--kafka-bootstrap-servers",
        envvar=addresses.KAFKA_BOOTSTRAP_SERVERS,
        metavar="HOST:PORT,…",
        help="Some brokers of the Kafka cluster.",
        callback=check_bootstrap_servers,
    ),
]
"""Give it the default `addresses.KAFKA_BOOTSTRAP_SERVERS_DEFAULT`."""

OptionalKafka = Annotated[
    str | None,
    typer.Option(
        "--kafka-bootstrap-servers",
        envvar=addresses.KAFKA_BOOTSTRAP_SERVERS,
        metavar="HOST:PORT,…",
        help="Some brokers of the Kafka cluster. With `run FILE`: where attributions and dead letters go.",
        callback=_optional_brokers,
    ),
]
"""Give it the default None."""

SettingsPath = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        envvar=addresses.SETTINGS,
        metavar="FILE",
        help="The accounts' settings (TOML). Without it every account begins with the defaults.",
    ),
]
"""Give it the default None."""


def _folder(given: str | Path) -> Path:
    """Raises `UserError` for an empty text, which `Path` takes for the current folder: an unset variable of a shell."""
    if not str(given).strip():
        raise UserError("--recovery-dir: is empty; name a folder, or leave the option out")
    return Path(given)


RecoveryDir = Annotated[
    Path,
    typer.Option(
        "--recovery-dir",
        parser=_folder,
        envvar=addresses.RECOVERY_DIR,
        metavar="DIR",
        help="Where the dataflow keeps what it needs to go on after it was stopped or killed.",
    ),
]
"""Give it the default `Path(addresses.RECOVERY_DIR_DEFAULT)`."""

MetricsHost = Annotated[
    str,
    typer.Option("--metrics-host", envvar=METRICS_HOST, metavar="HOST", help="The address that /metrics is served on."),
]
"""Give it the default `METRICS_HOST_DEFAULT`."""

TokensPath = Annotated[
    Path | None,
    typer.Option("--tokens", envvar=server_addresses.TOKENS, metavar="FILE", help="Who may ask what over HTTP (TOML)."),
]
"""Give it the default None, and what is given to `tokens_path`."""

ReplaceView = Annotated[
    bool,
    typer.Option(
        "--replace-view", help="Replace a view in Redis that another recovery directory's run has written; it is lost."
    ),
]
"""Give it the default False."""


RowDays = Annotated[
    int,
    typer.Option(
        "--row-retention-days",
        envvar=addresses.ROW_RETENTION_DAYS,
        metavar="N",
        help="How many days of order rows stay in Redis, at most as many as orders are kept. Counters stay for good.",
    ),
]
"""Give it the default `addresses.ROW_RETENTION_DAYS_DEFAULT`, and what is given to `row_days`."""


def row_days(given: int) -> int:
    """How many days of order rows stay: no more than orders do (contract §8). Raises `UserError`."""
    most = ORDER_RETENTION_MS // DAY_MS
    if not 1 <= given <= most:
        raise UserError(f"--row-retention-days: {given} is out of range; give 1 to {most}")
    return given


def tokens_path(given: Path | None) -> Path:
    """The tokens file that was named. Raises `UserError` when none was."""
    if given is None:
        raise UserError(f"--tokens: no tokens file is named; give one, or set {server_addresses.TOKENS}")
    return given


class TableOrJson(StrEnum):
    """How a report that makes no spreadsheet is shown."""

    TABLE = "table"
    JSON = "json"
