"""What of a request is written: its events, and the dead letters of the elements that do not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
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


_KEY: Final = msgspec.json.Encoder().encode
_READ_KEY: Final = msgspec.json.Decoder(list[str]).decode
_PAID: Final = "paid"


class Sender(NamedTuple):
    """What the door knew of whom an element came from; it stands in no letter, but in the key of its record."""

    account: str
    delivered_when_paid: bool = False


def letter_key(sender: Sender) -> bytes:
    """The key of the records of a sender's dead letters."""
    return _KEY([sender.account, _PAID] if sender.delivered_when_paid else [sender.account])


def sender_of(key: bytes | None) -> Sender | None:
    """The sender that a key of a dead letter names; None: it names none."""
    try:
        account, *more = _READ_KEY(key or b"")
    except (msgspec.MsgspecError, ValueError):
        return None
    return Sender(account, _PAID in more)


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
