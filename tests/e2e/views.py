"""The view in Redis as plain values: as it is, as the reference says it must be, and as a reader sees it change."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import pairwise
from typing import Any, Final, cast
from urllib.parse import quote

import redis

from connectors.view.layout import text_of
from tests.reference.reference import View
from tests.reference.values import day_text, moment_ms
from tests.waiting import await_that

Contents = dict[str, Any]
Watched = dict[str, list[dict[str, int]]]
"""Key → all the states that a reader has seen it in, one after the other; {}: it was not there."""

_EPOCH: Final = date(1970, 1, 1).toordinal()


def view(client: redis.Redis) -> dict[str, Contents]:
    """Every key of an account → its contents: hashes (their JSON parsed) and sorted sets; not the program's own."""
    keys = sorted(map(text_of, client.scan_iter("lasttouch:{*", count=1_000)))
    found = {key: _contents(client, key) for key in keys if not key.endswith(("}:fence", "}:unsettled"))}
    return {key: contents for key, contents in found.items() if contents is not None}


def _contents(client: redis.Redis, key: str) -> Contents | None:
    """None: it has gone since it was listed, as those of a view that is being replaced do."""
    match text_of(client.type(key)):
        case "hash":
            fields = texts(client.hgetall(key))
            is_json = "}:rows:" in key or key.endswith("}:settings")
            return {name: json.loads(value) for name, value in fields.items()} if is_json else fields
        case "zset":
            scored = cast("list[tuple[bytes, float]]", client.zrange(key, 0, -1, withscores=True))
            return {text_of(member): int(score) for member, score in scored}
        case "none":
            return None
        case other:
            raise AssertionError(f"{key} is a {other!r}")


def texts(fields: Mapping[bytes | str, bytes | str]) -> dict[str, str]:
    """A hash as text_of."""
    return {text_of(name): text_of(value) for name, value in fields.items()}


def differences(shown: dict[str, Contents], right: dict[str, Contents]) -> list[str]:
    """Where a view is not what it must be: key, field, what is shown, and what is right."""
    return [
        f"{key} {name}: {shown.get(key, {}).get(name)} instead of {right.get(key, {}).get(name)}"
        for key in sorted(shown.keys() | right.keys())
        for name in sorted(shown.get(key, {}).keys() | right.get(key, {}).keys())
        if shown.get(key, {}).get(name) != right.get(key, {}).get(name)
    ]


def view_of(expected: View) -> dict[str, Contents]:
    """The same of what the reference expects: its counters, and the rest of the layout around them."""
    whole: defaultdict[str, Contents] = defaultdict(dict, {key: dict(fields) for key, fields in expected.redis.items()})
    for (account, order), row in expected.rows.items():
        day = day_text(moment_ms(row["ordered_at"]), expected.time_zone[account])
        whole[f"{_tag(account)}rows:{day}"][order] = row
        whole[f"{_tag(account)}orders:{day}"][order] = moment_ms(row["ordered_at"])
    for key in list(whole):
        tag, _, kind = key.partition("}:")
        if kind.startswith(("day:", "rows:")):
            day = kind.partition(":")[2]
            whole[tag + "}:days"][day] = date.fromisoformat(day).toordinal() - _EPOCH
    for account in expected.as_of.keys() | expected.versions.keys():
        whole[f"{_tag(account)}account"] = {
            "currency": expected.currency[account],
            "time_zone": expected.time_zone[account],
            **({"as_of": expected.as_of[account]} if account in expected.as_of else {}),
        }
        whole[f"{_tag(account)}settings"]["versions"] = all_versions(expected, account)
    for account, tags in expected.tags.items():
        whole[f"{_tag(account)}tags"] |= tags
    for (account, channel, campaign), name in expected.names.items():
        whole[f"{_tag(account)}names"][f"{channel}:{quote(campaign, safe='')}"] = name
    return dict(sorted(whole.items()))


def all_versions(expected: View, account: str) -> list[dict[str, Any]]:
    """The versions of an account's settings, newest first; the last is the settings file's."""
    of_file = dict.fromkeys(("effective_from", "time", "by")) | {"settings": expected.file_settings[account]}
    return [*expected.versions.get(account, ()), of_file]


def _tag(account: str) -> str:
    return f"lasttouch:{{{quote(account, safe='')}}}:"


@contextmanager
def watching(url: str, keys: Sequence[str]) -> Iterator[Watched]:
    """Poll hashes of counters the whole time, as dashboards do. What was seen is complete after the block: it begins
    with what was there before it and ends with what is there behind it, however seldom the poller gets a turn."""
    seen: Watched = {key: [] for key in keys}
    has_looked, is_over = threading.Event(), threading.Event()
    failures: list[Exception] = []

    def look(client: redis.Redis) -> None:
        for key in keys:
            _note(seen[key], {name: int(value) for name, value in texts(client.hgetall(key)).items()})

    def poll() -> None:
        try:
            with redis.Redis.from_url(url) as client:
                look(client)
                has_looked.set()
                while not is_over.wait(0.002):
                    look(client)
                look(client)
        except Exception as failure:  # noqa: BLE001 - it is raised below, in the test's own thread
            failures.append(failure)

    reader = threading.Thread(target=poll)
    reader.start()
    try:
        await_that(lambda: has_looked.is_set() or bool(failures), "a first look")
        yield seen
    finally:
        is_over.set()
        reader.join()
    assert not failures


def _note(states: list[dict[str, int]], state: dict[str, int]) -> None:
    if not states or states[-1] != state:
        states.append(state)


def went_back(states: Sequence[dict[str, int]]) -> list[str]:
    """Where a reader has seen a total fall, but for what waits to be attributed or delivered."""
    return [
        f"{name}: {before[name]} → {after.get(name, 0)}"
        for before, after in pairwise(states)
        for name in before
        if after.get(name, 0) < before[name] and "unattributed:" not in name and "expected_" not in name
    ]


def out_of_balance(states: Sequence[dict[str, int]], currency: str = "EUR") -> list[dict[str, int]]:
    """States of an account's day or total in which channels and unattributed are not what was delivered (§7).

    Or in which what is expected of them is not what is on the way, or a day's hours are not the day.
    """
    return [state for state in states if not _balances(state, currency)]


def _balances(state: dict[str, int], currency: str) -> bool:
    has_hours = any(name.startswith("hour:") for name in state)
    return all(
        _of(state, "channel:", f":{figure}:{currency}") == state.get(f"{figure}:{currency}", 0)
        and state.get(f"{figure}:{currency}", 0) + state.get(f"unattributed:{figure}:{currency}", 0) == due
        and (not has_hours or _of(state, "hour:", f":{figure}:{currency}") == due)
        for figure, due in _dues(state, currency)
    )


def _dues(state: dict[str, int], currency: str) -> Iterator[tuple[str, int]]:
    for prefix, statuses in (("", ("DELIVERED",)), ("expected_", ("INITIALIZED", "IN_PROGRESS"))):
        for figure, field in (("purchases", "orders"), ("revenue", "amount")):
            yield f"{prefix}{figure}", sum(state.get(f"{field}:{status}:{currency}", 0) for status in statuses)


def _of(state: dict[str, int], beginning: str, ending: str) -> int:
    return sum(value for name, value in state.items() if name.startswith(beginning) and name.endswith(ending))
