"""The commands that write to the view, and the script that applies those of an account at once.

The script checks the run's number first, so that a writer of an older run cannot overwrite what a newer one wrote,
and finds out if the data that this run had written is gone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import redis

from connectors.metrics.stream import StreamMetrics
from connectors.view import layout
from connectors.view.account_writes import AccountWrites
from connectors.view.packed_rows import TAKEN, PackedArguments, PackedRows, joined, order_of, pack_text, packable
from connectors.view.totals import Value
from state.tags_seen import TAGS_MOST
from state.times import day_text

VALUES_PER_COMMAND_MAX: Final = 4_000
"""Lua's stack takes 8,000."""
VALUES_PER_SCRIPT: Final = 8_000
"""About so much is sent at once, so that Redis answers others in between; an account's counters are not split."""
ROWS_PER_COMMAND_MAX: Final = 1_000

PRUNE: Final = "PRUNE"

# `lasttouch:{A}:fence` string: the number of the run that wrote last to this account; see `lasttouch:run`.
# `ARGV[3]` is a list in MessagePack: the name and the arguments of the command on `KEYS[2]`, of that on `KEYS[3]`, …
# Thousands of arguments of a call, one by one, cost both sides more than to pack and to unpack them.
FENCE_SCRIPT: Final = """
local fence = tonumber(redis.call('GET', KEYS[1]) or '-1')
if fence > tonumber(ARGV[1]) then return {err = 'FENCED by run ' .. fence} end
if fence == -1 and ARGV[2] == '1' then return {err = 'LOST'} end
if fence ~= tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
for k, command in ipairs(cmsgpack.unpack(ARGV[3])) do
  local name, key, arguments = command[1], KEYS[k + 1], command[2]
  if name == 'PRUNE' then
    if redis.call('EXISTS', arguments[2], arguments[3]) == 0 then redis.call('ZREM', key, arguments[1]) end
  elseif name ~= 'RENAME' or redis.call('EXISTS', key) == 1 then
    redis.call(name, key, unpack(arguments))
  end
end
return fence
"""


class ViewLost(RuntimeError):
    """Redis no longer has what this run wrote: the view must be built anew."""


class Fenced(RuntimeError):
    """A newer run writes to this Redis."""


def fence_key(account: str) -> str:
    """The key of the number of the run that wrote last to this account."""
    return layout.account_tag(account) + "fence"


@dataclass(slots=True)
class Command:
    """One command on one key."""

    key: str
    name: str
    arguments: list[str] | PackedArguments
    """Numbers too are texts: Lua would make floats of them."""


def _size(command: Command) -> int:
    """Fields, members or rows that a command writes, of which those that come with a value are two arguments."""
    arguments = len(command.arguments)
    match command.name:
        case "HSET" | "ZADD":
            return arguments // 2
        case "HDEL" | "ZREM":
            return arguments
    return 1


def commands(account: str, writes: AccountWrites, epoch: int) -> Iterator[list[Command]]:
    """The commands for an account's writes in this epoch of its sink partition, in lots that are each applied at once.

    A row is noted as unsettled in the lot that it is written in, or before.
    """
    counters = [command for key, fields in writes.hashes.items() for command in _hash_commands(key, fields)]
    if writes.days:
        scores: list[str] = []
        for day in sorted(writes.days):
            scores += (str(layout.day_score(day)), day_text(day))
        counters += _split(layout.days_key(account), "ZADD", scores)
    counters += _tag_commands(layout.tags_key(account), writes)
    if counters:
        yield counters
    lot: list[Command] = []
    size = 0
    for day, rows in writes.rows.items():
        if day < writes.rows_from:
            continue
        for command in _row_commands(account, day, rows, epoch):
            lot.append(command)
            size += len(command.arguments)
            if size >= VALUES_PER_SCRIPT and command.name in ("ZADD", "ZREM"):
                yield lot
                lot, size = [], 0
    if writes.shrunk:
        lot += [_prune(account, day) for day in sorted(writes.shrunk)]
    if lot:
        yield lot


def _prune(account: str, day: int) -> Command:
    """The script's own command: a day of which neither counters nor rows are left is no day of the account."""
    keys = (layout.day_key(account, day), layout.rows_key(account, day))
    return Command(layout.days_key(account), PRUNE, [day_text(day), *keys])


def expired(account: str, days: list[int]) -> list[Command]:
    """The commands that take the rows of whole days out of Redis."""
    keys = [key for day in days for key in (layout.rows_key(account, day), layout.orders_key(account, day))]
    return [Command(key, "UNLINK", []) for key in keys]


def _hash_commands(key: str, fields: dict[str, Value]) -> list[Command]:
    kept: list[str] = []
    gone: list[str] = []
    for name, value in fields.items():
        if value is None:
            gone.append(name)
        else:
            kept += (name, str(value))
    if len(kept) <= VALUES_PER_COMMAND_MAX and not gone:
        return [Command(key, "HSET", kept)] if kept else []
    return [*_split(key, "HSET", kept), *_split(key, "HDEL", gone)]


def _tag_commands(key: str, writes: AccountWrites) -> Iterator[Command]:
    """Tags, of which Redis too keeps those seen last: what is pushed out need not be said."""
    scores: list[str] = []
    for tag, ms in writes.tags.items():
        scores += (str(ms), tag)
    yield from _split(key, "ZREM", list(writes.tags_gone))
    yield from _split(key, "ZADD", scores)
    if scores:
        yield Command(key, "ZREMRANGEBYRANK", ["0", str(-TAGS_MOST - 1)])


def unsettled(account: str, writes: AccountWrites, epoch: int) -> Iterator[list[Command]]:
    """The commands that note rows as unsettled, for rows that are written only later, in lots applied at once.

    Rows that are to leave a day are among them: the state has let go of that day by then.
    """
    for rows in writes.rows.values():
        members = list(rows)
        for start in range(0, len(members), VALUES_PER_COMMAND_MAX // 2):
            yield [_unsettled(account, members[start : start + VALUES_PER_COMMAND_MAX // 2], epoch)]


def _unsettled(account: str, members: Sequence[bytes], epoch: int) -> Command:
    score = pack_text(str(epoch))
    return Command(layout.unsettled_key(account), "ZADD", joined([score + score.join(members)], 2 * len(members)))


def settled(account: str, below: int) -> list[Command]:
    """The commands that forget which rows were written in epochs before `below`."""
    return [Command(layout.unsettled_key(account), "ZREMRANGEBYSCORE", ["-inf", f"({below}"])]


def _row_commands(account: str, day: int, rows: PackedRows, epoch: int) -> Iterator[Command]:
    """Rows and their index, a bounded number at a time and each index entry with its row."""
    rows_key, orders_key = layout.rows_key(account, day), layout.orders_key(account, day)
    there = rows
    if TAKEN in rows.values():
        there = {member: row for member, row in rows.items() if row != TAKEN}
    members, values = list(there), list(there.values())
    for start in range(0, len(members), ROWS_PER_COMMAND_MAX):
        lot = members[start : start + ROWS_PER_COMMAND_MAX]
        fields, scores = zip(*values[start : start + ROWS_PER_COMMAND_MAX], strict=True)
        yield _unsettled(account, lot, epoch)
        yield Command(rows_key, "HSET", joined(fields, 2 * len(lot)))
        yield Command(orders_key, "ZADD", joined(scores, 2 * len(lot)))
    gone = [order_of(member) for member, row in rows.items() if row == TAKEN] if there is not rows else []
    yield from _split(rows_key, "HDEL", gone)
    yield from _split(orders_key, "ZREM", gone)


def _split(key: str, name: str, arguments: list[str]) -> Iterator[Command]:
    for start in range(0, len(arguments), VALUES_PER_COMMAND_MAX):
        yield Command(key, name, arguments[start : start + VALUES_PER_COMMAND_MAX])


_pack: Final = msgspec.msgpack.Encoder().encode


class FencedWriter:
    """Applies commands to Redis, each lot at once and only while no newer run writes."""

    def __init__(self, client: redis.Redis, run: int, metrics: StreamMetrics | None = None) -> None:
        """`run`: the number of this run."""
        self._metrics = metrics
        self._client = client
        self.run = run
        self._script = client.register_script(FENCE_SCRIPT)
        self._written: set[str] = set()

    def apply(self, account: str, lot: list[Command]) -> None:
        """Apply one lot to an account's keys. Raises `Fenced`, `ViewLost`, and what the client raises."""
        keys = [fence_key(account), *(command.key for command in lot)]
        packed = _pack([(command.name, packable(command.arguments)) for command in lot])
        began = time.perf_counter()
        try:
            self._script(keys=keys, args=(self.run, int(account in self._written), packed))
        except redis.ResponseError as error:
            if "FENCED" in str(error):
                raise Fenced(f"a newer run of lasttouch writes to this Redis; this one, {self.run}, ends") from error
            if "LOST" in str(error):
                raise ViewLost("Redis has lost what this run wrote") from error
            raise
        self._written.add(account)
        if self._metrics is not None:
            self._metrics.wrote(time.perf_counter() - began, sum(map(_size, lot)))
