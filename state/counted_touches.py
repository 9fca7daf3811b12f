"""Touches that count (contract §4), as they came: of many together, kinds are found for few."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Protocol, Self


class CountedTouches(Protocol):
    """Touches of one account and day, however they are kept."""

    def __len__(self) -> int: ...

    def by_kind(self, others: Sequence[Self], /) -> Counter[str]:
        """Kind → how many of these and of others have it."""


class ListedKinds(list[str]):
    """The kind of each touch that counts."""

    def by_kind(self, others: Sequence[ListedKinds]) -> Counter[str]:
        """See `CountedTouches`."""
        return Counter(chain(self, *others))


def count_by_kind(touches: Iterable[CountedTouches]) -> Counter[str]:
    """Kind → how many touches have it."""
    alike: defaultdict[type, list[CountedTouches]] = defaultdict(list)
    for some in touches:
        alike[type(some)].append(some)
    counts = Counter[str]()
    for first, *others in alike.values():
        counts.update(first.by_kind(others))
    return counts
