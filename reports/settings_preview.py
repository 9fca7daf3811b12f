"""What a change of settings would make of a past period, per campaign (contract §2: a decision is a pure function)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from connectors.view.layout import PURCHASES, REVENUE, UNATTRIBUTED
from reports.explanation import ExplainedSettings, version_shown
from reports.period import Period
from state.money import format_amount
from state.timeline import Version

FieldKey = tuple[str, str, str]
"""(channel, campaign, field) as in `state.ledger`."""


class Change(msgspec.Struct, frozen=True):
    """A figure now and then."""

    now: int | str
    """Money as a decimal string."""
    then: int | str
    difference: int | str


class ChangedFigures(msgspec.Struct, frozen=True):
    """Purchases and revenue in one currency."""

    currency: str
    purchases: Change
    revenue: Change


class ChangedCampaign(msgspec.Struct, frozen=True):
    """A campaign for which something would change, in one currency."""

    channel: str
    campaign: str
    currency: str
    purchases: Change
    revenue: Change


class SettingsPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What would be, beside what is."""

    account: str
    from_: str = msgspec.field(name="from")
    to: str
    settings: ExplainedSettings
    """The version that would come to those in force."""
    campaigns: list[ChangedCampaign]
    """Only those that change, by how much revenue they gain or lose, the greatest first."""
    credited: list[ChangedFigures]
    """All campaigns together, by currency."""
    unattributed: list[ChangedFigures]
    total: list[ChangedFigures]
    """What was delivered; it moves only if days do, or orders come to count."""


_NAMES: Final = (PURCHASES, REVENUE)


def settings_preview(
    account: str,
    period: Period,
    version: Version,
    now: Mapping[FieldKey, int],
    difference: Mapping[FieldKey, int],
) -> SettingsPreview:
    """The preview of `version`. `now`: what the period counts; `difference`: what would come to it."""
    campaigns = {(channel, campaign) for channel, campaign, _ in difference if campaign}
    currencies = sorted({name[-3:] for _, _, name in (*now, *difference) if _is_of_sales(name)})
    rows = [
        (row, abs(_of(difference, channel, campaign, f"{REVENUE}:{currency}")))
        for channel, campaign in campaigns
        for currency in currencies
        if (row := _campaign(channel, campaign, currency, now, difference)) is not None
    ]
    rows.sort(key=lambda one: (one[0].currency, -one[1], one[0].channel, one[0].campaign))
    credited = _credited(now), _credited(difference)
    nobody = _unattributed(now), _unattributed(difference)
    total = credited[0] + nobody[0], Counter(credited[1])
    total[1].update(nobody[1])
    return SettingsPreview(
        account=account,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        settings=version_shown(version),
        campaigns=[row for row, _ in rows],
        credited=_figures(currencies, *credited),
        unattributed=_figures(currencies, *nobody),
        total=_figures(currencies, *total),
    )


def _is_of_sales(name: str) -> bool:
    return name.removeprefix(UNATTRIBUTED).partition(":")[0] in _NAMES


def _campaign(
    channel: str, campaign: str, currency: str, now: Mapping[FieldKey, int], difference: Mapping[FieldKey, int]
) -> ChangedCampaign | None:
    """A campaign's row; None if nothing changes for it in this currency."""
    fields = [f"{name}:{currency}" for name in _NAMES]
    if not any(_of(difference, channel, campaign, field) for field in fields):
        return None
    purchases, revenue = (
        (_of(now, channel, campaign, field), _of(difference, channel, campaign, field)) for field in fields
    )
    return ChangedCampaign(channel, campaign, currency, _count(*purchases), _money(currency, *revenue))


def _of(sums: Mapping[FieldKey, int], channel: str, campaign: str, field: str) -> int:
    return sums.get((channel, campaign, field), 0)


def _credited(sums: Mapping[FieldKey, int]) -> Counter[str]:
    added: Counter[str] = Counter()
    for (_, campaign, name), amount in sums.items():
        if campaign and _is_of_sales(name):
            added[name] += amount
    return added


def _unattributed(sums: Mapping[FieldKey, int]) -> Counter[str]:
    added: Counter[str] = Counter()
    for (channel, _, name), amount in sums.items():
        if not channel and name.startswith(UNATTRIBUTED):
            added[name.removeprefix(UNATTRIBUTED)] += amount
    return added


def _figures(currencies: Iterable[str], now: Mapping[str, int], difference: Mapping[str, int]) -> list[ChangedFigures]:
    return [
        ChangedFigures(
            currency,
            _count(now.get(f"{PURCHASES}:{currency}", 0), difference.get(f"{PURCHASES}:{currency}", 0)),
            _money(currency, now.get(f"{REVENUE}:{currency}", 0), difference.get(f"{REVENUE}:{currency}", 0)),
        )
        for currency in currencies
    ]


def _count(now: int, difference: int) -> Change:
    return Change(now, now + difference, difference)


def _money(currency: str, now: int, difference: int) -> Change:
    return Change(*(format_amount(amount, currency) for amount in (now, now + difference, difference)))
