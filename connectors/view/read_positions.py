"""How far any run has read, kept in Redis beside the view that it speaks of.

`lasttouch:positions` hash
    <unit>          the next position of a file or topic partition after all that any run has read of it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import redis

from config.stopping import StopRequest
from connectors.view.layout import PREFIX, texts_of
from connectors.view.waiting import waiting

POSITIONS_KEY: Final = PREFIX + "positions"

ALL_UNITS: Final = "*"
"""In `Positions`' targets: every unit that has none of its own."""
EVERYTHING: Final = 2**62
"""A target that only the end of a file or of a topic partition reaches."""

_Value: TypeAlias = "bytes | bytearray | memoryview[int] | str | int | float"


def noted_positions(client: redis.Redis) -> dict[str, int]:
    """By unit, the next position after all that any run has read of it. Raises what the client raises."""
    return {unit: int(position) for unit, position in texts_of(client.hgetall(POSITIONS_KEY)).items()}


class Positions:
    """`connectors.sources.raw_lines.ReadNotes`, kept in Redis beside the view that they speak of."""

    def __init__(self, client: redis.Redis, stop: StopRequest, targets: Mapping[str, int] | None = None) -> None:
        """`targets`: next positions to be reached whatever the notes say; `ALL` stands for every unit."""
        self._client = client
        self._stop = stop
        self._targets = dict(targets or {})
        self._noted = waiting(lambda: noted_positions(client), stop)

    def high_water(self, unit: str) -> int:
        """See `ReadNotes`."""
        return max(self._noted.get(unit, 0), self._targets.get(unit, self._targets.get(ALL_UNITS, 0)))

    def read_to(self, positions: Mapping[str, int]) -> None:
        """See `ReadNotes`."""
        further: dict[_Value, _Value] = {unit: at for unit, at in positions.items() if at > self._noted.get(unit, 0)}
        if further:
            waiting(lambda: self._client.hset(POSITIONS_KEY, mapping=further), self._stop)
            self._noted.update({unit: max(at, self._noted.get(unit, 0)) for unit, at in positions.items()})
