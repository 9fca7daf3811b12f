"""The tags seen and the settings of an account, as the view has them."""

from __future__ import annotations

import json
from contextlib import closing

import redis

from connectors.view.account_writes import AccountWrites
from connectors.view.run_status import Mode
from connectors.view.sink import TotalsWrite
from state.changes import Seen
from state.retention import NEVER
from state.settings import Settings, canonical
from state.tags_seen import TAGS_MOST
from state.timeline import Version, base_version
from tests.connectors.view.view_writes import all_passed, aside, contents, in_place, partition
from tests.state.shop import at

TAGS = "lasttouch:{acme}:tags"
SETTINGS = "lasttouch:{acme}:settings"
ACCOUNT = "lasttouch:{acme}:account"
NEWER = Version(at("03-02 00:00"), at("03-01 00:00"), canonical(Settings(currency="USD")), "ann")


def tags(**seen: int) -> TotalsWrite:
    return TotalsWrite([], {}, tags={"acme": seen})


def tagged(**seen: int) -> AccountWrites:
    writes = AccountWrites()
    writes.put_tags(seen)
    return writes


def many(first: int, count: int) -> dict[str, int]:
    return {f"t{ms}": ms for ms in range(first, first + count)}


def seen(newest: int) -> TotalsWrite:
    return TotalsWrite([], {"acme": Seen(newest, NEWER)})


def of_redis(client: redis.Redis) -> dict[str, int]:
    return {tag: int(ms) for tag, ms in contents(client).get(TAGS, {}).items()}


def test_a_tag_has_the_time_of_the_latest_touch_with_it(valkey: redis.Redis) -> None:
    with closing(partition(valkey)) as part:
        for write in (tags(vip=5, sale=-3), tags(vip=7)):
            part.write_batch([[write]])
            part.snapshot()
    assert of_redis(valkey) == {"vip": 7, "sale": -3}


def test_of_too_many_tags_those_seen_last_are_in_redis(valkey: redis.Redis) -> None:
    with closing(partition(valkey)) as part:
        for write in (tags(old=-5, ю=0, я=0), tags(**many(1, TAGS_MOST - 1))):
            part.write_batch([[write]])
            part.snapshot()
    assert of_redis(valkey) == {"я": 0, **many(1, TAGS_MOST - 1)}


def test_what_waits_for_redis_is_bounded() -> None:
    waiting = AccountWrites()
    for first in range(0, 10 * TAGS_MOST, TAGS_MOST):
        waiting.merge(tagged(**many(first, TAGS_MOST)))
        assert len(waiting.tags) <= 2 * TAGS_MOST
    assert waiting.tags.items() >= many(9 * TAGS_MOST, TAGS_MOST).items()
    assert waiting.size() == len(waiting.tags)


def test_tags_that_are_built_aside_take_the_place_of_the_old_ones(valkey: redis.Redis) -> None:
    in_place(valkey).write("acme", tagged(gone=5), 1)
    view = aside(valkey, run=2)
    view.write("acme", tagged(**many(0, TAGS_MOST)), 1)
    view.write("acme", tagged(vip=TAGS_MOST), 1)
    assert of_redis(valkey) == {"gone": 5}
    view.show()
    assert of_redis(valkey) == {"vip": TAGS_MOST, **many(1, TAGS_MOST - 1)}


def test_a_tag_that_a_crashed_run_had_seen_and_the_replay_does_not_leaves(valkey: redis.Redis) -> None:
    in_place(valkey).show().write("acme", tagged(vip=5, gone=6), 1)
    with closing(partition(valkey, Mode.RESUME, run=2)) as part:
        part.write_batch([[tags(vip=5)]])
        part.snapshot()
        assert of_redis(valkey) == {"vip": 5, "gone": 6}
        part.write_batch([all_passed()])
        part.snapshot()
    assert of_redis(valkey) == {"vip": 5}


def test_the_versions_of_an_accounts_settings_are_written_whole(valkey: redis.Redis) -> None:
    file = {"effective_from": None, "time": None, "by": None, "settings": json.loads(canonical(Settings()))}
    newer = {
        "effective_from": "2026-03-02T00:00:00.000Z",
        "time": "2026-03-01T00:00:00.000Z",
        "by": "ann",
        "settings": json.loads(NEWER.text),
    }
    unsaid = {**newer, "by": None}
    with closing(partition(valkey)) as part:
        for versions, right in (
            ((base_version(Settings()),), [file]),
            ((NEWER, NEWER._replace(by=""), base_version(Settings())), [newer, unsaid, file]),
        ):
            part.write_batch([[TotalsWrite([], {}, settings={"acme": versions})]])
            part.snapshot()
            assert json.loads(contents(valkey)[SETTINGS]["versions"]) == right


def test_what_an_account_sets_before_its_first_event_is_shown_without_a_newest_event(valkey: redis.Redis) -> None:
    with closing(partition(valkey)) as part:
        part.write_batch([[seen(NEVER)]])
        part.snapshot()
        assert contents(valkey)[ACCOUNT] == {"currency": "USD", "time_zone": "UTC"}
        part.write_batch([[seen(at("03-02 00:00"))]])
        part.snapshot()
        assert contents(valkey)[ACCOUNT]["as_of"] == "2026-03-02T00:00:00.000Z"
