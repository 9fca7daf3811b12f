"""What the stage by order says, as a key group of contacts takes it: the usual orders together, all else one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from state import people
from state.changes import (
    Assigned,
    Changes,
    Heard,
    OrderMessage,
    Outcome,
    Withdrawn,
    unpack_message,
    unpack_outcome,
    whole_message,
)
from state.contact_orders import ContactOrderDict, PlacedOrders, PlacingAccount
from state.contacts import ContactGroup
from state.packed_values import items_in
from state.packed_words import Packed, first_of, pack_list, unpack_list

_pack: Final[Callable[[OrderMessage | Outcome], bytes]] = msgspec.msgpack.Encoder().encode


def take(group: ContactGroup, words: Sequence[OrderMessage | bytes] | bytes, changes: Changes) -> None:
    """Take words, some of which may be packed, or a packed list of packed words, in their order."""
    if isinstance(words, bytes):
        _take_packed(group, words, changes)
    else:
        _take(group, words, changes, None)


def _take_packed(group: ContactGroup, words: bytes, changes: Changes) -> None:
    """Nobody looks at any but the first of them where all are usual."""
    account = _account_of(unpack_message(first_of(words)))
    placed = _placed(group, account, words, changes)
    facts = group.account(account)
    if placed is None or facts.people or len(placed.outcomes) < items_in(words):
        _take(group, unpack_list(words), changes, placed)
        return
    changes.read_at(placed.read_ms)
    changes.outcomes.append(placed.outcomes)
    group.advance(account, facts, placed.newest, changes)


def _take(
    group: ContactGroup, messages: Sequence[OrderMessage | bytes], changes: Changes, begun: PlacedOrders | None
) -> None:
    """`begun`: what has become of the words of the first one's account, if that was tried."""
    newest: dict[str, int] = {}
    told = _place_usual(group, messages, changes, newest, begun)
    known = iter(group.messages_of([item for item in told if isinstance(item, Assigned)]))
    for item in told:
        if isinstance(item, Packed):
            changes.outcomes.append(item)
        elif isinstance(item, Assigned):
            changes.read_at(item.read_ms)
            group.place(item, changes, next(known))
        elif isinstance(item, Withdrawn):
            group.withdraw(item)
        elif isinstance(item, Heard):
            group.hear(item, changes)
        else:
            group.forget(item, changes)
    for account, time in newest.items():
        group.advance(account, group.account(account), time, changes)


def _placed(group: ContactGroup, account: str, words: bytes, changes: Changes) -> PlacedOrders | None:
    """Have what holds the orders of an account place the usual ones. None: nothing is usual there."""
    facts = group.account(account)
    if isinstance(facts.orders, ContactOrderDict):
        return None
    of = PlacingAccount(account, facts.retention.clock, facts.messages, facts.timeline)
    return facts.orders.place(words, of, changes.read_ms)


def _place_usual(
    group: ContactGroup,
    messages: Sequence[OrderMessage | bytes],
    changes: Changes,
    newest: dict[str, int],
    begun: PlacedOrders | None,
) -> list[Packed | OrderMessage]:
    """Have what holds the orders of each account place the usual ones.

    `newest`: account → ms of the newest event of those that were placed; it is filled. `begun`: see `_take`. Returns,
    in the order of the words, the outcomes of those that were placed, and the words that were left.
    """
    words = list(messages)
    told: dict[int, Packed | OrderMessage] = {}
    waiting = list(range(len(words)))
    placed = begun
    while waiting:
        account = _account_of(whole_message(words[waiting[0]]))
        facts = group.account(account)
        if placed is None and not isinstance(facts.orders, ContactOrderDict):
            placed = _placed(group, account, pack_list([_packed(words[number]) for number in waiting]), changes)
        if placed is None:
            whole = {number: whole_message(words[number]) for number in waiting}
            words = [whole.get(number, word) for number, word in enumerate(words)]
            told |= {number: word for number, word in whole.items() if _account_of(word) == account}
            waiting = [number for number in waiting if number not in told]
            continue
        changes.read_at(placed.read_ms)
        newest[account] = placed.newest
        outcomes = placed.outcomes.each()
        if facts.people:
            outcomes = [_shown(one, facts.people) for one in outcomes]
        left = {waiting[index]: whole_message(words[waiting[index]]) for index in placed.left}
        facts.orders.expect([one.order for one in left.values() if isinstance(one, Assigned)], facts.timeline)
        foreign = {waiting[index] for index in placed.foreign}
        mine = [number for number in waiting if number not in left and number not in foreign]
        told |= left | dict(zip(mine, outcomes, strict=True))
        waiting, placed = sorted(foreign), None
    return [told[number] for number in range(len(words))]


def _shown(told: Packed, known: Mapping[str, bytes]) -> Packed:
    """An outcome with what its contact declared of itself. `known`: contact → what (`state.people`)."""
    outcome = unpack_outcome(told.packed)
    assert isinstance(outcome, Outcome)
    declared = known.get(outcome.order.contact or "")
    if declared is None:
        return told
    shown = people.shown(outcome.order, people.unpack(declared))
    return Packed(told.group, _pack(msgspec.structs.replace(outcome, order=shown)))


def _packed(word: OrderMessage | bytes) -> bytes:
    return word if isinstance(word, bytes) else _pack(word)


def _account_of(word: OrderMessage) -> str:
    return word.order.account if isinstance(word, Assigned) else word.account
