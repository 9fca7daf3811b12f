"""What one run keeps in Redis about itself: its number, and whether the view is its own.

`lasttouch:run` hash
    number          counts the starts; a writer with a smaller one than an account's `fence` must not write
    view:<part>     the id of the recovery store that the keys of this sink partition were written from; without it,
                    the run that is live builds them anew
    mark:<part>     changes with everything that is written of a sink partition (`connectors.view.loss_check`)
    catching_up     "1" while a restart or an import is under way, else "0"
    building        "1" while a view that is new is not whole yet, because what was there at its start is being read
    behind:<what>   there while a source has not caught up, or a sink partition holds its writes back or, of a new view,
                    has not written all that was there
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from typing import Final, cast

import redis

from config.stopping import StopRequest
from connectors.view.client import writing_client
from connectors.view.layout import PREFIX, RUN_KEY, text_of, texts_of
from connectors.view.waiting import waiting

SINK_PARTITIONS: Final[tuple[str, ...]] = tuple(f"{number:02d}" for number in range(8))
"""Accounts are dealt to these, so that each account has one writer; fixed for the life of a recovery store."""

BUILDING: Final = "building"

# Takes ARGV[2..] out of (ARGV[1] = "0") or into ("1") what is behind, and says what follows for `catching_up`.
_BEHIND_SCRIPT: Final = """
for i = 2, #ARGV do
  if ARGV[1] == '1' then redis.call('HSET', KEYS[1], 'behind:' .. ARGV[i], '1')
  else redis.call('HDEL', KEYS[1], 'behind:' .. ARGV[i]) end
end
local catching_up = '0'
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 7) == 'behind:' then catching_up = '1' end
end
redis.call('HSET', KEYS[1], 'catching_up', catching_up)
if catching_up == '0' then redis.call('HDEL', KEYS[1], 'building') end
return catching_up
"""


# Sets the field ARGV[2] to ARGV[3], unless a run with a greater number than ARGV[1] has begun.
_OWN_SCRIPT: Final = """
if tonumber(redis.call('HGET', KEYS[1], 'number') or '-1') > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return 1
"""

# The number of a new run: greater than that of every run that Redis knows of, and than ARGV[1].
_BEGIN_SCRIPT: Final = """
local number = math.max(tonumber(redis.call('HGET', KEYS[1], 'number') or '0'), tonumber(ARGV[1])) + 1
redis.call('HSET', KEYS[1], 'number', number, 'catching_up', '1')
return number
"""

# Keeps writers with a smaller number than ARGV[1] out of an account.
_FENCE_SCRIPT: Final = """
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
return 1
"""


class Mode(StrEnum):
    """What the view in Redis is to this run."""

    FRESH = "fresh"
    """Nothing is there: what is counted can be shown as it grows."""
    RESUME = "resume"
    """It was written from this recovery store: held back until the stream has caught up with it."""
    REPLACE = "replace"
    """It is another store's, or lost: all is built aside, and takes its place when it is complete."""


class RunStatus:
    """The hash of the run, as its processes write it."""

    def __init__(self, client: redis.Redis, stop: StopRequest) -> None:
        self._client = client
        self._stop = stop
        self._behind = client.register_script(_BEHIND_SCRIPT)
        self._own = client.register_script(_OWN_SCRIPT)
        self._begin = client.register_script(_BEGIN_SCRIPT)
        self._fence = client.register_script(_FENCE_SCRIPT)

    def begin(self, last: int = 0) -> int:
        """A new run starts, and is catching up from then on: its number. What an earlier run left behind is forgotten.

        `last`: the number of the last run of the same recovery store. Redis may have gone back to before it, and no two
        runs may have one number. From here on no earlier run can write to an account that has been written to.
        """

        def call() -> int:
            stale = [field for field in self._fields() if field.startswith("behind:")]
            if stale:
                self._client.hdel(RUN_KEY, *stale)
            fences = list(map(text_of, self._client.scan_iter(match=PREFIX + "{*}:fence", count=1_000)))
            highest = max([last, *(self._number_in(key) for key in fences)])
            number = int(cast("int", self._begin(keys=[RUN_KEY], args=[highest])))
            for key in fences:
                self._fence(keys=[key], args=[number])
            return number

        return waiting(call, self._stop)

    def _number_in(self, fence: str) -> int:
        number = self._client.get(fence)
        return 0 if number is None else int(number)

    def mode(self, store: str) -> Mode:
        """What the view is to the recovery store of this id."""
        fields = waiting(self._fields, self._stop)
        views = {fields.get(f"view:{part}") for part in SINK_PARTITIONS}
        if views == {store}:
            return Mode.RESUME
        if views != {None}:
            return Mode.REPLACE
        found = waiting(lambda: next(iter(self._client.scan_iter(match=PREFIX + "{*", count=1_000)), None), self._stop)
        return Mode.FRESH if found is None else Mode.REPLACE

    def _fields(self) -> dict[str, str]:
        return texts_of(self._client.hgetall(RUN_KEY))

    def behind(self, what: Iterable[str]) -> None:
        """These have something to catch up with."""
        waiting(lambda: self._behind(keys=[RUN_KEY], args=["1", *what]), self._stop)

    def build(self) -> None:
        """The view is new: it is whole once nothing is behind."""
        waiting(lambda: self._client.hset(RUN_KEY, BUILDING, "1"), self._stop)

    def caught_up(self, what: Iterable[str]) -> None:
        """These have caught up."""
        waiting(lambda: self._behind(keys=[RUN_KEY], args=["0", *what]), self._stop)

    def forget_views(self) -> None:
        """Have the run that is live build the view anew."""
        fields = [f"view:{part}" for part in SINK_PARTITIONS]
        waiting(lambda: self._client.hdel(RUN_KEY, *fields), self._stop)

    def shown(self, store: str) -> tuple[int, int]:
        """The number of the last run (0: none), and how many sink partitions show what the store of this id says."""
        fields = waiting(self._fields, self._stop)
        views = (fields.get(f"view:{part}") for part in SINK_PARTITIONS)
        return int(fields.get("number", 0)), sum(view == store for view in views)

    def own_view(self, partition: str, store: str, run: int) -> None:
        """The keys of a sink partition are now what the store of this id says; not so once a newer run has begun."""
        waiting(lambda: self._own(keys=[RUN_KEY], args=[run, f"view:{partition}", store]), self._stop)


@contextmanager
def run_status(redis_url: str, stop: StopRequest) -> Iterator[RunStatus]:
    """The status of a run for somebody who has no client of Redis at hand."""
    with closing(writing_client(redis_url)) as client:
        yield RunStatus(client, stop)
