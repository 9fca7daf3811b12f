"""Redis: can it be reached, is it new enough, does it drop what it holds, does it keep it, and what time it has."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

import redis
from msgspec.structs import replace
from redis.exceptions import NoPermissionError

from cli.doctor.finding import Finding, note, refused, right, wrong
from config.addresses import REDIS_URL
from config.errors import Unavailable, UserError
from config.redis_url import shown_redis_url
from connectors.view.client import connected
from connectors.view.cluster_client import as_cluster

OLDEST: Final = (6, 2)
SKEW_S_MAX: Final = 2.0
_FULL_FROM: Final = 0.9
"""Of `maxmemory`."""
_WRITTEN: Final = ("rdb_last_bgsave_status", "aof_last_write_status")
_MEBIBYTE: Final = 1 << 20


def findings(url: str) -> Iterator[Finding]:
    """What there is to say of the server at `url`."""
    try:
        with connected(url) as client:
            told = list(_told(client))
    except UserError as error:
        yield refused("Redis", error)
        return
    except Unavailable as error:
        yield wrong("Redis", str(error).removesuffix("."), f"start it or correct {REDIS_URL}")
        return
    for node, said, clock in told:
        where = node or shown_redis_url(url)
        looked = (
            (unknown(where),)
            if said is None
            else (version(said, where), memory_policy(said), memory(said), persistence(said))
        )
        found = (*looked, clock_skew(clock.theirs_s, clock.before_s, clock.after_s))
        yield from (replace(one, check=f"{one.check} {node}") if node else one for one in found)


class _Clock(NamedTuple):
    """What time a server had, and this machine before and after it was asked (s since the epoch)."""

    theirs_s: float
    before_s: float
    after_s: float


def _told(client: redis.Redis) -> Iterator[tuple[str | None, Mapping[str, Any] | None, _Clock]]:
    """What each server says that is written to: the one, whose name is None, or the masters of a cluster.

    None where its user may not ask.
    """
    cluster = as_cluster(client)
    if cluster is None:
        yield None, _info(client.info), _clock(client.time)
        return
    for name in sorted(cluster.masters()):
        node = cluster.get_node(node_name=name)
        yield name, _info(partial(cluster.info, target_nodes=node)), _clock(partial(cluster.time, target_nodes=node))


def _info(ask: Callable[[], Any]) -> Mapping[str, Any] | None:
    try:
        said: Mapping[str, Any] = ask()
    except NoPermissionError:
        return None
    return said


def _clock(ask: Callable[[], Any]) -> _Clock:
    before_s, (seconds, microseconds), after_s = time.time(), ask(), time.time()
    return _Clock(seconds + microseconds / 1e6, before_s, after_s)


def unknown(where: str) -> Finding:
    """Of a user who may do what a run does, and no more."""
    return note(
        "Redis",
        f"it answers at {where}, but its user may not ask INFO: version, memory and persistence are not known",
        "redis-cli ACL SETUSER USER +info",
    )


def version(said: Mapping[str, Any], where: str) -> Finding:
    """`said`: the answer to INFO, as in all of these."""
    name, number = _name_and_version(said)
    found = f"{name} {number} at {where}"
    numbers = tuple(int(part) for part in re.findall(r"\d+", number)[:2])
    if numbers >= OLDEST:
        return right("Redis", found)
    return wrong("Redis", found, "Redis 6.2, Valkey 7.2 or newer is wanted: upgrade it")


def memory_policy(said: Mapping[str, Any]) -> Finding:
    """A counter that is dropped is a wrong figure until it is found out."""
    policy = str(said.get("maxmemory_policy", "noeviction"))
    if policy == "noeviction":
        return right("Redis policy", "noeviction: nothing is dropped")
    return wrong(
        "Redis policy",
        f"maxmemory-policy is {policy}: counters are dropped when memory is short",
        "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in its configuration",
    )


def memory(said: Mapping[str, Any]) -> Finding:
    """Whether it is about to refuse writes."""
    used, most = int(said.get("used_memory", 0)), int(said.get("maxmemory", 0))
    if not most:
        return right("Redis memory", f"{used // _MEBIBYTE:,} MiB used, without a bound of its own")
    found = f"{used // _MEBIBYTE:,} of {most // _MEBIBYTE:,} MiB used"
    if used < _FULL_FROM * most:
        return right("Redis memory", found)
    return wrong("Redis memory", found, "raise maxmemory, or keep rows for fewer days (--row-retention-days)")


def persistence(said: Mapping[str, Any]) -> Finding:
    """Redis is a view, so that without any it is built anew: which takes its time."""
    check, is_on = "Redis persistence", bool(int(said.get("aof_enabled", 0)))
    failed = [
        name
        for name in ("rdb_last_bgsave_status", "aof_last_write_status")
        if str(said.get(name, "ok")).lower() != "ok"
    ]
    if failed:
        return wrong(check, f"{failed[0]} is {said[failed[0]]}", "make room on its disk; its log says why")
    if is_on:
        return right(check, "appendonly is on")
    return note(
        check,
        "appendonly is off: after a restart the view is older or empty until the run has built it anew",
        "redis-cli CONFIG SET appendonly yes, and the same in its configuration",
    )


def clock_skew(theirs_s: float, before_s: float, after_s: float) -> Finding:
    """`theirs_s` was told between `before_s` and `after_s` of this machine's clock (all s since the epoch)."""
    skew_s = max(theirs_s - after_s, before_s - theirs_s, 0.0)
    if skew_s <= SKEW_S_MAX:
        return right("clock", "as Redis has it, to the second")
    way = "behind" if theirs_s > after_s else "ahead of"
    return wrong(
        "clock",
        f"{skew_s:.0f} s {way} that of Redis: events may be refused as in_future",
        "keep both by NTP (timedatectl set-ntp true)",
    )


def _name_and_version(said: Mapping[str, Any]) -> tuple[str, str]:
    for name, field in (("Valkey", "valkey_version"), ("Redis", "redis_version")):
        if field in said:
            return name, str(said[field])
    return "Redis", "of a version that it does not tell"
