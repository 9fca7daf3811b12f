"""Hashes that are read once and kept until the server says that somebody has written them.

Redis remembers for a connection which keys it has read, and tells when one is written, deleted or flushed, whoever
does it (`CLIENT TRACKING`, Redis 6 and every Valkey). What it tells goes to a second connection, which this one is
redirected to. An answer to PING there comes behind everything that was told before it: so after a PING, what is still
kept is what stands in the server at that instant, and nothing else is ever given out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, Protocol, cast

import redis

from connectors.view.cluster_client import as_cluster


class KeptHash(NamedTuple):
    """A hash as the server answers, in any order; it is absent if empty. Given out more than once: never changed."""

    fields: list[bytes]
    """The same object as of the reading before, where the server answered with the same fields in the same places."""
    values: list[bytes]
    """Of the fields, in their order."""


FIELDS_KEPT_MAX: Final = 1_000_000
"""Some 100 MB: a month of four accounts of a thousand campaigns."""

_TOLD_ON: Final = "__redis__:invalidate"
_HASHES_PER_TRIP: Final = 4


class _Connection(Protocol):
    def connect(self) -> None: ...
    def disconnect(self) -> None: ...
    def send_command(self, *words: str | bytes | int) -> None: ...
    def pack_commands(self, commands: Sequence[tuple[str, ...]]) -> list[bytes]: ...
    def send_packed_command(self, command: list[bytes]) -> None: ...
    def read_response(self) -> object: ...


class _Connections(NamedTuple):
    """One that reads, and one that is told."""

    reading: _Connection
    told: _Connection


class UntrackedHashes:
    """The same of a Redis Cluster, where each node would have to be listened to: all is read anew each time."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def read(self, keys: Sequence[str]) -> Iterator[KeptHash]:
        """The hash at each key, in order; an absent one is empty."""
        for start in range(0, len(keys), _HASHES_PER_TRIP):
            pipeline = self._client.pipeline(transaction=False)
            for key in keys[start : start + _HASHES_PER_TRIP]:
                pipeline.hgetall(key)
            for found in pipeline.execute():
                yield KeptHash(list(found), list(found.values()))

    def close(self) -> None:
        """Nothing is kept."""


def kept_hashes(client: redis.Redis, fields_kept_max: int) -> TrackedHashes | UntrackedHashes:
    """What reads hashes again and again from the server, or the servers, of this client."""
    return TrackedHashes(client, fields_kept_max) if as_cluster(client) is None else UntrackedHashes(client)


class TrackedHashes:
    """Reads for one thread at a time. Failures of the server are `redis.RedisError`; a later call connects anew."""

    def __init__(self, client: redis.Redis, fields_kept_max: int = FIELDS_KEPT_MAX) -> None:
        """`client`: of whose server; its own connections are not used."""
        self._pool = client.connection_pool
        self._fields_kept_max = fields_kept_max
        self._kept: OrderedDict[str, KeptHash] = OrderedDict()
        self._written: set[str] = set()
        """Keys of `_kept` that were written since."""
        self._fields_kept = 0
        self._names: dict[bytes, bytes] = {}
        self._connections: _Connections | None = None

    def read(self, keys: Sequence[str]) -> Iterator[KeptHash]:
        """The hash at each key, in order, as it is at the call or later; an absent one is empty.

        A hash that has not been written since it was given out last is the same object.
        """
        self._hear_what_was_written()
        known = {key: self._kept[key] for key in keys if key in self._kept and key not in self._written}
        missing = [key for key in keys if key not in known]
        fresh = self._read_anew(missing)
        for key in keys:
            if key in known:
                if key in self._kept:
                    self._kept.move_to_end(key)
                yield known[key]
            else:
                yield next(fresh)

    def close(self) -> None:
        """Let go of the connections and of all that is kept."""
        if self._connections is not None:
            for connection in self._connections:
                connection.disconnect()
        self._connections = None
        self._kept.clear()
        self._written.clear()
        self._names.clear()
        self._fields_kept = 0

    def _hear_what_was_written(self) -> None:
        """Connects where nothing is connected, or no longer."""
        if self._connections is not None:
            # A server, or a box on the way to it, may have closed what was idle.
            with suppress(redis.ConnectionError, redis.TimeoutError):
                self._connections.reading.send_command("PING")
                self._listen(self._connections.told)
                self._connections.reading.read_response()
                return
            self.close()
        self._connect()

    def _listen(self, told: _Connection) -> None:
        told.send_command("PING")
        while True:
            match told.read_response():
                case [b"message", _, None]:  # all of it is gone
                    self._written.update(self._kept)
                case [b"message", _, [*written]]:
                    keys = (cast("bytes", key).decode() for key in written)
                    self._written.update(key for key in keys if key in self._kept)
                case [b"pong", _]:
                    return
                case other:
                    raise redis.ConnectionError(f"{other!r} is no answer to PING")

    def _connect(self) -> None:
        # In version 3 of the protocol what is told would not come in turn with answers, and bytes are what is kept.
        given = {**self._pool.connection_kwargs, "protocol": 2, "decode_responses": False}
        reading, told = (cast("_Connection", self._pool.connection_class(**given)) for _ in range(2))
        self._connections = connections = _Connections(reading, told)
        try:
            for connection in connections:
                connection.connect()
            connections.told.send_command("CLIENT", "ID")
            number = cast("int", connections.told.read_response())
            connections.told.send_command("SUBSCRIBE", _TOLD_ON)
            connections.told.read_response()
            connections.reading.send_command("CLIENT", "TRACKING", "ON", "REDIRECT", number)
            connections.reading.read_response()
        except BaseException:
            self.close()
            raise

    def _read_anew(self, keys: Sequence[str]) -> Iterator[KeptHash]:
        for start in range(0, len(keys), _HASHES_PER_TRIP):
            trip = keys[start : start + _HASHES_PER_TRIP]
            yield from self._trip(trip)

    def _trip(self, keys: Sequence[str]) -> list[KeptHash]:
        if self._connections is None:
            raise redis.ConnectionError("the connection was closed while hashes were read")
        reading = self._connections.reading
        try:
            reading.send_packed_command(reading.pack_commands([("HGETALL", key) for key in keys]))
            answers = [cast("list[bytes]", reading.read_response()) for _ in keys]
        except BaseException:
            # Answers that are still to come would be taken for those of the next commands.
            self.close()
            raise
        return [self._keep(key, answer) for key, answer in zip(keys, answers, strict=True)]

    def _keep(self, key: str, answer: list[bytes]) -> KeptHash:
        fields, before = answer[::2], self._forget(key)
        if before is not None and before.fields == fields:
            fields = before.fields
        else:
            # The days of an account share most fields: each name is kept once.
            fields = list(map(self._names.setdefault, fields, fields))
        kept = self._kept[key] = KeptHash(fields, answer[1::2])
        self._fields_kept += _cost(kept)
        while self._fields_kept > self._fields_kept_max:
            self._forget(next(iter(self._kept)))
        if len(self._names) > 2 * self._fields_kept_max:
            self._names.clear()
        return kept

    def _forget(self, key: str) -> KeptHash | None:
        """Returns what was kept, also where it was written since."""
        self._written.discard(key)
        forgotten = self._kept.pop(key, None)
        if forgotten is not None:
            self._fields_kept -= _cost(forgotten)
        return forgotten


def _cost(kept: KeptHash) -> int:
    """What counts against the limit; an absent hash is kept, too."""
    return len(kept.fields) + 1
