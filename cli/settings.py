"""`lasttouch settings`: what is in force for an account, a change of it, and what one would do (contract §1, §3)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from cli import settings_flags as flags
from cli.answers import Where, answered
from cli.options import KafkaBootstrapServers, RecoveryDir, RedisUrl, SettingsPath, TableOrJson
from cli.progress import count_progress
from cli.settings_flags import Given, takes_settings
from cli.topic_options import takes_topics
from config.addresses import KAFKA_BOOTSTRAP_SERVERS_DEFAULT, RECOVERY_DIR_DEFAULT, REDIS_URL_DEFAULT
from config.errors import Unavailable, UserError
from config.logs import configure_logs
from config.settings_file import load_settings_file
from connectors.kafka.ingest import ingest_lines
from connectors.kafka.topics import TopicNames
from connectors.kafka.unread_settings import with_unread_settings
from dataflows.store.retained import Retained, retained
from dataflows.store.store import STORE_FILE
from reports import arguments as asked
from reports.explanation import ExplainedSettings, version_shown
from reports.period import parse_period, period_bounds
from reports.settings_preview import SettingsPreview, account_timeline, known_timeline, read_preview
from reports.settings_text import preview_lines, version_lines
from state.key_groups import GROUPS
from state.own_events import settings_event
from state.questions import Asks
from state.timeline import Timeline, Version, of_file

WIDTH_MAX: Final = 120
_PIECE_TIMEOUT_S: Final = 20.0
"""For a live run to answer one piece of a preview."""
_STORED, _LIVE, _OF_FILE = "recovery store", "dataflow", "settings file"
_CONTEXT: Final = {"help_option_names": ["-h", "--help"]}

app: Final = typer.Typer(add_completion=False, context_settings=_CONTEXT)

Account = Annotated[str, typer.Option("--account", metavar="ACCOUNT", help="Whose settings.")]
Shown = Annotated[TableOrJson, typer.Option("--format", help="Lines for people, or JSON for programs.")]


class ShownSettings(msgspec.Struct, frozen=True):
    """All versions that are in force at some instant, oldest first."""

    account: str
    source: str
    """`recovery store` or, of a live run, `dataflow`; `settings file` where neither has heard of the account."""
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
    redis_url: RedisUrl = REDIS_URL_DEFAULT,
    recovery_dir: RecoveryDir = Path(RECOVERY_DIR_DEFAULT),
    settings: SettingsPath = None,
) -> None:
    """The settings of an account, version by version. A live run answers; without one the recovery directory."""
    asked.identifier("account", account)
    begun_with = load_settings_file(settings).of(account)
    known, source = _known(Where(redis_url, recovery_dir, settings), account)
    timeline = of_file(begun_with) if known is None else known
    now = timeline.version_at(flags.wall_clock_ms())
    report = ShownSettings(account, source, version_shown(now), [version_shown(one) for one in timeline.in_force])
    if shown is TableOrJson.JSON:
        typer.echo(msgspec.json.encode(report))
        return
    where = {
        _STORED: str(recovery_dir),
        _LIVE: "the run that is live",
        _OF_FILE: str(settings or "the defaults: no settings file is given"),
    }
    typer.echo(f"Settings of {account}, from {where[source]}")
    for version in timeline.in_force:
        typer.echo("")
        for line in version_lines(version_shown(version), _width(), is_current=version == now):
            typer.echo(line)


@app.command("set")
@takes_topics
@takes_settings
def set_(  # noqa: PLR0913 - typer reads the options off the parameters
    account: Account,
    *,
    effective_from: flags.EffectiveFrom = None,
    given: Given,
    from_file: flags.FromFile = None,
    print_only: Annotated[
        bool, typer.Option("--print", help="Only print the event, for a file of events; send nothing.")
    ] = False,
    kafka_bootstrap_servers: KafkaBootstrapServers = KAFKA_BOOTSTRAP_SERVERS_DEFAULT,
    recovery_dir: RecoveryDir = Path(RECOVERY_DIR_DEFAULT),
    settings: SettingsPath = None,
    topics: TopicNames,
) -> None:
    """Change settings of an account: those in force, with what is given, as one event to the topic `profiles`.

    Prints the event. They hold from --effective-from on, by default from now on; orders of that time that came
    before are decided anew.
    """
    asked.identifier("account", account)
    flags.refuse_wrong(given, from_file)
    now_ms = flags.wall_clock_ms()
    since = flags.effective_ms(effective_from, now_ms)
    begun_with = load_settings_file(settings)
    timeline, positions = of_file(begun_with.of(account)), dict[str, int]()
    if (recovery_dir / STORE_FILE).exists():
        with retained(recovery_dir, lambda name: of_file(begun_with.of(name))) as state:
            timeline, positions = account_timeline(state, account, begun_with.of(account)), state.positions()
    if not print_only:
        timeline = with_unread_settings(timeline, account, kafka_bootstrap_servers, topics, positions)
    version = flags.new_version(account, timeline, given, from_file, since, now_ms)
    event = settings_event(account, version)
    if not print_only:
        ingest_lines([event], kafka_bootstrap_servers, names=topics)
    typer.echo(event)
    _say_what_stays(timeline, version)


@app.command("preview")
@takes_settings
def preview(  # noqa: PLR0913 - typer reads the options off the parameters
    account: Account,
    from_: Annotated[str, typer.Option("--from", metavar="DAY", help="First day, such as 2026-01-31.")],
    to: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, included.")],
    *,
    effective_from: flags.EffectiveFrom = None,
    given: Given,
    from_file: flags.FromFile = None,
    shown: Shown = TableOrJson.TABLE,
    redis_url: RedisUrl = REDIS_URL_DEFAULT,
    recovery_dir: RecoveryDir = Path(RECOVERY_DIR_DEFAULT),
    settings: SettingsPath = None,
) -> None:
    """What `set` with the same flags would do to a past period, per campaign. Nothing is changed.

    Without --effective-from: as if they held from the first day on. A live run answers, piece by piece, so that it is
    not held up; without one the recovery directory.
    """
    period = parse_period(from_, to)
    asked.identifier("account", account)
    flags.refuse_wrong(given, from_file)
    flags.effective_ms(effective_from, 0)
    begun_with = load_settings_file(settings).of(account)

    def previewed(asks: Asks) -> SettingsPreview:
        before = account_timeline(asks, account, begun_with)
        first_ms, _ = period_bounds(period, before.whole.time_zone)
        since = flags.effective_ms(effective_from, first_ms)
        version = flags.new_version(account, before, given, from_file, since, flags.wall_clock_ms())
        with count_progress("preview", GROUPS) as tell:
            return read_preview(asks, account, period, before, version, tell)

    report = answered(Where(redis_url, recovery_dir, settings), previewed, _PIECE_TIMEOUT_S)
    if shown is TableOrJson.JSON:
        typer.echo(msgspec.json.encode(report))
        return
    for line in preview_lines(report, _width()):
        typer.echo(line)


def _known(where: Where, account: str) -> tuple[Timeline | None, str]:
    """An account's versions, and who says so. That no dataflow has ever run is no hindrance."""
    try:
        known, source = answered(
            where, lambda asks: (known_timeline(asks, account), _STORED if isinstance(asks, Retained) else _LIVE)
        )
    except (UserError, Unavailable):
        if (where.recovery_dir / STORE_FILE).exists():
            raise
        return None, _OF_FILE
    return known, _OF_FILE if known is None else source


def _say_what_stays(timeline: Timeline, version: Version) -> None:
    """A change of the past does not reach beyond the next version, which a person may not think of."""
    later = [one for one in timeline.in_force if one.effective_from > version.effective_from]
    if later:
        typer.echo(
            f"note: another version holds from {version_shown(later[0]).effective_from} on; change that one too "
            f"if it shall be other; currency and time zone of everything are the last version's",
            err=True,
        )


def _width() -> int:
    return min(shutil.get_terminal_size().columns, WIDTH_MAX)
