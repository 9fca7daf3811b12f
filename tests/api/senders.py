"""A shop's senders, what they send, and what the broker has of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import httpx

from api.doors import wall_clock_ms
from config.tokens_file import Role, create_token
from connectors.kafka.topics import TopicNames
from state.times import format_time
from tests.api.asking import Asker
from tests.connectors.kafka.kafka_topics import read_back
from tests.waiting import await_that

ROUTES: Final = ("/v1/events", "/api/v1/orders", "/api/v1/event", "/api/v2/event", "/api/v3/event", "/v1/hooks/yespo")
AT: Final = format_time(wall_clock_ms() // 1_000 * 1_000 - 60_000)
TOUCH: Final = {
    "type": "touch",
    "contact": "c1",
    "channel": "email",
    "event": "clicked",
    "campaign": "spring",
    "message": "m1",
    "time": AT,
}
YESPO_ORDER: Final = {
    "externalOrderId": "6688",
    "externalCustomerId": "9911",
    "totalCost": 258.30,
    "status": "DELIVERED",
    "currency": "UAH",
    "date": AT,
}
WOO_ORDER: Final = {"id": 727, "status": "completed", "currency": "USD", "total": "29.35", "date_created_gmt": AT[:19]}
SENDGRID: Final = {
    "email": "ann@shop.example",
    "event": "click",
    "timestamp": 1772357400,
    "sg_message_id": "m1.filter1",
    "contact": "c1",
    "campaign": "spring",
}


class Intake:
    """A shop's senders, and what the broker has of them."""

    def __init__(self, asker: Asker, folder: Path, bootstrap: str, topics: TopicNames) -> None:
        self.asker = asker
        self._tokens_file = folder / "tokens.toml"
        self._bootstrap = bootstrap
        self.topics = topics
        self.read: dict[str, int] = dict.fromkeys((*topics.inputs, topics.dead_letters), 0)

    def token(self, role: Role = Role.INGEST, account: str = "acme", **more: Any) -> str:
        """A new token, which the server finds in its file."""
        token = create_token(self._tokens_file, account=account, role=role, **more)
        await_that(lambda: self.asker.doors.tokens.find(token) is not None, "the token found")
        return token

    def post(self, path: str, payload: object, token: str | None = None, **more: Any) -> httpx.Response:
        token = token or self.asker.tokens["acme", Role.INGEST]
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **more.pop("headers", {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        return self.asker.client.post(path, content=body, headers=headers, **more)

    def written(self, topic: str, count: int) -> list[dict[str, Any]]:
        """The newest records of a topic, as many as are expected: not one more is there."""
        self.read[topic] += count
        records = read_back(self._bootstrap, topic, self.read[topic])
        return [json.loads(record.value() or b"") for record in records[len(records) - count :]]
