"""A change of an account's settings: the event that says it, and whether somebody else made another meanwhile."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import redis
from litestar.concurrency import sync_to_thread

from api.doors import Doors
from api.kafka import Kafka
from api.problems import Problem, invalid
from connectors.kafka.unread_settings import with_unread_settings
from connectors.sources.raw_lines import MAX_EVENT_BYTES
from connectors.view.layout import RUN_KEY
from connectors.view.read_positions import noted_positions
from connectors.view.settings_versions import encode_versions, timeline_of
from reports.settings_versions import read_settings
from state.bad_events import BadEvent
from state.event_json import read_line
from state.settings import Settings, WrongSetting, parse_settings
from state.settings_versions import versions_shown
from state.timeline import Timeline, Version
from state.times import WrongTime, parse_time

SHOWN_WITHIN_S: Final = 5.0
"""How long a change is waited for to be shown."""
_LOOK_S: Final = 0.05
_LOOK_BACK: Final = 10_000
"""Records that are read once more: what the dataflow has read is shown a moment later."""
_ETAG: Final = re.compile(r'(?:W/)?"[^"]*"')


def etag_of(versions: Timeline) -> str:
    """What is another as soon as the settings have another version."""
    return f'"{sha256(encode_versions(versions_shown(versions))).hexdigest()[:32]}"'


def checked_settings(given: Mapping[str, Any]) -> Settings:
    """The settings as a request gives them. Raises `Problem`, which names the field."""
    try:
        return parse_settings(given, "settings")
    except WrongSetting as wrong:
        raise invalid(wrong.field, wrong.message) from wrong


def checked_time(field: str, text: str) -> int:
    """An instant, in ms. Raises `Problem`."""
    try:
        return parse_time(text)
    except WrongTime as wrong:
        raise invalid(field, f"{wrong}; write one such as 2026-01-31T00:00:00Z") from wrong


def checked_event(line: bytes, now_ms: int) -> bytes:
    """An event that the dataflow will take. Raises `Problem`, which names the field."""
    if len(line) > MAX_EVENT_BYTES:
        raise Problem("too_large", f"As an event it is {len(line)} bytes long; {MAX_EVENT_BYTES} is the most.")
    try:
        read_line(line, now_ms)
    except BadEvent as bad:
        raise invalid(bad.field or "body", bad.message) from bad
    return line


def require_unchanged(doors: Doors, kafka: Kafka, account: str, if_match: str, now_ms: int) -> None:
    """Raises `Problem` where the settings are others than those that the request has seen.

    Those count, too, that the dataflow has not taken in yet. Takes a second or so; of two changes at the same moment
    both may be taken, and the later one holds (docs/http.md).
    """
    asked = _ETAG.findall(if_match)
    if if_match.strip() == "*":
        return
    # Before the view is read: what is read of the topic in between is looked at twice, and never missed.
    positions = {unit: max(0, at - _LOOK_BACK) for unit, at in noted_positions(doors.redis).items()}
    shown = timeline_of(read_settings(doors.redis, account, doors.settings.of(account), now_ms).versions)
    newest = with_unread_settings(shown, account, kafka.bootstrap_servers, kafka.topics, positions)
    if etag_of(newest) not in asked:
        raise Problem("changed", "The settings have been changed meanwhile; read them again.")


async def await_shown(doors: Doors, account: str, version: Version) -> None:
    """Return when the view shows the version, or after `SHOWN_WITHIN_S`: it is written, and will be.

    Where no run has ever written to this Redis, there is nothing to wait for.
    """
    deadline = time.monotonic() + SHOWN_WITHIN_S
    while time.monotonic() < deadline:
        looking = asyncio.ensure_future(sync_to_thread(_is_shown, doors, account, version))
        done, _ = await asyncio.wait([looking], timeout=max(0.0, deadline - time.monotonic()))
        if not done or looking.result():
            return
        await asyncio.sleep(_LOOK_S)


def _is_shown(doors: Doors, account: str, version: Version) -> bool:
    try:
        if not doors.redis.hexists(RUN_KEY, "number"):
            return True
        report = read_settings(doors.redis, account, doors.settings.of(account), version.time)
    except redis.RedisError:
        return False
    return version in timeline_of(report.versions).versions
