"""Which events a set may hold together: none whose tie the contract leaves open.

Open are (1) settings of one account with the same `effective_from` and `time` whose canonical JSON depends on
how windows or defaults are written, or that differ in `by` (whether that JSON holds it is not said); (2) two
declarations of one contact at one instant that differ in more than one field; (3) at the level of erasures,
every tie that an id decides, because the id becomes a hash. Order events with equal amounts in currencies of
different decimals, (4), are kept out by `event_strategies.AMOUNTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from tests.reference.event_lines import Fields
from tests.reference.parsing import PERSONAL
from tests.reference.values import moment_ms

Group = list[Fields]
WHOLE_SETTINGS = 7


def settled(events: Sequence[Fields], *, no_ties: bool) -> list[Fields]:
    """The events without those that leave a tie open; the first of a tie stays."""
    kept: list[Fields] = []
    groups: dict[Hashable, Group] = {}
    for event in events:
        kind = str(event["type"])
        group = groups.setdefault(_instant(event, kind, no_ties=no_ties), [])
        if not group or (not no_ties and _FITS[kind](event, group)):
            group.append(event)
            kept.append(event)
    return kept


def _instant(event: Fields, kind: str, *, no_ties: bool) -> Hashable:
    """What events must have in common to be a tie."""
    account, time = event["account"], moment_ms(str(event["time"]))
    if kind == "settings":
        return kind, account, moment_ms(str(event["effective_from"])), time
    if kind == "erase":
        return kind, account, event["contact"]
    if kind == "contact" and not no_ties:
        return kind, account, event["contact"], time
    return kind, account, time


def _one_field_apart(event: Fields, group: Group) -> bool:
    different = [sum(event.get(name) != other.get(name) for name in PERSONAL) for other in group]
    return len(group) == 1 and different[0] <= 1


def _all_whole(event: Fields, group: Group) -> bool:
    return all(len(_given(one)) == WHOLE_SETTINGS and _same_channels(one, event) for one in [event, *group])


def _given(event: Fields) -> list[str]:
    return [name for name in event if name not in ("type", "account", "effective_from", "time", "by")]


def _same_channels(one: Fields, other: Fields) -> bool:
    same = one.get("channels") == other.get("channels") and one.get("by") == other.get("by")
    return same and all(
        len(value) <= 1 for value in (one["excluded_tags"], other["excluded_tags"]) if isinstance(value, list)
    )


_FITS: dict[str, Callable[[Fields, Group], bool]] = {
    "touch": lambda _event, _group: True,
    "order": lambda _event, _group: True,
    "contact": _one_field_apart,
    "campaign": lambda _event, _group: True,
    "settings": _all_whole,
    "erase": lambda _event, _group: False,
}
