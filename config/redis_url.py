"""The URL of Redis or Valkey: checked before anything connects, and shown without its password.

One server: `redis://`, `rediss://` (TLS), `unix://`. Several: `redis+sentinel://HOST:PORT,HOST:PORT/NAME/DATABASE`
asks the sentinels which server is the master of that name; `redis+cluster://HOST:PORT,HOST:PORT` is a Redis Cluster, of
which some nodes are named. Both with TLS: `rediss+…`. What stands behind the question mark are options of redis-py,
such as `ssl_ca_certs`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import redis
from redis.connection import parse_url

from config import addresses
from config.errors import UserError

_SCHEMES: Final = ("redis", "rediss", "unix")
_DATABASE: Final = re.compile(r"/?|/[0-9]{1,9}/?", re.ASCII)
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@]+)(?::([0-9]{1,5}))?", re.ASCII)
_USER_INFO: Final = re.compile(r"//[^/?#]*@")
_PASSWORD: Final = re.compile(r"(?<=[?&])((?:ssl_|sentinel_)?password=)[^&#]*")
_FIX: Final = (
    "write redis://HOST:PORT/DATABASE, rediss://…, unix://PATH, redis+sentinel://HOST:PORT,…/NAME or "
    "redis+cluster://HOST:PORT,…"
)
_SENTINEL_OPTIONS: Final = ("sentinel_username", "sentinel_password")


class Kind(StrEnum):
    """How several servers are one Redis."""

    SENTINEL = "sentinel"
    CLUSTER = "cluster"


class RedisServers(NamedTuple):
    """Several servers, as a URL names them."""

    kind: Kind
    hosts: tuple[tuple[str, int], ...]
    """Host and port of some sentinels, or nodes."""
    master: str
    """What the sentinels call it; "" of a cluster."""
    options: dict[str, Any]
    """Of each connection to a server, as redis-py takes them."""
    sentinel_options: dict[str, Any]
    """Of each connection to a sentinel."""


_PORTS: Final = {Kind.SENTINEL: 26_379, Kind.CLUSTER: 6_379}


def check_redis_url(url: str) -> str:
    """The URL itself. Raises `UserError` when nothing could ever be reached by it; does not connect."""
    try:
        if _servers(url) is None:
            _check_parts(urlsplit(url))
            # The client knows which options may stand behind the question mark.
            redis.ConnectionPool.from_url(url).make_connection()
    except (ValueError, TypeError, redis.RedisError) as error:
        shown = shown_redis_url(url)
        raise UserError(f"redis-url: {shown!r} is not a Redis URL ({_why(error)}); {_FIX}") from error
    return url


def redis_servers(url: str) -> RedisServers | None:
    """The servers of a URL that has been checked; None: it is one server's."""
    return _servers(url)


def shown_redis_url(url: str) -> str:
    """The URL as messages may show it: what stands where names and passwords do is `***`."""
    return _PASSWORD.sub(r"\1***", _USER_INFO.sub("//***@", url))


def with_credentials(url: str, environment: Mapping[str, str]) -> str:
    """The URL with the user and password that the environment has, where it names none itself.

    One that is no URL stays as it is; `check_redis_url` says so.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    user = environment.get(addresses.REDIS_USERNAME, "")
    password = environment.get(addresses.REDIS_PASSWORD, "")
    changed = parts
    if (user or password) and "@" not in parts.netloc:
        changed = parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}")
    if parts.scheme.endswith(f"+{Kind.SENTINEL}"):
        variables = (addresses.REDIS_SENTINEL_USERNAME, addresses.REDIS_SENTINEL_PASSWORD)
        named = zip(_SENTINEL_OPTIONS, variables, strict=True)
        given = {option: environment[variable] for option, variable in named if environment.get(variable)}
        if given:
            changed = changed._replace(query=urlencode(given | dict(parse_qsl(parts.query))))
    return url if changed is parts else urlunsplit(changed)


def _servers(url: str) -> RedisServers | None:
    parts = urlsplit(url)
    protocol, _, word = parts.scheme.partition("+")
    if protocol not in ("redis", "rediss") or word not in list(Kind):
        return None
    kind = Kind(word)
    user_info, _, hosts = parts.netloc.rpartition("@")
    _, *path = parts.path.split("/")
    named = kind is Kind.SENTINEL
    master, database = (path[0], path[1:2]) if named and path else ("", path[:1])
    if named and not master:
        raise ValueError("it does not name the master that the sentinels are asked for")
    if not _DATABASE.fullmatch("/" + "".join(database)) or len(path) > 1 + named:
        raise ValueError("the database is not a number")
    if kind is Kind.CLUSTER and "".join(database).strip("0"):
        raise ValueError("a cluster has no database but 0")
    query = dict(parse_qsl(parts.query))
    sentinel = {name.removeprefix("sentinel_"): query.pop(name) for name in _SENTINEL_OPTIONS if name in query}
    user = f"{user_info}@" if user_info else ""
    options = parse_url(f"redis://{user}localhost/{''.join(database)}?{urlencode(query)}")  # type: ignore[no-untyped-call]  # untyped in redis-py
    del options["host"]
    tls = {"ssl": True} if protocol == "rediss" else {}
    options |= tls
    _check_options(options)
    of_tls = {name: value for name, value in options.items() if name.startswith("ssl")}
    found = tuple(_host(host, _PORTS[kind]) for host in hosts.split(","))
    return RedisServers(kind, found, unquote(master), options, sentinel | of_tls)


def _check_options(options: dict[str, Any]) -> None:
    plain = {name: value for name, value in options.items() if name != "ssl"}
    kind = redis.SSLConnection if "ssl" in options else redis.Connection
    redis.ConnectionPool(connection_class=kind, **plain).make_connection()


def _host(text: str, port: int) -> tuple[str, int]:
    found = _HOST.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:60]!r} is no host")
    number = int(found[2] or port)
    if not 1 <= number <= addresses.PORT_MAX:
        raise ValueError(f"the port of {text[:60]!r} is none")
    found[1].encode("idna")
    return found[1].strip("[]"), number


def _check_parts(parts: SplitResult) -> None:
    if parts.scheme not in _SCHEMES:
        raise ValueError("it does not begin with redis://, rediss:// or unix://")
    if parts.scheme == "unix":
        if not parts.path:
            raise ValueError("it has no path")
        return
    if parts.port == 0:
        raise ValueError("the port is 0")
    if not _DATABASE.fullmatch(parts.path):
        raise ValueError("the database is not a number")
    (parts.hostname or "localhost").encode("idna")


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "its host cannot be one"
    if isinstance(error, TypeError):
        return "an option behind its question mark is unknown"
    return str(error)
