"""What a server has of Kafka: the producer that everything written goes through, and the segments."""

from __future__ import annotations

from typing import Final

from api.problems import unavailable
from connectors.kafka.event_producer import EventProducer
from connectors.kafka.segments import FollowedSegments
from connectors.kafka.topics import TopicNames

_CLOSE_S: Final = 1.0
"""Whoever sent something has his answer by then."""


class Kafka:
    """Opened when the server starts, closed when it has answered everybody; also where no broker is there."""

    def __init__(self, bootstrap_servers: str | None, topics: TopicNames) -> None:
        """`bootstrap_servers` None: this server reads only."""
        self._bootstrap_servers = bootstrap_servers
        self.topics = topics
        self._producer: EventProducer | None = None
        self._segments: FollowedSegments | None = None

    def open(self) -> None:
        """Begin to look for a broker, and to read segments."""
        if self._bootstrap_servers is not None:
            self._producer = EventProducer(self._bootstrap_servers, self.topics)
            self._segments = FollowedSegments(self._bootstrap_servers, self.topics, self._producer)

    def close(self) -> None:
        """Finish what was begun."""
        if self._segments is not None:
            self._segments.close()
        if self._producer is not None:
            self._producer.close(_CLOSE_S)

    @property
    def bootstrap_servers(self) -> str:
        """Raises `Problem` where none are configured."""
        if self._bootstrap_servers is None:
            raise unavailable("no_kafka")
        return self._bootstrap_servers

    @property
    def producer(self) -> EventProducer:
        """Raises `Problem` where no Kafka is configured."""
        if self._producer is None:
            raise unavailable("no_kafka")
        return self._producer

    @property
    def segments(self) -> FollowedSegments:
        """Raises `Problem` where no Kafka is configured."""
        if self._segments is None:
            raise unavailable("no_kafka")
        return self._segments
