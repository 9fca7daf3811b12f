"""What the demo shows while it runs: a table of campaigns on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

import redis
from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from reports.account import read_account
from reports.campaigns import CampaignRow, CampaignsReport, read_campaigns
from reports.channels import ChannelsReport, read_channels
from reports.period import Period
from state.settings import Settings
from state.times import parse_time, zone

CAMPAIGNS_SHOWN: Final = 12
_LINES_AROUND: Final = 11
"""Of the live view beside its campaigns."""
_WIDTH_FOR_BARS: Final = 108
_BAR_WIDTH: Final = 16
_WIDTH_MAX: Final = 110
_GLOWING_LOOKS: Final = 4
_PLAIN_EVERY_S: Final = 2.0
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


class ShopView(NamedTuple):
    """What a marketer sees at a moment: two reports, read from Redis as anybody would."""

    campaigns: CampaignsReport
    channels: ChannelsReport

    @property
    def as_of_ms(self) -> int | None:
        """Time of the newest event counted, ms since the epoch."""
        # The older of the two: the second report may be newer.
        return None if self.campaigns.as_of is None else parse_time(self.campaigns.as_of)

    @property
    def credited_percent(self) -> int:
        """Of the delivered orders, those that a campaign is credited with."""
        delivered = self.channels.total.purchases
        return round(100 * (delivered - self.channels.unattributed.purchases) / max(delivered, 1))


class Sent(NamedTuple):
    """How far the shop is."""

    events: int
    elapsed_s: float
    seconds: int
    """How long it is to go on."""
    lag_s: float
    """By how much Redis is behind it."""

    @property
    def per_second(self) -> float:
        """Events a second on average."""
        return self.events / max(self.elapsed_s, 0.001)


Show = Callable[[ShopView, Sent], None]
"""Told of every look at Redis, some times a second."""


def see(client: redis.Redis, account: str, period: Period, begun_with: Settings) -> ShopView:
    """Read the reports of the period. `begun_with`: the settings that the account begins with."""
    view = read_account(client, account, begun_with)
    return ShopView(read_campaigns(client, view, period), read_channels(client, view, period))


@contextmanager
def screen(console: Console) -> Iterator[Show]:
    """Yields what is to be told of every look: a live table on a terminal, which goes at the end; else plain lines."""
    # A pipe is no terminal whatever the environment tells rich.
    if not (console.file.isatty() and console.is_terminal) or console.is_dumb_terminal:
        yield _plain(console)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        looks: deque[ShopView] = deque(maxlen=_GLOWING_LOOKS)

        def show(seen: ShopView, sent: Sent) -> None:
            looks.append(seen)
            live.update(_live_view(seen, looks[0], sent, console), refresh=True)

        yield show


def _plain(console: Console) -> Show:
    said_at = 0.0

    def show(seen: ShopView, sent: Sent) -> None:
        nonlocal said_at
        if sent.elapsed_s - said_at >= _PLAIN_EVERY_S:
            said_at = sent.elapsed_s
            console.print(_plain_line(seen, sent), soft_wrap=True)
            console.file.flush()

    return show


def said_at_the_end(seen: ShopView, sent: Sent, arrived_s: float | None) -> str:
    """How far it came. `arrived_s`: how long after the last event was sent all had arrived; None: it has not."""
    arrived = "not all in Redis yet" if arrived_s is None else f"all in Redis {arrived_s:.1f} s later"
    return (
        f"{sent.events:,} events sent in {sent.elapsed_s:.1f} s ({sent.per_second:,.0f}/s), {arrived}\n{_orders(seen)}"
    )


def _live_view(seen: ShopView, before: ShopView, sent: Sent, console: Console) -> RenderableType:
    """The table and what stands around it. Campaigns that earned something since `before` stand out."""
    width = min(console.width, _WIDTH_MAX)
    bar = ProgressBar(
        total=sent.seconds,
        completed=sent.elapsed_s,
        width=max(10, width - 16),
        complete_style="green",
        finished_style="green",
    )
    time_gone = Table.grid(padding=(0, 1))
    time_gone.add_row("", bar, Text(f"{min(sent.elapsed_s, sent.seconds):.0f} of {sent.seconds} s", "bold"))
    shown = max(3, min(CAMPAIGNS_SHOWN, console.height - _LINES_AROUND))
    return Group("", _table(seen, before, width, shown), time_gone, *_lines(seen, sent))


def _table(seen: ShopView, before: ShopView, width: int, shown: int) -> Table:
    report = seen.campaigns
    has_bars = width >= _WIDTH_FOR_BARS
    table = Table(
        title=f"Revenue per campaign of the shop “{report.account}”, {report.currency}, read from Redis",
        title_style="bold",
        title_justify="left",
        box=box.SIMPLE,
        show_footer=True,
        footer_style="bold",
        width=width,
        pad_edge=True,
    )
    total = report.total
    table.add_column("Campaign", f"{total.campaigns} in all" if total.campaigns else "none yet", ratio=1, no_wrap=True)
    table.add_column("Channel", no_wrap=True)
    for name, footer in (
        ("Purchases", f"{total.purchases:,}"),
        ("Revenue", _money(total.revenue)),
        ("Expected", _money(total.expected_revenue)),
        ("Clicked", f"{sum(row.clicked for row in report.campaigns):,}"),
        ("Sent", f"{sum(row.sent for row in report.campaigns):,}"),
    ):
        width_min = 9 if name in {"Revenue", "Expected"} else 6
        table.add_column(name, footer, justify="right", no_wrap=True, min_width=width_min)
    if has_bars:
        table.add_column("", min_width=_BAR_WIDTH, no_wrap=True)
    earned = {(row.channel, row.campaign): _earned(row) for row in before.campaigns.campaigns}
    rows = sorted(report.campaigns, key=_credited_and_expected, reverse=True)[:shown]
    most = max(map(_credited_and_expected, rows), default=Decimal(0))
    for row in rows:
        is_new = _earned(row) != earned.get((row.channel, row.campaign), (Decimal(0), Decimal(0)))
        bars = [_bars(row, most)] if has_bars else []
        table.add_row(*_cells(row), *bars, style="bold green" if is_new else "")
    for _ in range(shown - len(report.campaigns)):
        table.add_row()
    return table


def _earned(row: CampaignRow) -> tuple[Decimal, Decimal]:
    """Revenue, credited and expected."""
    return Decimal(row.revenue), Decimal(row.expected_revenue)


def _credited_and_expected(row: CampaignRow) -> Decimal:
    return Decimal(row.revenue) + Decimal(row.expected_revenue)


def _cells(row: CampaignRow) -> Sequence[str]:
    return (
        row.campaign,
        row.channel,
        f"{row.purchases:,}",
        _money(row.revenue),
        _money(row.expected_revenue),
        f"{row.clicked:,}",
        f"{row.sent:,}",
    )


def _lines(seen: ShopView, sent: Sent) -> list[Text]:
    lag = f"lag {sent.lag_s:.1f} s"
    return [
        Text(f" {sent.events:,} events sent, {sent.per_second:,.0f}/s; {_orders(seen)}"),
        Text(f" newest event in Redis: {_shop_time(seen)}; {lag}", "dim"),
    ]


def _plain_line(seen: ShopView, sent: Sent) -> str:
    """One line for where no terminal is."""
    report = seen.campaigns
    top = next((row for row in report.campaigns if row.purchases), None)
    best = f", most by {top.campaign} ({top.channel}): {_money(top.revenue)}" if top else ""
    return (
        f"{sent.elapsed_s:5.1f} s: {sent.events:,} events sent, {_orders(seen)}, "
        f"revenue {_money(report.total.revenue)} {report.currency}{best}, "
        f"{_money(seen.channels.total.expected_revenue)} expected, lag {sent.lag_s:.1f} s"
    )


def _orders(seen: ShopView) -> str:
    total = seen.channels.total
    credited = f", {seen.credited_percent} % credited" if total.purchases else ""
    return f"{orders_in_words(total.purchases)} delivered{credited}, {total.expected_purchases:,} on the way"


def orders_in_words(count: int) -> str:
    """So many orders, in the number that fits."""
    match count:
        case 0:
            return "no order"
        case 1:
            return "1 order"
        case _:
            return f"{count:,} orders"


def _shop_time(seen: ShopView) -> str:
    if seen.campaigns.as_of is None:
        return "none yet"
    moment = datetime.fromisoformat(seen.campaigns.as_of).astimezone(zone(seen.campaigns.time_zone))
    return f"{moment:%a %d %b, %H:%M}"


def _money(amount: str) -> str:
    return f"{Decimal(amount):,}"


def _bars(row: CampaignRow, most: Decimal) -> Text:
    """What is credited, and behind it, lighter, what is expected."""
    credited, expected = _earned(row)
    bar = _bar(credited, most)
    both = int((credited + expected) * _BAR_WIDTH / most) if most else 0
    return Text.assemble((bar, "green"), ("░" * (both - len(bar)), "green"))


def _bar(amount: Decimal, most: Decimal) -> str:
    eighths = int(amount * _BAR_WIDTH * 8 / most) if most else 0
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
