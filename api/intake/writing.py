"""What of a request is written: its events, and the dead letters of the elements that do not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from msgspec.structs import replace

from api.intake.answers import rejections
from api.intake.elements import Accepted, Element, Rejected
from api.intake.identities import contact_events
from connectors.sources.raw_lines import MAX_EVENT_BYTES, OVERSIZED_HEAD_BYTES
from state.dead_letters import DeadLetter, dead_letter, encode


def events_of(account: str, elements: Sequence[Element]) -> list[bytes]:
    """The events of all elements that were accepted, and what their touches declare, each once."""
    accepted = [element for element in elements if isinstance(element, Accepted)]
    events = [event for element in accepted for event in element.events]
    return events + contact_events(account, (one for element in accepted for one in element.declares))


def letters_of(topic: str, elements: Sequence[Element]) -> list[bytes]:
    """The dead letters of the elements that were rejected. `topic`: what stands there for where they came from."""
    return [encode(_letter(topic, index + 1, element)) for index, element in rejections(elements)]


def _letter(topic: str, line: int, element: Rejected) -> DeadLetter:
    raw = element.raw
    is_whole = len(raw) <= MAX_EVENT_BYTES
    kept = raw if is_whole else raw[:OVERSIZED_HEAD_BYTES]
    letter = dead_letter(topic, None, line, kept, element.code, element.reason)
    letter = replace(letter, topic=topic, file=None)
    return letter if is_whole else replace(letter, length=len(raw), sha256=hashlib.sha256(raw).hexdigest())
