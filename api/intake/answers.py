"""What each family of routes answers to what came of a request's elements (intake.md §1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from api.intake.elements import Accepted, Element, Ignored, Rejected


class RejectedElement(msgspec.Struct, frozen=True):
    """An element that does not fit; `index` counts from 0."""

    index: int
    code: str
    field: str | None
    message: str


class EventsSummary(msgspec.Struct, frozen=True):
    """How many contract events came, and what came of them."""

    received: int
    accepted: int
    rejected: int


class EventsAnswer(msgspec.Struct, frozen=True):
    """Of `/v1/events`."""

    request_id: str
    summary: EventsSummary
    rejected: list[RejectedElement]


class HookSummary(msgspec.Struct, frozen=True):
    """How many elements a payload had, and what came of them; `received` is the sum of the others."""

    received: int
    accepted: int
    ignored: int
    rejected: int


class HookAnswer(msgspec.Struct, frozen=True):
    """Of `/v1/hooks/{source}`."""

    request_id: str
    summary: HookSummary
    rejected: list[RejectedElement]


class FailedOrder(msgspec.Struct, frozen=True, rename="camel"):
    """An order that does not fit; `externalOrderId` is null where none can be read."""

    external_order_id: str | None
    index: int
    code: str
    field: str | None
    message: str


class OrdersAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """Of `/api/v1/orders`, where not all orders were taken."""

    failed_orders: list[FailedOrder]
    async_session_id: str


def events_answer(request_id: str, elements: Sequence[Element]) -> EventsAnswer:
    """The answer to contract events; its status is 207 where any was rejected."""
    summary = hook_summary(elements)
    counts = EventsSummary(summary.received, summary.accepted, summary.rejected)
    return EventsAnswer(request_id, counts, _rejected(elements))


def hook_answer(request_id: str, elements: Sequence[Element]) -> HookAnswer:
    """The answer to a webhook."""
    return HookAnswer(request_id, hook_summary(elements), _rejected(elements))


def orders_answer(request_id: str, elements: Sequence[Element]) -> OrdersAnswer | None:
    """The answer to Yespo's orders; None, an empty body, where all were taken: old clients take any for an error."""
    failed = [
        FailedOrder(element.id, index, element.code, element.field, element.message)
        for index, element in rejections(elements)
    ]
    return OrdersAnswer(failed, request_id) if failed else None


def hook_summary(elements: Sequence[Element]) -> HookSummary:
    """How many elements came, and what came of them."""
    kinds = [type(element) for element in elements]
    return HookSummary(len(kinds), kinds.count(Accepted), kinds.count(Ignored), kinds.count(Rejected))


def rejections(elements: Sequence[Element]) -> Iterator[tuple[int, Rejected]]:
    """The elements that do not fit, with their places from 0."""
    return ((index, element) for index, element in enumerate(elements) if isinstance(element, Rejected))


def _rejected(elements: Sequence[Element]) -> list[RejectedElement]:
    return [
        RejectedElement(index, element.code, element.field, element.message) for index, element in rejections(elements)
    ]
