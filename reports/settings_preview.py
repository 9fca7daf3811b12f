"""What a change of settings would make of a past period, per campaign (contract §2: a decision is a pure function)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

import msgspec

from connectors.view.layout import (
    EXPECTED_PURCHASES,
    EXPECTED_REVENUE,
    PURCHASES,
    REVENUE,
    SALES,
    UNATTRIBUTED,
    sale_field,
)
from reports.explanation import ExplainedSettings, version_shown
from reports.period import Period
from state.key_groups import GROUPS
from state.money import format_amount
from state.questions import AccountVersions, Asks, CountedSales, OrdersSlice, PreviewOrders
from state.settings import Settings
from state.timeline import Timeline, Version, of_file, timeline
from state.times import format_time
from state.totals import totals_group

Progress = Callable[[int], None]
"""Told how many of the key groups of contacts have been looked at."""
FieldKey = tuple[str, str, str]
"""(channel, campaign, field) as in `state.ledger`."""


class BeforeAndAfter(msgspec.Struct, frozen=True, kw_only=True):
    """Figures as they are and as they would be; revenue as decimal strings, in the currency of each side."""

    purchases_before: int
    purchases_after: int
    revenue_before: str
    revenue_after: str
    expected_purchases_before: int
    expected_purchases_after: int
    expected_revenue_before: str
    expected_revenue_after: str

    @property
    def changes(self) -> bool:
        """Whether anything would be other than it is."""
        pairs = (
            (self.purchases_before, self.purchases_after),
            (self.revenue_before, self.revenue_after),
            (self.expected_purchases_before, self.expected_purchases_after),
            (self.expected_revenue_before, self.expected_revenue_after),
        )
        return any(before != after for before, after in pairs)


class ChangedCampaign(BeforeAndAfter, frozen=True, kw_only=True):
    """A campaign for which something would change."""

    channel: str
    campaign: str


class SettingsPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What would be, beside what is."""

    account: str
    from_: str = msgspec.field(name="from")
    to: str
    currency_before: str
    """The account's."""
    currency_after: str
    """What it would be; amounts are not converted, the orders in it are counted."""
    settings: ExplainedSettings
    """The version that would come to those in force."""
    campaigns: list[ChangedCampaign]
    """Only those that change, by how much revenue they gain or lose, credited and expected, the greatest first."""
    unattributed: BeforeAndAfter
    total: BeforeAndAfter
    """Campaigns and unattributed; it moves only if days or the currency do, or orders come to count."""
    as_of: str | None = None
    """Event time of the account's newest event that was counted."""
    catching_up: bool = False
    """True while a restart or an import is under way."""


class Currencies(NamedTuple):
    """Those of the account."""

    before: str
    after: str


Figures = Counter[str]
"""Figure of `SALES` → how much, money in minor units."""


class _Sides(NamedTuple):
    """The figures of one campaign, of nobody, or of all, as they are and as they would be."""

    before: Figures
    after: Figures

    @property
    def size(self) -> int:
        """How much revenue moves, in minor units of both sides."""
        return sum(abs(self.after[figure] - self.before[figure]) for figure in (REVENUE, EXPECTED_REVENUE))


def account_timeline(asks: Asks, account: str, begun_with: Settings) -> Timeline:
    """All versions of an account's settings. `begun_with`: those of the settings file, until the dataflow knows it."""
    return known_timeline(asks, account) or of_file(begun_with)


def known_timeline(asks: Asks, account: str) -> Timeline | None:
    """All versions of an account's settings; None: the dataflow has not heard of it."""
    versions = cast("tuple[Version, ...] | None", asks.ask(AccountVersions(account)).found)
    return None if versions is None else timeline(versions)


def read_preview(
    asks: Asks, account: str, period: Period, before: Timeline, version: Version, on_progress: Progress = lambda _: None
) -> SettingsPreview:
    """What `version` would do to a period, asked key group by key group. `before`: the versions that there are."""
    # Asked before the figures, so that they are at least as fresh as it says.
    as_of = asks.ask(AccountVersions(account)).as_of
    days = period.first.toordinal(), period.last.toordinal()
    difference = _difference(asks, account, version, days, on_progress)
    counted = asks.ask_all(CountedSales(account, *days, group) for group in _groups_of_days(account, *days))
    now = _added_up(answer.found for answer in counted)
    currencies = Currencies(before.whole.currency, before.with_version(version).whole.currency)
    return msgspec.structs.replace(
        settings_preview(account, period, version, currencies, now, difference),
        as_of=None if as_of is None else format_time(as_of),
        catching_up=asks.catching_up(),
    )


def _groups_of_days(account: str, first: int, last: int) -> list[int]:
    """The key groups of totals that hold a day of the period; of a long one all."""
    if last - first >= 2 * GROUPS:
        return [*range(GROUPS)]
    return sorted({totals_group(account, day) for day in range(first, last + 1)})


def _difference(
    asks: Asks, account: str, version: Version, days: tuple[int, int], on_progress: Progress
) -> Counter[FieldKey]:
    def question(group: int, part: int = 0, parts: int = 0) -> PreviewOrders:
        return PreviewOrders(account, version, *days, group, part, parts)

    firsts: list[OrdersSlice] = []
    for answer in asks.ask_all(question(group) for group in range(GROUPS)):
        assert isinstance(answer.found, OrdersSlice)
        firsts.append(answer.found)
        on_progress(len(firsts))
    rest = asks.ask_all(
        question(group, part, one.parts) for group, one in enumerate(firsts) for part in range(1, one.parts)
    )
    slices = (*firsts, *(answer.found for answer in rest))
    return _added_up(one.sums for one in slices if isinstance(one, OrdersSlice))


def _added_up(parts: Iterable[object]) -> Counter[FieldKey]:
    sums: Counter[FieldKey] = Counter()
    for part in parts:
        assert isinstance(part, list)
        for channel, campaign, field, amount in part:
            sums[channel, campaign, field] += int(amount)
    return sums


def settings_preview(
    account: str,
    period: Period,
    version: Version,
    currencies: Currencies,
    now: Mapping[FieldKey, int],
    difference: Mapping[FieldKey, int],
) -> SettingsPreview:
    """The preview of `version`. `now`: what the period counts; `difference`: what would come to it."""
    then = Counter(now)
    then.update(difference)
    sums = (now, currencies.before), (then, currencies.after)
    nobody = _Sides(*(_of_nobody(side, currency) for side, currency in sums))
    before, after = (_of_campaigns(side, currency) for side, currency in sums)
    campaigns = {key: _Sides(before.get(key, Counter()), after.get(key, Counter())) for key in {*before, *after}}
    total = _Sides(_added(nobody.before, before), _added(nobody.after, after))
    ranked = sorted(campaigns.items(), key=lambda one: (-one[1].size, one[0]))
    rows = [
        ChangedCampaign(channel=channel, campaign=campaign, **_shown(sides, currencies))
        for (channel, campaign), sides in ranked
    ]
    return SettingsPreview(
        account=account,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        currency_before=currencies.before,
        currency_after=currencies.after,
        settings=version_shown(version),
        campaigns=[row for row in rows if row.changes],
        unattributed=BeforeAndAfter(**_shown(nobody, currencies)),
        total=BeforeAndAfter(**_shown(total, currencies)),
    )


def _of_nobody(sums: Mapping[FieldKey, int], currency: str) -> Figures:
    return Counter({figure: sums.get(("", "", sale_field(figure, currency, UNATTRIBUTED)), 0) for figure in SALES})


def _of_campaigns(sums: Mapping[FieldKey, int], currency: str) -> dict[tuple[str, str], Figures]:
    figure_of = {sale_field(figure, currency): figure for figure in SALES}
    campaigns: dict[tuple[str, str], Figures] = {}
    for (channel, campaign, field), amount in sums.items():
        if campaign and field in figure_of:
            campaigns.setdefault((channel, campaign), Counter())[figure_of[field]] += amount
    return campaigns


def _added(nobody: Figures, campaigns: Mapping[tuple[str, str], Figures]) -> Figures:
    total = Counter(nobody)
    for figures in campaigns.values():
        total.update(figures)
    return total


def _shown(sides: _Sides, currencies: Currencies) -> dict[str, Any]:
    """The fields of `BeforeAndAfter`."""
    shown: dict[str, Any] = {}
    for name, figures, currency in zip(("before", "after"), sides, currencies, strict=True):
        for figure in (PURCHASES, EXPECTED_PURCHASES):
            shown[f"{figure}_{name}"] = figures[figure]
        for figure in (REVENUE, EXPECTED_REVENUE):
            shown[f"{figure}_{name}"] = format_amount(figures[figure], currency)
    return shown
