"""What handlers need of the world outside, made once when the server starts."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final, Literal

import redis

from api.coalesced_answers import CoalescedAnswers
from api.dataflow import Dataflow
from api.known_tokens import KnownTokens
from api.server_metrics import ServerMetrics
from api.streams import OpenStreams
from config.http_limits import HttpLimits
from config.settings_file import SettingsFile
from connectors.kafka.topics import BrokerUnavailable, TopicNames, check_broker
from reports.account import AccountView, read_account
from reports.kept_campaigns import KeptUpToDate

KAFKA_TIMEOUT_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Doors:
    """The same for all requests; everything in it may be used from several threads."""

    redis: redis.Redis
    """Of `connectors.view.client.reading_client`: it fails while Redis is away, and goes well after."""
    settings: SettingsFile
    """What accounts that the view does not know begin with."""
    tokens: KnownTokens
    kafka: str | None
    """host:port of some brokers, comma-separated; None: this server reads only."""
    topics: TopicNames
    public_url: str | None
    """How others reach this server."""
    limits: HttpLimits = field(default_factory=HttpLimits)
    dataflow: Dataflow = field(default_factory=Dataflow)
    """It is asked what the view does not show."""
    streams: OpenStreams = field(default_factory=OpenStreams)
    """Answers that do not end by themselves join it."""
    metrics: ServerMetrics = field(default_factory=ServerMetrics)
    campaigns: KeptUpToDate = field(init=False)
    """Reads the figures of campaigns, and of those only what was written since."""
    coalesced: CoalescedAnswers = field(default_factory=CoalescedAnswers)
    """What many ask at the same time is found out once."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "campaigns", KeptUpToDate(self.redis))

    def account_view(self, account: str) -> AccountView:
        """The account as Redis shows it; one round trip."""
        return read_account(self.redis, account, self.settings.of(account))

    def kafka_state(self) -> Literal["ok", "away", "none"]:
        """Whether a broker answers; `none`: none is configured."""
        if self.kafka is None:
            return "none"
        try:
            check_broker(self.kafka, KAFKA_TIMEOUT_S)
        except BrokerUnavailable:
            return "away"
        return "ok"


def wall_clock_ms() -> int:
    """Now, in ms since the epoch."""
    return time.time_ns() // 1_000_000
