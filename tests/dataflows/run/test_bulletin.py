"""Processes of a cluster hear those that live, and not what one of them said before it died."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import msgspec
import pytest
import redis

from config.stopping import StopRequest
from connectors.embedded.servers import EmbeddedValkey
from connectors.view.member_keys import CLUSTER_KEY, MemberKeys
from dataflows.run.bulletin import Bulletin, bulletin
from dataflows.run.members import Member
from dataflows.run.plan import Plan
from tests.waiting import await_that

ADDRESSES = ("a:2101", "b:2101")
BEATS = 4


def member(nonce: str, **options: str) -> Member:
    return Member(nonce=nonce, store="s", is_used=True, parts=(), of_parts=0, options=options, public_key="")


class Boards:
    """The bulletins of processes, by their number."""

    def __init__(self, url: str, until: ExitStack) -> None:
        self._url, self._until = url, until

    def begin(self, number: int, said: Member) -> Bulletin:
        plan = Plan(
            redis_url=self._url, kafka=None, settings=None, recovery_dir="", process=number, addresses=ADDRESSES
        )
        return self._until.enter_context(bulletin(plan, said, StopRequest()))


@pytest.fixture
def boards(valkey_server: EmbeddedValkey, valkey: redis.Redis) -> Iterator[Boards]:
    del valkey  # it is empty
    with ExitStack() as until:
        yield Boards(valkey_server.url, until)


def await_beats(client: redis.Redis, number: int) -> None:
    """Wait until the process has said something so many times more."""

    def beat() -> int:
        said = client.get(f"{CLUSTER_KEY}:{number}")
        return 0 if said is None else msgspec.json.decode(said, type=Member).beat

    enough = beat() + BEATS
    await_that(lambda: beat() >= enough, f"{BEATS} beats")


def test_what_a_process_said_before_it_died_is_no_word_of_the_one_that_is_started_again(
    boards: Boards, valkey: redis.Redis
) -> None:
    """Killed, it takes nothing back, and may have been started otherwise."""
    MemberKeys(valkey, 2).say(1, msgspec.json.encode(member("dead", epoch_s="old")))
    first = boards.begin(0, member("first"))
    await_beats(valkey, 0)
    assert first.heard[1] is None
    boards.begin(1, member("second"))
    assert [one.nonce for one in first.await_all()] == ["first", "second"]


def test_one_that_is_started_anew_ends_the_cluster_of_the_one_before(boards: Boards, valkey: redis.Redis) -> None:
    first, second = boards.begin(0, member("first")), boards.begin(1, member("second"))
    nonces = [one.nonce for one in first.await_all()]
    assert first.why_over(nonces) is None
    second.say(member("third"))
    await_that(lambda: first.why_over(nonces) == "process 1 at b:2101 was started anew", "its end")
