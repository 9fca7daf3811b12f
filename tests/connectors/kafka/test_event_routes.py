"""Which topic an event goes to, and under which key, whatever else stands in it."""

from __future__ import annotations

import pytest

from connectors.kafka.event_routes import UNREADABLE, EventRoutes
from connectors.kafka.topics import TopicNames
from tests.e2e.shop_files import order, touch
from tests.reference.values import moment_ms

AT = moment_ms("2026-01-05T10:00:00Z")
ERASE = b'{"type":"erase","account":"acme","contact":"c1","time":"2026-01-05T10:00:00Z"}'
ROUTES = EventRoutes(TopicNames())
UNREAD = [b'"\\ud800"', b"[" * 2_000 + b"]" * 2_000]
"""Values that are JSON, in fields that nobody reads (contract §8)."""


@pytest.mark.parametrize(
    ("event", "kind", "topic", "key"),
    [
        (touch("c1", AT), "touch", "touches", b'["acme","c1"]'),
        (order("o1", "c1", AT), "order", "orders", b'["acme","o1"]'),
        (ERASE, "erase", "profiles", b'["acme"]'),
    ],
)
@pytest.mark.parametrize("unread", [b"1", *UNREAD])
def test_an_event_goes_by_its_type_and_by_whose_it_is(
    event: bytes, kind: str, topic: str, key: bytes, unread: bytes
) -> None:
    line = event[:-1] + b',"note":' + unread + b"}"
    read_as, record = ROUTES.route(line)
    assert (read_as, record.topic, record.key, record.value) == (kind, topic, key, line)


@pytest.mark.parametrize(
    "line", [b"nothing", b"[1]", b'{"type":"bounce"}', b'{"type":"erase","note":"\\ud800"}', b"\xff"]
)
def test_what_no_event_can_be_read_from_goes_where_it_is_dead_lettered(line: bytes) -> None:
    assert ROUTES.route(line) == (UNREADABLE, ("touches", None, line))
