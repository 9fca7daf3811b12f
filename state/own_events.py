"""The events that lasttouch itself sends, as one line of JSON each: settings that were changed, a campaign's name."""

from __future__ import annotations

import msgspec

from state.events import CampaignName
from state.settings import BEGINNING
from state.timeline import Version
from state.times import format_time


def settings_event(account: str, version: Version) -> bytes:
    """The `settings` event of a version, whole (contract §1, §8)."""
    assert version.effective_from != BEGINNING
    event = {
        "type": "settings",
        "account": account,
        "effective_from": format_time(version.effective_from),
        "time": format_time(version.time),
        **({"by": version.by} if version.by else {}),
        **msgspec.to_builtins(version.settings),
    }
    return msgspec.json.encode(event)


def campaign_event(said: CampaignName) -> bytes:
    """The `campaign` event that says what a campaign is called (contract §1)."""
    event = {
        "type": "campaign",
        "account": said.account,
        "channel": said.channel,
        "campaign": said.campaign,
        "name": said.name,
        "time": format_time(said.time),
    }
    return msgspec.json.encode(event)
