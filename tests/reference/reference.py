"""What the system must show for a set of events (contract §2: "a function of the set of events").

Out of scope, so the events given must stay within: the bounds on what state keeps (64 messages per contact
and channel, 16 times per message and event, retention of touches and orders), and everything that depends
on arrival (`explain`'s history, `catching_up`, what is too late).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.reference.account_settings import History, Version, history_of
from tests.reference.attribution import Credit, Decision, Message, decide, messages_of
from tests.reference.counting import counters
from tests.reference.erasure import Forgetting, forget, is_pseudonym
from tests.reference.events import PERSONAL, Campaign, Event, Order, PartialOrder, Touch
from tests.reference.identity import contact_of, declared_last, owners, states
from tests.reference.parsing import read_event
from tests.reference.values import Refused, amount_text, moment_text

OrderKey = tuple[str, str]  # account, order
CampaignKey = tuple[str, str, str]  # account, channel, campaign

# The keywords of `expected` that make it the whole contract.
WHOLE: dict[str, bool] = {
    "with_expected": True,
    "with_hours": True,
    "with_contact_unknown": True,
    "erase_unnamed": True,
}


@dataclass(frozen=True)
class View:
    """All that can be seen from outside, in plain values.

    redis: key → field → value, the hashes `day:D`, `total`, `campaigns:D`, `campaign:…`.
    rows: the JSON rows of the orders list. records: the last record of each key of `attributions`.
    refused: the lines for the dead letters, sorted, each once; codes: each of them → its `code`.
    as_of: account → the newest time of its touches and orders, those of an order not known yet among them.
    currency, time_zone: account → what holds for the account as a whole (every account with an event).
    names: what campaigns are called. versions: account → its settings events, newest first, as they are listed
    (`effective_from`, `time`, `by`, `settings`). file_settings: account → the settings that it began with.
    tags: account → tag → ms of the latest touch that has it.
    """

    redis: dict[str, dict[str, str]]
    rows: dict[OrderKey, dict[str, Any]]
    records: dict[OrderKey, dict[str, Any]]
    refused: list[bytes]
    as_of: dict[str, str]
    currency: dict[str, str]
    time_zone: dict[str, str]
    codes: dict[bytes, str]
    names: dict[CampaignKey, str]
    versions: dict[str, list[dict[str, Any]]]
    file_settings: dict[str, dict[str, Any]]
    tags: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Facts:
    """What all reports are made of. said: (account, contact, field) → what the contact declared last."""

    events: set[Event]
    histories: dict[str, History]
    messages: list[Message]
    decisions: list[Decision]
    said: dict[tuple[str, str, str], str]
    names: dict[CampaignKey, str]


def expected(
    lines: Iterable[bytes],
    settings: Mapping[str, Mapping[str, Any]],
    now_ms: int,
    *,
    with_expected: bool = False,
    with_hours: bool = False,
    with_contact_unknown: bool = False,
    erase_unnamed: bool = False,
) -> View:
    """The view of a set of events, given as raw lines in any order and number (blank lines are none).

    settings: account → its table as in the TOML file, "" → `[default]`. now_ms: the wall clock.
    with_expected: the counters `expected_purchases:CUR` and `expected_revenue:CUR` wherever `purchases` and `revenue`
    stand, and `expected` in rows and records (contract §4). with_hours: in the hashes `day:D`, `hour:HH:` before the
    account's purchases and revenue. with_contact_unknown: the counters `orders:contact_unknown:CUR` and `amount:…`.
    erase_unnamed: an erasure holds for an order event without contact, too, if its order is the contact's (§1).
    """
    read, codes = _read_all(lines, now_ms)
    facts = facts_of(read, settings, erase_unnamed=erase_unnamed)
    return View(
        redis=counters(
            facts.messages,
            facts.decisions,
            facts.histories,
            with_expected=with_expected,
            with_hours=with_hours,
            with_contact_unknown=with_contact_unknown,
        ),
        rows={_key(decision): row_of(decision, facts, with_expected=with_expected) for decision in facts.decisions},
        records={_key(decision): _record(decision, with_expected=with_expected) for decision in facts.decisions},
        refused=sorted(codes),
        as_of=as_of(facts.events),
        currency={account: history.for_everything().currency for account, history in facts.histories.items()},
        time_zone={account: history.for_everything().time_zone for account, history in facts.histories.items()},
        codes=codes,
        names=facts.names,
        versions={account: _versions(history) for account, history in facts.histories.items() if history.versions},
        file_settings={account: history.file.plain() for account, history in facts.histories.items()},
        tags=_tags(facts.events),
    )


def facts_of(read: set[Event], settings: Mapping[str, Mapping[str, Any]], *, erase_unnamed: bool) -> Facts:
    """What the events, as they were read, come to."""
    events = forget(read, unnamed=erase_unnamed)
    histories = _histories(events, settings)
    messages = messages_of(events)
    owner_of = owners(events)
    forgetting = Forgetting.of(read, unnamed=erase_unnamed)
    decisions = []
    for order in states(read, forgetting.order):
        in_force = histories[order.account].in_force(order.ordered_at)
        decisions.append(decide(order, contact_of(order, owner_of), messages, in_force))
    return Facts(events, histories, messages, decisions, declared_last(events), _names(events))


def read_all(lines: Iterable[bytes], now_ms: int) -> set[Event]:
    """The events of those lines that are any."""
    return _read_all(lines, now_ms)[0]


def _read_all(lines: Iterable[bytes], now_ms: int) -> tuple[set[Event], dict[bytes, str]]:
    events, refused = set(), {}
    for line in set(lines):
        if line.strip():
            try:
                events.add(read_event(line, now_ms))
            except Refused as error:
                refused[line] = error.code
    return events, refused


def _histories(events: set[Event], settings: Mapping[str, Mapping[str, Any]]) -> dict[str, History]:
    versions = [event for event in events if isinstance(event, Version)]
    return {account: history_of(account, settings, versions) for account in sorted({event.account for event in events})}


def as_of(events: set[Event]) -> dict[str, str]:
    newest: dict[str, int] = {}
    for event in events:
        if isinstance(event, Touch | Order | PartialOrder):
            newest[event.account] = max(newest.get(event.account, event.time), event.time)
    return {account: moment_text(time) for account, time in newest.items()}


def _names(events: set[Event]) -> dict[CampaignKey, str]:
    """The name given last; of two at one instant the greater (contract §1)."""
    last: dict[CampaignKey, tuple[int, str]] = {}
    for event in events:
        if isinstance(event, Campaign):
            key, claim = (event.account, event.channel, event.campaign), (event.time, event.name)
            last[key] = max(last.get(key, claim), claim)
    return {key: name for key, (_, name) in last.items()}


def _versions(history: History) -> list[dict[str, Any]]:
    return [
        {
            "effective_from": moment_text(version.effective_from),
            "time": moment_text(version.time),
            "by": version.by,
            "settings": version.settings.plain(),
        }
        for version in history.newest_first()
    ]


def _tags(events: set[Event]) -> dict[str, dict[str, int]]:
    tags: dict[str, dict[str, int]] = {}
    for event in events:
        if isinstance(event, Touch):
            for tag in event.tags:
                seen = tags.setdefault(event.account, {})
                seen[tag] = max(seen.get(tag, event.time), event.time)
    return tags


def _key(decision: Decision) -> OrderKey:
    return decision.order.account, decision.order.order


def _touched(credit: Credit | None) -> dict[str, Any]:
    return {
        "channel": credit and credit.channel,
        "campaign": credit and credit.campaign,
        "message": credit and credit.message,
        "event": credit and credit.event,
        "touched_at": credit and moment_text(credit.touched_at),
    }


def _facts(decision: Decision, *, with_expected: bool) -> dict[str, Any]:
    """What the order row and the attribution record both say."""
    order, earns = decision.order, decision.expected
    facts = {
        "order": order.order,
        "contact": decision.contact,
        "status": order.status,
        "amount": amount_text(order.amount, order.currency),
        "currency": order.currency,
        "ordered_at": moment_text(order.ordered_at),
        **_touched(decision.credit),
        "reason": decision.reason,
    }
    if with_expected:
        facts["expected"] = None if earns is None else _touched(earns) | {"window": earns.window}
    return facts


def _record(decision: Decision, *, with_expected: bool) -> dict[str, Any]:
    credit = decision.credit
    return _facts(decision, with_expected=with_expected) | {
        "account": decision.order.account,
        "credited": credit is not None,
        "window": credit and credit.window,
    }


def row_of(decision: Decision, facts: Facts, *, with_expected: bool) -> dict[str, Any]:
    """The order's row in the orders list."""
    order = decision.order
    row = _facts(decision, with_expected=with_expected)
    row["refunded"] = None if order.refunded is None else amount_text(order.refunded, order.currency)
    for field in PERSONAL:
        row[field] = getattr(order.person, field)
        if row[field] is None and decision.contact is not None:
            row[field] = facts.said.get((order.account, decision.contact, field))
        if is_pseudonym(decision.contact):
            row[field] = None
    if order.items is not None:
        row["items"] = json.loads(order.items)
    return row
