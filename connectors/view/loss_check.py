"""Whether Redis still has what a run wrote: a mark beside the view, which changes with everything that is written.

Whatever takes writes back takes the mark's last change back too: an emptied Redis, one that started again from an older
dump, a replica that took over before it had everything.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import redis

from config.stopping import StopRequest
from connectors.view.cluster_client import as_cluster
from connectors.view.layout import RUN_KEY
from connectors.view.waiting import waiting
from connectors.view.writes import Fenced, ViewLost

# ARGV: partition, run, the mark as it has to be ("": whatever it is), as it is to be from now on, and the store whose
# view it has to be ("": whatever it is). A mark that is as it is to be already: the answer to the first try was lost.
_SCRIPT: Final = """
local number, mark, view = unpack(redis.call('HMGET', KEYS[1], 'number', 'mark:' .. ARGV[1], 'view:' .. ARGV[1]))
local marked = tonumber(string.match(mark or '', '^(%d+):') or '-1')
if math.max(tonumber(number or '-1'), marked) > tonumber(ARGV[2]) then return 'FENCED' end
if ARGV[3] ~= '' and mark ~= ARGV[3] and mark ~= ARGV[4] then return 'LOST' end
if ARGV[5] ~= '' and view ~= ARGV[5] then return 'LOST' end
if mark ~= ARGV[4] then redis.call('HSET', KEYS[1], 'mark:' .. ARGV[1], ARGV[4]) end
return 'OK'
"""


# ARGV: partition, run, the mark that the run begins with; run and writes of the mark that Redis has to have at least.
_BEGIN_SCRIPT: Final = """
local number, mark = unpack(redis.call('HMGET', KEYS[1], 'number', 'mark:' .. ARGV[1]))
if tonumber(number or '-1') > tonumber(ARGV[2]) then return 'FENCED' end
local run, writes = string.match(mark or '', '^(%d+):(%d+)$')
run, writes = tonumber(run or '0'), tonumber(writes or '0')
local least_run, least_writes = tonumber(ARGV[4]), tonumber(ARGV[5])
if run < least_run or (run == least_run and writes < least_writes) then return 'LOST' end
redis.call('HSET', KEYS[1], 'mark:' .. ARGV[1], ARGV[3])
return 'OK'
"""


class Mark(NamedTuple):
    """A mark. Of two, the one with the greater run has seen more, and of one run the one with more writes."""

    run: int
    writes: int


NO_MARK: Final = Mark(0, 0)
"""Nothing has to have been written."""


class ViewMark:
    """The mark of one sink partition: field `mark:<part>` of `lasttouch:run`.

    All of it waits while Redis is away, and raises `ViewLost` and `Fenced`.
    """

    def __init__(self, client: redis.Redis, stop: StopRequest, *, partition: str, run: int, store: str) -> None:
        """`run`: the number of this run. `store`: the id of its recovery store."""
        self._script = client.register_script(_SCRIPT)
        self._begin_script = client.register_script(_BEGIN_SCRIPT)
        self._stop = stop
        self._partition, self._run, self._store = partition, run, store
        self._writes = 0
        # The nodes of a cluster lose writes one by one, and the mark is in one of them.
        self._cluster = as_cluster(client)
        self._masters: frozenset[str] | None = None

    @property
    def value(self) -> Mark:
        """The mark as it stands."""
        return Mark(self._run, self._writes)

    def begin(self, least: Mark = NO_MARK) -> None:
        """A run begins to write. `least`: what Redis must have seen, as the recovery store knows.

        A mark that this run has set already is its own: the answer to the first try was lost.
        """
        arguments = (self._partition, self._run, self._mark(), least.run, least.writes)
        self._require_same_nodes()
        self._judge(waiting(lambda: self._begin_script(keys=[RUN_KEY], args=arguments), self._stop))

    def advance(self, *, is_shown: bool) -> None:
        """All that was written is still there, and the mark is another from here on. `is_shown`: readers see what this
        run writes.

        Called before something is written and after it: a dump from before it has another mark, also if it comes back
        before the second call.
        """
        before = self._mark()
        self._writes += 1
        self._call(before, self._mark(), is_shown=is_shown)

    def check(self, *, is_shown: bool) -> None:
        """All that was written is still there, and nobody asked for it to be written anew."""
        self._call(self._mark(), self._mark(), is_shown=is_shown)

    def _require_same_nodes(self) -> None:
        """No replica has taken another node's place: it may not have had everything."""
        if self._cluster is None:
            return
        masters = waiting(self._cluster.masters, self._stop)
        before, self._masters = self._masters, masters
        if before is not None and before != masters:
            raise ViewLost("another node of the Redis Cluster has taken over, maybe without all that this run wrote")

    def _mark(self) -> str:
        return f"{self._run}:{self._writes}"

    def _call(self, before: str, after: str, *, is_shown: bool) -> None:
        store = self._store if is_shown else ""
        arguments = (self._partition, self._run, before, after, store)
        self._require_same_nodes()
        self._judge(waiting(lambda: self._script(keys=[RUN_KEY], args=arguments), self._stop))

    def _judge(self, answer: object) -> None:
        match answer:
            case b"FENCED" | "FENCED":
                raise Fenced(f"a newer run of lasttouch writes to this Redis; this one, {self._run}, ends")
            case b"LOST" | "LOST":
                raise ViewLost("Redis has lost what this run wrote, or the view is to be built anew")
