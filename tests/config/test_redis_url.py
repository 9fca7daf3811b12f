"""A Redis URL is checked before anything connects, and shown without its password."""

from __future__ import annotations

import pytest

from config.errors import UserError
from config.redis_url import check_redis_url, shown_redis_url


@pytest.mark.parametrize(
    "url",
    [
        *(
            "redis://localhost:6379/0",
            "redis://localhost",
            "redis://",
            "rediss://u:p@redis.example.org:6380/15",
        ),
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
        "redis://a:hush@b@c",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    assert "hush" not in shown_redis_url(url)


def test_a_refused_url_is_shown_without_its_password() -> None:
    with pytest.raises(UserError) as refused:
        check_redis_url("redis://me:hush@localhost:x/0")
    assert "hush" not in str(refused.value)
