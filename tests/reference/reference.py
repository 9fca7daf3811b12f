"""What the system must show for a set of events (contract §2: "a function of the set of events").

Out of scope, so the events given must stay within: the bounds on what state keeps (64 messages per contact
and channel, 16 times per message and event, retention of touches and orders), and everything that depends
on arrival (`explain`'s history, `catching_up`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.reference.account_settings import History, Version, history_of
from tests.reference.attribution import Decision, decide, messages_of
from tests.reference.counting import counters
from tests.reference.erasure import forget, is_pseudonym
from tests.reference.identity import contact_of, declared_last, owners, states
from tests.reference.parsing import PERSONAL, Event, Order, Touch, read_event
from tests.reference.values import Refused, amount_text, moment_text

OrderKey = tuple[str, str]  # account, order


@dataclass(frozen=True)
class View:
    """All that can be seen from outside, in plain values.

    redis: key → field → value, the hashes `day:D`, `total`, `campaigns:D`, `campaign:…`.
    rows: the JSON rows of the orders list. records: the last record of each key of `attributions`.
    refused: the lines for the dead letters, sorted, each once.
    as_of: account → the newest time of its touches and orders. currency, time_zone: account → what holds
    for the account as a whole (every account with an event).
    """

    redis: dict[str, dict[str, str]]
    rows: dict[OrderKey, dict[str, Any]]
    records: dict[OrderKey, dict[str, Any]]
    refused: list[bytes]
    as_of: dict[str, str]
    currency: dict[str, str]
    time_zone: dict[str, str]


def expected(lines: Iterable[bytes], settings: Mapping[str, Mapping[str, Any]], now_ms: int) -> View:
    """The view of a set of events, given as raw lines in any order and number (blank lines are none).

    settings: account → its table as in the TOML file, "" → `[default]`. now_ms: the wall clock.
    """
    read, refused = _read_all(lines, now_ms)
    events = forget(read)
    histories = _histories(events, settings)
    messages = messages_of(events)
    owner_of = owners(events)
    decisions = []
    for order in states(events):
        in_force = histories[order.account].in_force(order.ordered_at)
        decisions.append(decide(order, contact_of(order, owner_of), messages, in_force))
    said = declared_last(events)
    return View(
        redis=counters(messages, decisions, histories),
        rows={_key(decision): _row(decision, said) for decision in decisions},
        records={_key(decision): _record(decision) for decision in decisions},
        refused=refused,
        as_of=_as_of(events),
        currency={account: history.for_everything().currency for account, history in histories.items()},
        time_zone={account: history.for_everything().time_zone for account, history in histories.items()},
    )


def _read_all(lines: Iterable[bytes], now_ms: int) -> tuple[set[Event], list[bytes]]:
    events, refused = set(), set()
    for line in set(lines):
        if line.strip():
            try:
                events.add(read_event(line, now_ms))
            except Refused:
                refused.add(line)
    return events, sorted(refused)


def _histories(events: set[Event], settings: Mapping[str, Mapping[str, Any]]) -> dict[str, History]:
    versions = [event for event in events if isinstance(event, Version)]
    return {account: history_of(account, settings, versions) for account in sorted({event.account for event in events})}


def _as_of(events: set[Event]) -> dict[str, str]:
    newest: dict[str, int] = {}
    for event in events:
        if isinstance(event, Touch | Order):
            newest[event.account] = max(newest.get(event.account, event.time), event.time)
    return {account: moment_text(time) for account, time in newest.items()}


def _key(decision: Decision) -> OrderKey:
    return decision.order.account, decision.order.order


def _facts(decision: Decision) -> dict[str, Any]:
    """What the order row and the attribution record both say."""
    order, credit = decision.order, decision.credit
    return {
        "order": order.order,
        "contact": decision.contact,
        "status": order.status,
        "amount": amount_text(order.amount, order.currency),
        "currency": order.currency,
        "ordered_at": moment_text(order.ordered_at),
        "channel": credit and credit.channel,
        "campaign": credit and credit.campaign,
        "message": credit and credit.message,
        "event": credit and credit.event,
        "touched_at": credit and moment_text(credit.touched_at),
        "reason": decision.reason,
    }


def _record(decision: Decision) -> dict[str, Any]:
    credit = decision.credit
    return _facts(decision) | {
        "account": decision.order.account,
        "credited": credit is not None,
        "window": credit and credit.window,
    }


def _row(decision: Decision, said: dict[tuple[str, str, str], str]) -> dict[str, Any]:
    order = decision.order
    row = _facts(decision)
    row["refunded"] = None if order.refunded is None else amount_text(order.refunded, order.currency)
    for field in PERSONAL:
        row[field] = getattr(order.person, field)
        if row[field] is None and decision.contact is not None:
            row[field] = said.get((order.account, decision.contact, field))
        if is_pseudonym(decision.contact):
            row[field] = None
    if order.items is not None:
        row["items"] = json.loads(order.items)
    return row
