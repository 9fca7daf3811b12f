"""Random steps with something beside what it is to equal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Protocol, TypeVar


class Walker(Protocol):
    """Goes a step with both, and compares."""

    def step(self) -> None: ...


_Walker = TypeVar("_Walker", bound=Walker)


def walked(begin: Callable[[Random], _Walker], steps: int, seed: int, together: int = 50) -> Iterator[_Walker]:
    """So many steps, with a new one each time that so many are gone together; each, once it has gone them."""
    random = Random(seed)
    for start in range(0, steps, together):
        walker = begin(random)
        for _ in range(min(together, steps - start)):
            walker.step()
        yield walker
