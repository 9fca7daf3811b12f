"""`lasttouch serve`: the HTTP API and the dashboard (docs/http.md, docs/dashboard.md)."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from prometheus_client import ProcessCollector

from api.app import build_app
from api.doors import Doors
from api.known_tokens import KnownTokens
from api.money_metrics import MoneyMetrics
from api.server import listen, url_of
from api.server import serve as serve_app
from api.streams import OpenStreams
from cli.options import MetricsHost, OptionalKafka, RedisUrl, SettingsPath, TokensPath
from cli.topic_options import takes_topics
from config import addresses, server_addresses
from config.crash_traces import leave_crash_traces
from config.errors import UserError
from config.http_limits import http_limits, trusted_proxies
from config.logs import configure_logs
from config.metrics_address import (
    METRICS_HOST_DEFAULT,
    SERVE_METRICS_PORT,
    SERVE_METRICS_PORT_DEFAULT,
    metrics_address,
    money_limits,
)
from config.settings_file import load_settings_file
from connectors.kafka.topics import TopicNames
from connectors.metrics.endpoint import claim
from connectors.metrics.series import registry
from connectors.view.client import reading_client

Host = Annotated[
    str, typer.Option("--host", envvar=server_addresses.HTTP_HOST, metavar="HOST", help="The address to listen on.")
]
Port = Annotated[
    int,
    typer.Option("--port", envvar=server_addresses.HTTP_PORT, metavar="PORT", help="Its port; 0: any that is free."),
]
PublicUrl = Annotated[
    str | None,
    typer.Option(
        "--public-url",
        envvar=server_addresses.PUBLIC_URL,
        metavar="URL",
        help="How others reach it; by default as it listens.",
    ),
]

ServeMetricsPort = Annotated[
    int | None,
    typer.Option(
        "--metrics-port",
        envvar=SERVE_METRICS_PORT,
        metavar="PORT",
        help=f"Where /metrics is served; 0: nowhere. Without it {SERVE_METRICS_PORT_DEFAULT}.",
    ),
]


@takes_topics
def serve(  # noqa: PLR0913, PLR0917 - a flag each
    host: Host = server_addresses.HTTP_HOST_DEFAULT,
    port: Port = server_addresses.HTTP_PORT_DEFAULT,
    redis_url: RedisUrl = addresses.REDIS_URL_DEFAULT,
    kafka_bootstrap_servers: OptionalKafka = None,
    settings: SettingsPath = None,
    tokens: TokensPath = None,
    public_url: PublicUrl = None,
    metrics_host: MetricsHost = METRICS_HOST_DEFAULT,
    metrics_port: ServeMetricsPort = None,
    *,
    topics: TopicNames,
) -> int:
    """The HTTP API (/docs) and the dashboard (/), to whoever has a token.

    It keeps nothing that could be lost: several can run side by side. Without
    --kafka-bootstrap-servers it reads only. Prints its address.
    """
    configure_logs("INFO")
    leave_crash_traces()
    if tokens is None or not tokens.exists():
        named = "no tokens file is named" if tokens is None else f"{tokens} does not exist"
        raise UserError(
            f"--tokens: {named}; make one with `lasttouch token create --tokens FILE --account A --role admin`"
        )
    if not 0 <= port <= addresses.PORT_MAX:
        raise UserError(f"--port: {port} is not a port; give 0 to {addresses.PORT_MAX}")
    if public_url and not public_url.startswith(("http://", "https://")):
        raise UserError(f"--public-url: {public_url[:60]!r} is no address of a server; write one such as https://HOST")
    measured_at = metrics_address(metrics_host, metrics_port, SERVE_METRICS_PORT_DEFAULT)
    limits, proxies = http_limits(os.environ), trusted_proxies(os.environ)
    doors = Doors(
        redis=reading_client(redis_url),
        settings=load_settings_file(settings),
        tokens=KnownTokens(tokens),
        kafka=kafka_bootstrap_servers or None,
        topics=topics,
        public_url=public_url or None,
        limits=limits,
        streams=OpenStreams(limits.live_readers_max),
    )
    money = MoneyMetrics(reading_client(redis_url), money_limits(os.environ))
    for endpoint in claim(measured_at, range(measured_at.port, measured_at.port + 1)) if measured_at else []:
        made = registry(lambda: doors.metrics.families(doors.streams), money.families)
        ProcessCollector(registry=made)
        endpoint.answer_from(made)
    bound = listen(host, port)
    typer.echo(url_of(bound))
    serve_app(build_app(doors), bound, limits, doors.streams, proxies)
    return 0
