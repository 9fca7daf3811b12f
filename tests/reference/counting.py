"""The counters as they lie in Redis: key → field → decimal integer as text, nothing that is 0 (README)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from tests.reference.account_settings import EVENTS, History
from tests.reference.attribution import Decision, Message
from tests.reference.values import day_text

Hashes = dict[str, dict[str, int]]


def counters(
    messages: Iterable[Message], decisions: Iterable[Decision], histories: Mapping[str, History]
) -> dict[str, dict[str, str]]:
    """The hashes `day:D`, `total`, `campaigns:D` and `campaign:…` of all accounts."""
    hashes: Hashes = {}
    for message in messages:
        _count_message(hashes, message, histories[message.account])
    for decision in decisions:
        _count_order(hashes, decision, histories[decision.order.account])
    return _as_text(hashes)


def _count_message(hashes: Hashes, message: Message, history: History) -> None:
    zone = history.for_everything().time_zone
    for event in EVENTS:
        first = message.first_counted(event, history)
        if first is None:
            continue
        account, day = message.account, day_text(first, zone)
        _add_to_account(hashes, account, day, event, 1)
        _add_to_account(hashes, account, day, f"channel:{message.channel}:{event}", 1)
        _add_to_campaign(hashes, account, day, message.channel, message.campaign, event, 1)


def _count_order(hashes: Hashes, decision: Decision, history: History) -> None:
    order, credit = decision.order, decision.credit
    account, currency, amount = order.account, order.currency, order.amount
    day = day_text(order.ordered_at, history.for_everything().time_zone)
    _add_to_account(hashes, account, day, f"orders:{order.status}:{currency}", 1)
    _add_to_account(hashes, account, day, f"amount:{order.status}:{currency}", amount)
    if order.refunded:
        _add_to_account(hashes, account, day, f"orders:refunded:{currency}", 1)
        _add_to_account(hashes, account, day, f"amount:refunded:{currency}", order.refunded)
    if order.status != "DELIVERED":
        return
    if credit is None:
        _add_to_account(hashes, account, day, f"unattributed:purchases:{currency}", 1)
        _add_to_account(hashes, account, day, f"unattributed:revenue:{currency}", amount)
        return
    for name, number in ((f"purchases:{currency}", 1), (f"revenue:{currency}", amount)):
        _add_to_account(hashes, account, day, name, number)
        _add_to_account(hashes, account, day, f"channel:{credit.channel}:{name}", number)
        _add_to_campaign(hashes, account, day, credit.channel, credit.campaign, name, number)


def key_prefix(account: str) -> str:
    return "lasttouch:{" + quote(account, safe="") + "}:"


def _add_to_account(hashes: Hashes, account: str, day: str, field: str, number: int) -> None:
    _add(hashes, f"{key_prefix(account)}day:{day}", field, number)
    _add(hashes, f"{key_prefix(account)}total", field, number)


def _add_to_campaign(
    hashes: Hashes, account: str, day: str, channel: str, campaign: str, field: str, number: int
) -> None:
    name = f"{channel}:{quote(campaign, safe='')}"
    _add(hashes, f"{key_prefix(account)}campaigns:{day}", f"{name}:{field}", number)
    _add(hashes, f"{key_prefix(account)}campaign:{name}", field, number)


def _add(hashes: Hashes, key: str, field: str, number: int) -> None:
    fields = hashes.setdefault(key, {})
    fields[field] = fields.get(field, 0) + number


def _as_text(hashes: Hashes) -> dict[str, dict[str, str]]:
    texts = {}
    for key, fields in hashes.items():
        kept = {field: str(number) for field, number in fields.items() if number != 0}
        if kept:
            texts[key] = kept
    return texts
