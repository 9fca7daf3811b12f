"""All about one campaign on one channel: its row, its days, and what makes a sale of it (http.md §3)."""

from __future__ import annotations

import msgspec
import redis

from connectors.view.layout import SALES, name_field, names_key, text_of
from reports.account import AccountView
from reports.campaigns import CampaignFigures, CampaignRow, campaign_row
from reports.day_figures import Figures, read_campaign_days
from reports.formula import FormulaStretch, formula, formulas
from reports.period import Period, period_bounds, require_days_listed
from reports.settings_versions import in_force, read_versions
from reports.timeline import Day, every_day
from state.settings import EVENTS, Settings


class CampaignPage(msgspec.Struct, frozen=True):
    """As http.md §3 has it."""

    account: str
    channel: str
    campaign: str
    from_: str = msgspec.field(name="from")
    to: str
    currency: str
    time_zone: str
    row: CampaignRow
    """That of the campaigns report; zeros where nothing was. The sum of `days`."""
    formula: str
    """What a sale is by the settings in force at the moment."""
    formulas: list[FormulaStretch]
    """One for each stretch of the period in which it reads differently, oldest first."""
    excluded_tags: list[str]
    """The setting in force at the moment, sorted."""
    days: list[Day]
    """Every day of the period, oldest first."""
    as_of: str | None
    catching_up: bool


def read_campaign_page(
    client: redis.Redis,
    view: AccountView,
    period: Period,
    begun_with: Settings,
    now_ms: int,
    *,
    channel: str,
    campaign: str,
    currency: str | None = None,
) -> CampaignPage:
    """The page in `currency`, by default the account's. Raises `UserError` for a period of too many days.

    `begun_with`: the settings that hold until Redis knows the account. `now_ms`: what "in force" refers to.
    """
    require_days_listed(period)
    currency = currency or view.currency
    versions = read_versions(client, view.account, begun_with)
    settings = in_force(versions, now_ms).settings
    name = client.hget(names_key(view.account), name_field(channel, campaign))
    found = read_campaign_days(client, view.account, period, currency, campaign, channel)
    total = sum((day.figures for day in found.values()), Figures())
    return CampaignPage(
        account=view.account,
        channel=channel,
        campaign=campaign,
        from_=period.first.isoformat(),
        to=period.last.isoformat(),
        currency=currency,
        time_zone=view.time_zone,
        row=campaign_row(
            CampaignFigures(channel, campaign, **{figure: total[figure] for figure in (*SALES, *EVENTS)}),
            None if name is None else text_of(name),
            currency,
        ),
        formula=formula(settings, channel),
        formulas=formulas(versions, channel, period_bounds(period, view.time_zone), view.time_zone),
        excluded_tags=sorted(settings.excluded_tags),
        days=every_day(found, period, currency),
        as_of=view.as_of,
        catching_up=view.catching_up,
    )
