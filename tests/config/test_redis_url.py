"""A Redis URL is checked before anything connects, and shown without its password."""

from __future__ import annotations

import pytest

from config.errors import UserError
from config.redis_url import Kind, check_redis_url, redis_servers, shown_redis_url, with_credentials


@pytest.mark.parametrize(
    "url",
    [
        *(
            "redis://localhost:6379/0",
            "redis://localhost",
            "redis://",
            "rediss://u:p@redis.example.org:6380/15",
        ),
        *(
            "redis+sentinel://a:26379,b/view/2",
            "rediss+sentinel://u:p@a/view?ssl_ca_certs=/ca",
            "redis+cluster://a:1,[::1]",
        ),
        *("rediss+cluster://u:p@a:1/0", "redis+sentinel://a/view?sentinel_password=x"),
        *("redis://[::1]:6379/0", "unix:///run/redis.sock?db=1", "redis://h/0?socket_timeout=5"),
    ],
)
def test_a_url_is_taken_as_it_is(url: str) -> None:
    assert check_redis_url(url) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "does not begin with"),
        ("localhost:6379", "does not begin with"),
        ("http://localhost", "does not begin with"),
        ("redis://localhost:99999/0", "Port out of range"),
        ("redis://localhost:zero/0", "Port could not be cast"),
        ("redis://localhost:0/0", "the port is 0"),
        ("redis://localhost/first", "the database is not a number"),
        ("redis://localhost/-1", "the database is not a number"),
        ("redis://[::1/0", "Invalid IPv6"),
        ("redis://a..b/0", "its host cannot be one"),
        ("redis://localhost/0?speed=9", "an option behind its question mark is unknown"),
        ("redis://localhost/0?socket_timeout=soon", "socket_timeout"),
        ("rediss://localhost/0?ssl_cert_reqs=perhaps", "perhaps"),
        ("unix://", "it has no path"),
        ("redis+sentinel://a:1", "does not name the master"),
        ("redis+sentinel://a:1/view/first", "the database is not a number"),
        ("redis+cluster://a:1/2", "no database but 0"),
        ("redis+cluster://a:1,b:99999", "the port of 'b:99999'"),
        ("redis+cluster://", "is no host"),
        ("redis+cluster://a?speed=9", "an option behind its question mark is unknown"),
        ("redis+ring://a", "does not begin with"),
    ],
)
def test_what_nothing_can_be_reached_by_is_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(UserError, match=r"^redis-url: ") as refused:
        check_redis_url(url)
    assert why in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hush@h:1/0",
        "redis://me:hush@h:1/0",
        "http://hush@h",
        "unix:///s?db=1&password=hush",
        "redis+sentinel://me:hush@a,b/view?sentinel_password=hush&ssl_password=hush",
        "redis://a:hush@b@c",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    assert "hush" not in shown_redis_url(url)


def test_a_refused_url_is_shown_without_its_password() -> None:
    with pytest.raises(UserError) as refused:
        check_redis_url("redis://me:hush@localhost:x/0")
    assert "hush" not in str(refused.value)


def test_sentinels_are_asked_with_their_own_password_and_the_same_authority() -> None:
    servers = redis_servers("rediss+sentinel://me:p%2Fw@a,b:2/view/3?sentinel_password=s&ssl_ca_certs=/ca")
    assert servers is not None
    assert (servers.kind, servers.hosts, servers.master) == (Kind.SENTINEL, (("a", 26379), ("b", 2)), "view")
    tls = {"ssl": True, "ssl_ca_certs": "/ca"}
    assert servers.options == {"username": "me", "password": "p/w", "db": 3, **tls}
    assert servers.sentinel_options == {"password": "s", **tls}


def test_one_server_is_not_several() -> None:
    assert redis_servers("redis://a") is None


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("redis://h:1/0", "redis://me:p%2Fw@h:1/0"),
        ("rediss://h:1/0?ssl_ca_certs=/ca", "rediss://me:p%2Fw@h:1/0?ssl_ca_certs=/ca"),
        ("redis+cluster://a:1,b:2", "redis+cluster://me:p%2Fw@a:1,b:2"),
        ("redis://other:pw@h:1/0", "redis://other:pw@h:1/0"),
        ("redis+sentinel://a/view", "redis+sentinel://me:p%2Fw@a/view?sentinel_password=s"),
        ("redis://[::1/0", "redis://[::1/0"),
    ],
)
def test_user_and_password_of_the_environment_are_for_a_url_without(url: str, whole: str) -> None:
    environment = {
        "LASTTOUCH_REDIS_USERNAME": "me",
        "LASTTOUCH_REDIS_PASSWORD": "p/w",
        "LASTTOUCH_REDIS_SENTINEL_PASSWORD": "s",
    }
    assert with_credentials(url, environment) == whole
    assert with_credentials(url, {}) == url
