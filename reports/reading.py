"""Reading many hashes in few round trips and bounded memory, and adding them up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, TypeVar, cast

import redis

from connectors.view.layout import Text, text_of

Hash = Mapping[Text, Text]

DAY_HASHES_PER_TRIP: Final = 200
"""Hashes with some dozens of fields each."""
CAMPAIGN_HASHES_PER_TRIP: Final = 4
"""Hashes with tens of thousands of fields each; a trip should stay below some tens of MB."""

_Item = TypeVar("_Item")


def scored(answer: object) -> list[tuple[str, int]]:
    """The (member, score) pairs of a sorted set's answer WITHSCORES; its scores must be whole."""
    # Pairs are tuples or lists, depending on the version of the protocol that the client speaks.
    return [(text_of(member), int(score)) for member, score in cast("list[tuple[Text, float]]", answer)]


def batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """The items in lists of `size`, the last one shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def read_hashes(client: redis.Redis, keys: Iterable[str], per_trip: int) -> Iterator[Hash]:
    """The hash at each key, in order; a key that is absent gives an empty one."""
    for batch in batches(keys, per_trip):
        pipeline = client.pipeline(transaction=False)
        for key in batch:
            pipeline.hgetall(key)
        yield from pipeline.execute()


def read_fields(client: redis.Redis, keys: Iterable[str], fields: list[str]) -> Iterator[list[int]]:
    """The numbers in these fields of the hash at each key, in order; what is absent is 0. `fields` has at least one."""
    for batch in batches(keys, DAY_HASHES_PER_TRIP):
        pipeline = client.pipeline(transaction=False)
        for key in batch:
            pipeline.hmget(key, fields)
        for answer in pipeline.execute():
            yield [0 if value is None else int(value) for value in answer]


def add_up(hashes: Iterable[Hash]) -> dict[str, int]:
    """Field → the sum of its values over all the hashes."""
    sums: dict[Text, int] = {}
    get = sums.get
    for values in hashes:
        for field, value in values.items():
            sums[field] = get(field, 0) + int(value)
    return {text_of(field): total for field, total in sums.items()}
