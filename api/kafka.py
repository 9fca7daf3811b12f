"""What a server has of Kafka: the producer that everything written goes through, and the segments."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from api.doors import wall_clock_ms
from api.problems import unavailable
from connectors.kafka.event_producer import EventProducer
from connectors.kafka.segments import FollowedSegments
from connectors.kafka.topics import TopicNames, topic_plans

THREADS: Final = 16
"""Handlers that read Kafka wait in one each: a broker that is away holds up nobody who wants nothing of it."""
_CLOSE_S: Final = 1.0
"""Whoever sent something has his answer by then."""

_Found = TypeVar("_Found")


class EventClock:
    """The times of events that this server makes: of two, the one made later is the later by its time, too."""

    def __init__(self) -> None:
        self._last_ms = 0
        self._lock = threading.Lock()

    def next_ms(self) -> int:
        """Now, or a moment later, where that was given out."""
        with self._lock:
            self._last_ms = max(wall_clock_ms(), self._last_ms + 1)
            return self._last_ms


class Kafka:
    """Opened when the server starts, closed when it has answered everybody; also where no broker is there."""

    def __init__(self, bootstrap_servers: str | None, topics: TopicNames) -> None:
        """`bootstrap_servers` None: this server reads only."""
        self._bootstrap_servers = bootstrap_servers
        self.topics = topics
        self.clock = EventClock()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="kafka")
        self._producer: EventProducer | None = None
        self._segments: FollowedSegments | None = None

    def open(self) -> None:
        """Begin to look for a broker, and to read segments."""
        if self._bootstrap_servers is not None:
            written = (*self.topics.inputs, self.topics.dead_letters)
            plans = [plan for plan in topic_plans(self.topics) if plan.name in written]
            self._producer = EventProducer(self._bootstrap_servers, self.topics, plans)
            self._segments = FollowedSegments(self._bootstrap_servers, self.topics, self._producer)

    def close(self) -> None:
        """Finish what was begun."""
        if self._segments is not None:
            self._segments.close()
        if self._producer is not None:
            self._producer.close(_CLOSE_S)

    async def in_thread(self, read: Callable[[], _Found]) -> _Found:
        """What `read` returns, which waits for the broker. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, read)

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
