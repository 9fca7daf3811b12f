"""`lasttouch settings`: what is in force for an account, a change of it, and what one would do (contract §1, §3)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from cli import settings_flags as flags
from cli.options import KafkaBootstrapServers, RecoveryDir, SettingsPath, TableOrJson
from cli.progress import count_progress
from cli.settings_flags import Given, given_channels
from cli.topic_options import takes_topics
from config.addresses import KAFKA_BOOTSTRAP_SERVERS_DEFAULT, RECOVERY_DIR_DEFAULT
from config.errors import UserError
from config.logs import configure_logs
from config.settings_file import load_settings_file
from connectors.kafka.ingest import ingest_lines
from connectors.kafka.topics import TopicNames
from connectors.kafka.unread_settings import with_unread_settings
from dataflows.store.previewing import preview as preview_period
from dataflows.store.retained import Retained, retained
from dataflows.store.store import STORE_FILE
from reports import arguments as asked
from reports.explanation import ExplainedSettings, version_shown
from reports.period import Period, parse_period
from reports.settings_preview import Currencies, settings_preview
from reports.settings_text import preview_lines, version_lines
from state.key_groups import GROUPS
from state.own_events import settings_event
from state.timeline import Timeline, Version, of_file

WIDTH_MAX: Final = 120
_CONTEXT: Final = {"help_option_names": ["-h", "--help"]}

app: Final = typer.Typer(add_completion=False, context_settings=_CONTEXT)

Account = Annotated[str, typer.Option("--account", metavar="ACCOUNT", help="Whose settings.")]
Shown = Annotated[TableOrJson, typer.Option("--format", help="Lines for people, or JSON for programs.")]


class ShownSettings(msgspec.Struct, frozen=True):
    """All versions that are in force at some instant, oldest first."""

    account: str
    source: str
    """`recovery store`, or `settings file` where the dataflow has not heard of the account."""
    now: ExplainedSettings
    versions: list[ExplainedSettings]


@app.callback(invoke_without_command=True)
def settings(context: typer.Context) -> None:
    """What is in force for an account, a change of it, and what a change would do to a past period."""
    if context.invoked_subcommand is None:
        raise UserError("settings: what about them? Write one of show, set, preview, or --help")
    configure_logs()


@app.command("show")
def show(
    account: Account,
    shown: Shown = TableOrJson.TABLE,
    recovery_dir: RecoveryDir = Path(RECOVERY_DIR_DEFAULT),
    settings: SettingsPath = None,
) -> None:
    """The settings of an account, version by version."""
    asked.identifier("account", account)
    with _state(recovery_dir, settings) as state:
        timeline, is_known = _timeline(state, account, settings)
    now = timeline.version_at(flags.wall_clock_ms())
    source = "recovery store" if is_known else "settings file"
    report = ShownSettings(account, source, version_shown(now), [version_shown(one) for one in timeline.in_force])
    if shown is TableOrJson.JSON:
        typer.echo(msgspec.json.encode(report))
        return
    where = str(recovery_dir) if is_known else str(settings or "the defaults: no settings file is given")
    typer.echo(f"Settings of {account}, from {where}")
    for version in timeline.in_force:
        typer.echo("")
        for line in version_lines(version_shown(version), _width(), is_current=version == now):
            typer.echo(line)


@app.command("set")
@takes_topics
def set_(  # noqa: PLR0913, PLR0917 - typer reads the options off the parameters
    account: Account,
    effective_from: flags.EffectiveFrom = None,
    show_sales: flags.ShowSales = None,
    associate_with_last_message: flags.Associate = None,
    channel: flags.Channels = None,
    no_channels: flags.NoChannels = False,
    currency: flags.CurrencyFlag = None,
    ignore_automated: flags.IgnoreAutomated = None,
    excluded_tag: flags.ExcludedTags = None,
    no_excluded_tags: flags.NoExcludedTags = False,
    time_zone: flags.TimeZoneFlag = None,
    from_file: flags.FromFile = None,
    print_only: Annotated[
        bool, typer.Option("--print", help="Only print the event, for a file of events; send nothing.")
    ] = False,
    kafka_bootstrap_servers: KafkaBootstrapServers = KAFKA_BOOTSTRAP_SERVERS_DEFAULT,
    recovery_dir: RecoveryDir = Path(RECOVERY_DIR_DEFAULT),
    settings: SettingsPath = None,
    *,
    topics: TopicNames,
) -> None:
    """Change settings of an account: those in force, with what is given, as one event to the topic `profiles`.

    Prints the event. They hold from --effective-from on, by default from now on; orders of that time that came
    before are decided anew.
    """
    given = Given(
        show_sales,
        associate_with_last_message,
        given_channels(channel, none=no_channels),
        currency,
        ignore_automated,
        given_channels(excluded_tag, none=no_excluded_tags),
        time_zone,
    )
    asked.identifier("account", account)
    now_ms = flags.wall_clock_ms()
    since = flags.effective_ms(effective_from, now_ms)
    with _state(recovery_dir, settings) as state:
        timeline, _ = _timeline(state, account, settings)
        positions = {} if state is None else state.positions()
    if not print_only:
        timeline = with_unread_settings(timeline, account, kafka_bootstrap_servers, topics, positions)
    version = flags.new_version(account, timeline, given, from_file, since, now_ms)
    event = settings_event(account, version)
    if not print_only:
        ingest_lines([event], kafka_bootstrap_servers, names=topics)
    typer.echo(event)
    _say_what_stays(timeline, version)


@app.command("preview")
def preview(  # noqa: PLR0913, PLR0917 - typer reads the options off the parameters
    account: Account,
    from_: Annotated[str, typer.Option("--from", metavar="DAY", help="First day, such as 2026-01-31.")],
    to: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, included.")],
    effective_from: flags.EffectiveFrom = None,
    show_sales: flags.ShowSales = None,
    associate_with_last_message: flags.Associate = None,
    channel: flags.Channels = None,
    no_channels: flags.NoChannels = False,
    currency: flags.CurrencyFlag = None,
    ignore_automated: flags.IgnoreAutomated = None,
    excluded_tag: flags.ExcludedTags = None,
    no_excluded_tags: flags.NoExcludedTags = False,
    time_zone: flags.TimeZoneFlag = None,
    from_file: flags.FromFile = None,
    shown: Shown = TableOrJson.TABLE,
    recovery_dir: RecoveryDir = Path(RECOVERY_DIR_DEFAULT),
    settings: SettingsPath = None,
) -> None:
    """What `set` with the same flags would do to a past period, per campaign. Nothing is changed.

    Without --effective-from: as if they held from the first day on.
    """
    period = parse_period(from_, to)
    given = Given(
        show_sales,
        associate_with_last_message,
        given_channels(channel, none=no_channels),
        currency,
        ignore_automated,
        given_channels(excluded_tag, none=no_excluded_tags),
        time_zone,
    )
    asked.identifier("account", account)
    base = load_settings_file(settings)
    with retained(recovery_dir, lambda name: of_file(base.of(name))) as state:
        timeline, _ = _timeline(state, account, settings)
        since = flags.effective_ms(effective_from, flags.midnight_ms(period.first, timeline.whole.time_zone))
        version = flags.new_version(account, timeline, given, from_file, since, flags.wall_clock_ms())
        changed = timeline.with_version(version)
        with count_progress("preview", GROUPS) as tell:
            found = preview_period(state, account, changed, _days(period), tell)
    currencies = Currencies(timeline.whole.currency, changed.whole.currency)
    report = settings_preview(account, period, version, currencies, found.now, found.difference)
    if shown is TableOrJson.JSON:
        typer.echo(msgspec.json.encode(report))
        return
    for line in preview_lines(report, _width()):
        typer.echo(line)


@contextmanager
def _state(recovery_dir: Path, settings: Path | None) -> Iterator[Retained | None]:
    """What the dataflow retains; None where it has never run, which is no hindrance to settings."""
    base = load_settings_file(settings)
    if not (recovery_dir / STORE_FILE).exists():
        yield None
        return
    with retained(recovery_dir, lambda name: of_file(base.of(name))) as state:
        yield state


def _timeline(state: Retained | None, account: str, settings: Path | None) -> tuple[Timeline, bool]:
    """An account's versions, and whether the dataflow knows them."""
    known = None if state is None else state.timeline(account)
    if known is not None:
        return known, True
    return of_file(load_settings_file(settings).of(account)), False


def _say_what_stays(timeline: Timeline, version: Version) -> None:
    """A change of the past does not reach beyond the next version, which a person may not think of."""
    later = [one for one in timeline.in_force if one.effective_from > version.effective_from]
    if later:
        typer.echo(
            f"note: another version holds from {version_shown(later[0]).effective_from} on; change that one too "
            f"if it shall be other; currency and time zone of everything are the last version's",
            err=True,
        )


def _days(period: Period) -> tuple[int, int]:
    first, last = (day.toordinal() for day in period)
    return first, last


def _width() -> int:
    return min(shutil.get_terminal_size().columns, WIDTH_MAX)
