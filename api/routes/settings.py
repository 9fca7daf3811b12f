"""`/v1/settings`: an account's settings, their history, and changing them."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, put
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody

from api.access import READERS, Principal, allows
from api.doors import Doors, wall_clock_ms
from api.intake_door import IntakeDoor
from api.kafka import Kafka
from api.representation import as_json
from api.settings_change import (
    await_shown,
    checked_event,
    checked_settings,
    checked_time,
    etag_of,
    require_unchanged,
)
from config.tokens_file import Role
from connectors.view.settings_versions import timeline_of
from reports.settings_versions import SettingsReport, read_settings
from state.own_events import settings_event
from state.settings import canonical
from state.timeline import Version
from state.times import format_time


class NewSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings as they are to be, whole; what is left out has its default."""

    settings: dict[str, Any]
    """Of show_sales, associate_with_last_message, channels, currency, ignore_automated, excluded_tags, time_zone."""
    effective_from: str | None = None
    """RFC 3339; by default now."""
    account: str | None = None
    """The token's."""


class SettingsTaken(msgspec.Struct, frozen=True):
    """Which version it is now."""

    effective_from: str
    time: str


# Litestar wraps a synchronous handler once more for each other method of its path, so that none would work.
@get("/v1/settings", guards=[allows(*READERS)])
async def settings(doors: NamedDependency[Doors], principal: NamedDependency[Principal]) -> Response[SettingsReport]:
    """The settings in force and every version; the header `ETag` changes with them."""
    account = principal.account
    begun_with = doors.settings.of(account)
    report = await sync_to_thread(read_settings, doors.redis, account, begun_with, wall_clock_ms())
    return as_json(report, principal, {"ETag": etag_of(timeline_of(report.versions))})


@put("/v1/settings", guards=[allows(Role.ADMIN)], status_code=202)
async def change_settings(
    data: JSONBody[NewSettings],
    doors: NamedDependency[Doors],
    kafka: NamedDependency[Kafka],
    principal: NamedDependency[Principal],
    intake: NamedDependency[IntakeDoor],
    if_match: Annotated[
        str | None, HeaderParameter(name="If-Match", description="The `ETag` of the settings that the change is of.")
    ] = None,
) -> Response[SettingsTaken]:
    """Changes them, from now or `effective_from` on; the past is decided anew where that is earlier.

    Answers when the change is written, and shown or five seconds have passed.
    """
    principal.require_account(data.account)
    producer, now_ms = kafka.producer, kafka.clock.next_ms()
    since = now_ms if data.effective_from is None else checked_time("effective_from", data.effective_from)
    version = Version(since, now_ms, canonical(checked_settings(data.settings)), principal.name or "")
    event = checked_event(settings_event(principal.account, version), now_ms)
    if if_match is not None:
        await kafka.in_thread(partial(require_unchanged, doors, kafka, principal.account, if_match, now_ms))
    await producer.send_async([event])
    await await_shown(doors, principal.account, version)
    intake.settings_changed(principal.account)
    doors.coalesced.changed()
    taken = SettingsTaken(format_time(version.effective_from), format_time(version.time))
    return as_json(taken, principal)


ROUTES: Final[tuple[Any, ...]] = (settings, change_settings)
