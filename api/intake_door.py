"""How a request of events goes from its bytes to an acknowledged write: the same way for every source."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import litestar
import structlog

from api.access import Principal
from api.account_values import KnownAccounts
from api.doors import Doors, wall_clock_ms
from api.intake.answers import hook_summary, rejections
from api.intake.elements import Element, Ignored
from api.intake.refusals import RequestRefused
from api.intake.request import AccountValues, Request
from api.intake.shown_rejections import without_values
from api.intake.writing import Sender, events_of, letter_key, letters_of
from api.intake_body import read_body
from api.kafka import Kafka
from api.problems import Code
from config.tokens_file import Role
from connectors.intake.record import IntakeRecord, Rejection
from connectors.kafka.event_producer import SEND_TIMEOUT_S
from connectors.kafka.event_routes import ProducerRecord

_LONG_BODY_BYTES: Final = 131_072
"""A longer body is mapped in a thread, so that the others' requests go on."""

_log = structlog.get_logger("intake")


@dataclass(frozen=True, slots=True)
class Entrance:
    """One way in."""

    name: str
    """As `/v1/intake` shows it."""
    map_request: Callable[[Request], list[Element]]
    is_signed: Callable[[Request, str], bool] | None = None
    letters: str | None = None
    """What dead letters of its rejected elements have for a topic; None: the sender alone is told."""
    timeout_s: float = SEND_TIMEOUT_S
    """How long the broker may take."""
    other_encoding: Code = "bad_json"
    """What a body is refused with that is packed in another way than gzip; 415 is of contract events only."""


class IntakeDoor:
    """One for each application."""

    def __init__(self, doors: Doors, kafka: Kafka) -> None:
        self._doors, self._kafka = doors, kafka
        self._accounts = KnownAccounts(doors)
        self.record = IntakeRecord(doors.redis)

    async def take(
        self, entrance: Entrance, request: litestar.Request[Any, Any, Any], principal: Principal
    ) -> list[Element]:
        """What came of each element, after the broker has acknowledged all that was to be written.

        Raises `RequestRefused` and `Problem` for a request that is refused whole, and `EventsNotTaken`.
        """
        producer = self._kafka.producer
        received_ms = wall_clock_ms()
        body = await read_body(request, other_encoding=entrance.other_encoding)
        inner = self._request(request, body, await self._accounts.values(principal.account), principal, received_ms)
        try:
            if len(body) > _LONG_BODY_BYTES:
                elements = await asyncio.to_thread(_mapped, entrance, inner, principal.signing_key)
            else:
                elements = _mapped(entrance, inner, principal.signing_key)
        except RequestRefused as refused:
            self._note_refused(entrance, principal.account, received_ms, refused)
            raise
        records = producer.records(events_of(principal.account, elements))
        if entrance.letters is not None:
            topic = self._kafka.topics.dead_letters
            key = letter_key(Sender(principal.account, inner.delivered_when_paid))
            records += [ProducerRecord(topic, key, letter) for letter in letters_of(entrance.letters, elements)]
        await producer.send_records_async(records, entrance.timeout_s)
        self._note(entrance, principal.account, received_ms, elements)
        return elements

    def settings_changed(self, account: str) -> None:
        """What comes in from here on is read by the account's new currency and time zone."""
        self._accounts.forget(account)

    def _request(
        self,
        request: litestar.Request[Any, Any, Any],
        body: bytes,
        account: AccountValues,
        principal: Principal,
        received_ms: int,
    ) -> Request:
        query = request.scope["query_string"].decode("latin-1")
        path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
        public_url = (self._doors.public_url or str(request.base_url)).rstrip("/")
        return Request(
            headers=_headers(request),
            query=query,
            body=body,
            account=account,
            received_ms=received_ms,
            url=f"{public_url}{path}" + (f"?{query}" if query else ""),
            is_admin=principal.role is Role.ADMIN,
            delivered_when_paid=principal.delivered_when == "paid",
        )

    def _note(self, entrance: Entrance, account: str, now_ms: int, elements: Sequence[Element]) -> None:
        for element in elements:
            if isinstance(element, Ignored) and element.notice:
                _log.info("intake_notice", account=account, source=entrance.name, **element.notice)
        summary = hook_summary(elements)
        counts = {"accepted": summary.accepted, "ignored": summary.ignored, "rejected": summary.rejected}
        rejected = (one for _, one in rejections(elements))
        told = [Rejection(now_ms, entrance.name, one.code, one.field, without_values(one)) for one in rejected]
        self._doors.metrics.took(entrance.name, counts)
        self.record.note(account, entrance.name, now_ms, counts, told)

    def _note_refused(self, entrance: Entrance, account: str, now_ms: int, refused: RequestRefused) -> None:
        rejection = Rejection(now_ms, entrance.name, refused.code, refused.field, refused.detail)
        self.record.note(account, entrance.name, now_ms, {}, [rejection])


def _headers(request: litestar.Request[Any, Any, Any]) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.scope["headers"]}


def _mapped(entrance: Entrance, request: Request, signing_key: str | None) -> list[Element]:
    if signing_key is not None and entrance.is_signed is not None and not entrance.is_signed(request, signing_key):
        raise RequestRefused.unauthorized()
    return entrance.map_request(request)
