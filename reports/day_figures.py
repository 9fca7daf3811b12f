"""The figures of each day of a period, of an account, a channel or a campaign, in one currency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import redis

from connectors.view.layout import (
    SALES,
    UNATTRIBUTED,
    campaign_key,
    campaign_prefix,
    campaigns_key,
    channel_prefix,
    day_key,
    parse_channel_field,
    sale_field,
    text_of,
    texts_of,
    total_key,
)
from reports.period import Period, days_with_data
from reports.reading import DAY_HASHES_PER_TRIP, batches, read_fields, read_hashes
from state.settings import EVENTS

Figures = Counter[str]
"""`SALES` (money in minor units) and `EVENTS` → how much; what is not there is 0."""

KEYS_PER_TRIP: Final = 1_000


class DayFigures(NamedTuple):
    """One day, as one atomic read saw it."""

    figures: Figures
    """What was credited, expected and counted of whom the figures are."""
    unattributed: Figures
    """What no channel earns; empty but for an account."""
    channels: dict[str, Figures]
    """`figures` by channel; of an account only where asked for."""


ByDay = dict[int, DayFigures]
"""Days (ordinals) of the period that have any data, oldest first."""


def read_account_days(
    client: redis.Redis, account: str, period: Period, currency: str, *, with_channels: bool
) -> ByDay:
    """The account's days. `with_channels` reads all that is known of a day, so that its channels add up to it."""
    days = days_with_data(client, account, period)
    keys = [day_key(account, day) for day in days]
    names = dict(_fields("", currency))
    nobody = {sale_field(figure, currency, UNATTRIBUTED): figure for figure in SALES}
    if not with_channels:
        asked = [*names, *nobody]
        hashes: Iterable[dict[str, int]] = (
            dict(zip(asked, values, strict=True)) for values in read_fields(client, keys, asked)
        )
    else:
        hashes = (
            {field: int(value) for field, value in texts_of(values).items()}
            for values in read_hashes(client, keys, DAY_HASHES_PER_TRIP)
        )
    return {
        day: DayFigures(_picked(values, names), _picked(values, nobody), _channels(values, currency))
        for day, values in zip(days, hashes, strict=True)
    }


def read_channel_days(client: redis.Redis, account: str, period: Period, currency: str, channel: str) -> ByDay:
    """The days of a channel."""
    days = days_with_data(client, account, period)
    keys = (day_key(account, day) for day in days)
    return dict(zip(days, _of_channels(client, keys, {channel: channel_prefix(channel)}, currency), strict=True))


def read_campaign_days(
    client: redis.Redis, account: str, period: Period, currency: str, campaign: str, channel: str | None
) -> ByDay:
    """The days of a campaign on a channel, or on all it is on."""
    on = _channels_of(client, account, campaign) if channel is None else [channel]
    if not on:
        return {}
    days = days_with_data(client, account, period)
    keys = (campaigns_key(account, day) for day in days)
    prefixes = {each: campaign_prefix(each, campaign) for each in on}
    return dict(zip(days, _of_channels(client, keys, prefixes, currency), strict=True))


def _of_channels(
    client: redis.Redis, keys: Iterable[str], prefixes: dict[str, str], currency: str
) -> Iterator[DayFigures]:
    """Each hash's figures of some channels, whose fields begin with their prefix, and their sum."""
    names = {channel: dict(_fields(prefix, currency)) for channel, prefix in prefixes.items()}
    asked = [field for of_channel in names.values() for field in of_channel]
    for values in read_fields(client, keys, asked):
        found = dict(zip(asked, values, strict=True))
        channels = {channel: _picked(found, of_channel) for channel, of_channel in names.items()}
        yield DayFigures(sum(channels.values(), Figures()), Figures(), channels)


def _fields(prefix: str, currency: str) -> Iterator[tuple[str, str]]:
    """(field of a hash, figure) of all figures whose fields begin so."""
    for figure in SALES:
        yield sale_field(figure, currency, prefix), figure
    for event in EVENTS:
        yield prefix + event, event


def _picked(values: dict[str, int], names: dict[str, str]) -> Figures:
    return Figures({figure: values.get(field, 0) for field, figure in names.items()})


def _channels(values: dict[str, int], currency: str) -> dict[str, Figures]:
    channels: dict[str, Figures] = {}
    for field, value in values.items():
        parsed = parse_channel_field(field)
        if parsed and parsed[1].currency in (None, currency):
            channels.setdefault(parsed[0], Figures())[parsed[1].name] = value
    return channels


def _channels_of(client: redis.Redis, account: str, campaign: str) -> list[str]:
    """The channels that a campaign has ever done anything on."""
    fields = map(parse_channel_field, map(text_of, client.hkeys(total_key(account))))
    found: list[str] = []
    for batch in batches(sorted({of[0] for of in fields if of}), KEYS_PER_TRIP):
        pipeline = client.pipeline(transaction=False)
        for channel in batch:
            pipeline.exists(campaign_key(account, channel, campaign))
        found += [channel for channel, exists in zip(batch, pipeline.execute(), strict=True) if exists]
    return found
