"""Where the processes of a cluster tell each other in Redis who they are: before they connect, and while they run.

`lasttouch:cluster:<number>`  string, expires: what a process says of itself
`lasttouch:cluster`           string, expires: what process 0 has settled for all
"""

from __future__ import annotations

from typing import Final

import redis

from connectors.view.layout import PREFIX

CLUSTER_KEY: Final = PREFIX + "cluster"
EXPIRES_S: Final = 10.0
"""After it was said last."""


class MemberKeys:
    """The keys as one process reads and writes them. All of it raises `redis.RedisError` while Redis is away."""

    def __init__(self, client: redis.Redis, count: int) -> None:
        """`count`: how many processes there are."""
        self._client = client
        self._count = count

    def say(self, number: int, said: bytes) -> None:
        """What a process says of itself, until it says something else."""
        self._client.set(_key(number), said, px=_EXPIRES_MS)

    def said(self) -> list[bytes | None]:
        """What each process says of itself; None: nothing, or too long ago."""
        pipeline = self._client.pipeline(transaction=False)
        for number in range(self._count):
            pipeline.get(_key(number))
        return pipeline.execute()

    def settle(self, settled: bytes) -> None:
        """What process 0 has settled."""
        self._client.set(CLUSTER_KEY, settled, px=_EXPIRES_MS)

    def settled(self) -> bytes | None:
        """What process 0 has settled; None: nothing, or too long ago."""
        found = self._client.get(CLUSTER_KEY)
        assert found is None or isinstance(found, bytes)
        return found

    def leave(self, number: int, *, keeps_settled: bool) -> None:
        """A process says nothing any more. `keeps_settled`: others still have to read what process 0 has settled."""
        self._client.delete(_key(number))
        if number == 0 and not keeps_settled:
            self._client.delete(CLUSTER_KEY)


_EXPIRES_MS: Final = int(EXPIRES_S * 1_000)


def _key(number: int) -> str:
    return f"{CLUSTER_KEY}:{number}"
