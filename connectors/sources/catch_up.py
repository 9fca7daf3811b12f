"""How far a source is: whether it has read again all that an earlier run had read, and whether it has caught up.

Both are decided by positions alone. A process or a server that stood still for a while has read no more for that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

Progress = Callable[[str, bool], None]
"""Told of a virtual partition, and whether it has caught up."""


class CatchUp:
    """Next positions by unit that are to be reached."""

    def __init__(self, to_reach: Mapping[str, int]) -> None:
        self._to_reach = dict(to_reach)

    def is_passed(self, positions: Mapping[str, int], not_read_to_end: Collection[str]) -> bool:
        """Whether each unit is where it has to be, or else at its end: then it is another one than it was."""
        self._to_reach = {
            unit: goal
            for unit, goal in self._to_reach.items()
            if positions.get(unit, 0) < goal and unit in not_read_to_end
        }
        return not self._to_reach


class ProgressReport:
    """Tells of each change between catching up and caught up, and of nothing else."""

    def __init__(self, partition: str, tell: Progress | None) -> None:
        self._partition = partition
        self._tell = tell
        self._caught_up: bool | None = None

    @property
    def is_caught_up(self) -> bool:
        """What was told last."""
        return self._caught_up is True

    def polled(self, *, has_passed: bool, is_full: bool, is_at_end: bool) -> None:
        """Take account of one poll. `is_full`: it brought as much as it can, so more lies ready."""
        if is_full or not has_passed:
            self._set(caught_up=False)
        elif is_at_end:
            self._set(caught_up=True)

    def _set(self, *, caught_up: bool) -> None:
        if caught_up == self._caught_up:
            return
        self._caught_up = caught_up
        if self._tell is not None:
            self._tell(self._partition, caught_up)
