"""`/v1/settings/preview`: what other settings would make of a past period; nothing is written."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.access import Principal, allows
from api.doors import Doors, wall_clock_ms
from api.problems import Problem
from api.representation import as_json
from api.settings_change import checked_settings, checked_time
from config.tokens_file import Role
from connectors.questions.previewing import PreviewUnderWay, only_preview
from reports.period import parse_period, period_bounds
from reports.settings_preview import SettingsPreview, account_timeline, read_preview
from state.questions import Asks
from state.settings import canonical
from state.timeline import Version

PREVIEW_TIMEOUT_S: Final = 60.0
PIECE_TIMEOUT_S: Final = 20.0
RETRY_AFTER_S: Final = 5


class PreviewedSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings as they would be, whole; what is left out has its default."""

    settings: dict[str, Any]
    """Of show_sales, associate_with_last_message, channels, currency, ignore_automated, excluded_tags, time_zone."""
    from_: str = msgspec.field(name="from")
    """First day, such as 2026-01-31, as the account's zone has it."""
    to: str
    """Last day, included."""
    effective_from: str | None = None
    """RFC 3339; by default as if they had held from the first day on."""
    account: str | None = None
    """The token's."""


@post("/v1/settings/preview", guards=[allows(Role.MARKETER, Role.ADMIN)], status_code=200)
async def settings_preview(
    request: Request[Any, Any, Any],
    data: JSONBody[PreviewedSettings],
    doors: NamedDependency[Doors],
    principal: NamedDependency[Principal],
) -> Response[SettingsPreview]:
    """What the settings would change of a period, campaign by campaign. One at a time for each account."""
    principal.require_account(data.account)
    account, begun_with = principal.account, doors.settings.of(principal.account)
    period = parse_period(data.from_, data.to)
    text = canonical(checked_settings(data.settings))
    since = None if data.effective_from is None else checked_time("effective_from", data.effective_from)

    def preview(asks: Asks) -> SettingsPreview:
        with only_preview(doors.redis, account):
            before = account_timeline(asks, account, begun_with)
            first_ms, _ = period_bounds(period, before.whole.time_zone)
            version = Version(first_ms if since is None else since, wall_clock_ms(), text, principal.name or "")
            return read_preview(asks, account, period, before, version)

    try:
        found = await doors.dataflow.answer(
            request, doors.redis, preview, within_s=PREVIEW_TIMEOUT_S, each_within_s=PIECE_TIMEOUT_S
        )
    except PreviewUnderWay:
        words = "A preview for this account is under way already; one at a time."
        raise Problem("rate_limited", words, headers={"Retry-After": str(RETRY_AFTER_S)}) from None
    return as_json(found, principal)


ROUTES: Final[tuple[Any, ...]] = (settings_preview,)
