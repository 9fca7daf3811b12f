"""What a server keeps up to date is what a command reads anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.view import layout
from reports.campaign_sums import CampaignReader, ReadAnew, Sums
from reports.campaigns import read_campaigns
from reports.kept_campaigns import DAYS_KEPT_MAX, KeptUpToDate
from tests.reports.shop import Sale, Shop, Touched, ordinal, period, view_of

FIRST = ordinal("2026-05-01")
FIELDS = [
    layout.campaign_prefix(channel, campaign) + figure
    for channel in ("email", "sms")
    for campaign in ("k:1", "к2")
    for figure in ("sent", "revenue:EUR", "revenue:JPY")
]


@pytest.fixture
def kept(valkey: redis.Redis) -> Iterator[KeptUpToDate]:
    reader = KeptUpToDate(valkey)
    yield reader
    reader.close()


def plain(sums: Sums) -> dict[tuple[str, str], dict[str, int]]:
    """Without what is 0."""
    names = ("sent", "revenue:EUR", "revenue:JPY")
    rows = zip(sums.campaigns, zip(*sums.columns(names), strict=True), strict=True)
    found = {campaign: {name: value for name, value in zip(names, row, strict=True) if value} for campaign, row in rows}
    return {campaign: figures for campaign, figures in found.items() if figures}


def shown(reader: CampaignReader, *days: int) -> dict[tuple[str, str], dict[str, int]]:
    """What it reads of some days."""
    return plain(reader.read("acme", [FIRST + day for day in days]).sums)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(0, 3), st.sampled_from(FIELDS), st.integers(1, 2**70)),
        st.tuples(st.just("delete"), st.integers(0, 3), st.sampled_from(FIELDS), st.just(0)),
        st.tuples(st.just("read"), st.integers(0, 3), st.just(""), st.integers(0, 3)),
    ),
    max_size=30,
)


@given(STEPS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sums_kept_up_to_date_are_those_read_anew(
    valkey: redis.Redis, kept: KeptUpToDate, steps: list[tuple[str, int, str, int]]
) -> None:
    anew = ReadAnew(valkey)
    for step, day, field, number in steps:
        key = layout.campaigns_key("acme", FIRST + day)
        match step:
            case "set":
                valkey.hset(key, field, str(number))
            case "delete":
                valkey.hdel(key, field)
            case _:
                days = range(min(day, number), max(day, number) + 1)
                assert shown(kept, *days) == shown(anew, *days)
    assert shown(kept, 0, 1, 2, 3) == shown(anew, 0, 1, 2, 3)


def test_what_was_given_out_stays_as_it_was(valkey: redis.Redis, kept: KeptUpToDate) -> None:
    key = layout.campaigns_key("acme", FIRST)
    valkey.hset(key, FIELDS[0], "1")
    before = kept.read("acme", [FIRST]).sums
    valkey.hset(key, mapping={FIELDS[0]: "2", FIELDS[-1]: "3"})
    after = kept.read("acme", [FIRST]).sums
    assert plain(before) == {("email", "k:1"): {"sent": 1}}
    assert plain(after) == {("email", "k:1"): {"sent": 2}, ("sms", "к2"): {"revenue:JPY": 3}}


def test_what_did_not_change_is_the_same_object(valkey: redis.Redis, kept: KeptUpToDate) -> None:
    valkey.hset(layout.campaigns_key("acme", FIRST), FIELDS[0], "1")
    Shop(valkey).named("email", "k:1", "Spring")
    first, again = kept.read("acme", [FIRST]), kept.read("acme", [FIRST])
    assert all(one is other for one, other in zip(first, again, strict=True))


def test_names_are_those_of_now(valkey: redis.Redis, kept: KeptUpToDate) -> None:
    for field in (FIELDS[0], FIELDS[-1]):
        valkey.hset(layout.campaigns_key("acme", FIRST), field, "1")
    anew = ReadAnew(valkey)
    for name in ("Spring", "Весна"):
        Shop(valkey).named("email", "k:1", name).named("sms", "к2", "two")
        right = {("email", "k:1"): name, ("sms", "к2"): "two"}
        assert kept.read("acme", [FIRST]).names == anew.read("acme", [FIRST]).names == right
        assert anew.read("acme", [FIRST], "sms").names == {("sms", "к2"): "two"}


def test_the_report_is_the_same(valkey: redis.Redis, kept: KeptUpToDate) -> None:
    shop = Shop(valkey).named("email", "k", "Spring")
    for number in (1, 2):
        shop.write(
            [Sale(f"o{number}", "2026-05-01T10:00:00Z", 501, credited=("email", "k"))],
            [Touched("2026-05-02", "sms", "k", "opened", 3)],
        )
        report = read_campaigns(valkey, view_of(), period(), reader=kept)
        assert report == read_campaigns(valkey, view_of(), period())
        assert report.total.purchases == number


def test_accounts_and_periods_are_told_apart(valkey: redis.Redis, kept: KeptUpToDate) -> None:
    for account, day, number in (("acme", 0, "1"), ("acme", 1, "2"), ("other", 0, "4")):
        valkey.hset(layout.campaigns_key(account, FIRST + day), FIELDS[0], number)
    for account, days, right in (("acme", [0], 1), ("acme", [0, 1], 3), ("other", [0, 1], 4), ("acme", [1], 2)):
        sums = kept.read(account, [FIRST + day for day in days]).sums
        assert plain(sums) == {("email", "k:1"): {"sent": right}}


@pytest.mark.parametrize("fields_kept_max", [0, 3, 100])
def test_however_little_is_kept_it_is_right(valkey: redis.Redis, fields_kept_max: int) -> None:
    reader = KeptUpToDate(valkey, fields_kept_max)
    for number in range(1, 6):
        valkey.hset(layout.campaigns_key("acme", FIRST + number % 3), FIELDS[number], str(number))
        for days in ((0, 1, 2), (1, 2), (2,)):
            assert shown(reader, *days) == shown(ReadAnew(valkey), *days)
    reader.close()


def test_a_long_period_is_right_too(valkey: redis.Redis, kept: KeptUpToDate) -> None:
    days = range(DAYS_KEPT_MAX + 1)
    for day in days:
        valkey.hset(layout.campaigns_key("acme", FIRST + day), FIELDS[0], "1")
    assert shown(kept, *days) == {("email", "k:1"): {"sent": len(days)}}


def test_readers_side_by_side_see_no_half_of_a_change(valkey: redis.Redis, kept: KeptUpToDate) -> None:
    """One field is always another's double: both are written at once."""
    key, is_over = layout.campaigns_key("acme", FIRST), threading.Event()
    wrong: list[object] = []

    def ask() -> None:
        while not is_over.is_set():
            figures = shown(kept, 0).get(("email", "k:1"), {})
            if figures.get("revenue:EUR", 0) != 2 * figures.get("sent", 0):
                wrong.append(figures)

    readers = [threading.Thread(target=ask) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(300):
        valkey.hset(key, mapping={FIELDS[0]: number, FIELDS[1]: 2 * number})
    is_over.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert shown(kept, 0)["email", "k:1"]["sent"] == 299
