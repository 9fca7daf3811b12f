"""`/v1/campaigns/…`: what a campaign is called."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Response, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.access import Principal, allows
from api.kafka import Kafka
from api.representation import as_json
from api.settings_change import checked_event
from config.tokens_file import Role
from state.events import CampaignName
from state.own_events import campaign_event
from state.times import format_time


class NewName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it is to be called."""

    name: str
    """1–256 characters."""
    account: str | None = None
    """The token's."""


class NameTaken(msgspec.Struct, frozen=True):
    """What it is called from `time` on."""

    channel: str
    campaign: str
    name: str
    time: str


@put("/v1/campaigns/{channel:str}/{campaign:str}", guards=[allows(Role.ADMIN, Role.MARKETER)], status_code=202)
async def name_campaign(
    channel: FromPath[str],
    campaign: FromPath[str],
    data: JSONBody[NewName],
    kafka: NamedDependency[Kafka],
    principal: NamedDependency[Principal],
) -> Response[NameTaken]:
    """Says what a campaign is called; reports show it, whatever they say of the past."""
    principal.require_account(data.account)
    producer, now_ms = kafka.producer, kafka.clock.next_ms()
    said = CampaignName(principal.account, channel, campaign, data.name, now_ms)
    await producer.send_async([checked_event(campaign_event(said), now_ms)])
    return as_json(NameTaken(channel, campaign, data.name, format_time(now_ms)), principal)


ROUTES: Final[tuple[Any, ...]] = (name_campaign,)
