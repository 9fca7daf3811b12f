"""What the running dataflow is asked for: why an order, who is a contact, what would settings do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis

from api.dataflow import Dataflow
from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from connectors.questions import keys
from tests.api.answering import answering
from tests.api.asking import Asker, asking
from tests.api.serving import serving
from tests.connectors.kafka.kafka_topics import standing_still
from tests.reference.scenario import contact, order, touch
from tests.reports.shop import Sale, Shop
from tests.waiting import await_that

ODD_ID = "a/b %2F?&#ї"
ANN, PHONE = "ann@example.org", "+380501234567"
EVENTS = [
    contact("ann", "03-01 09:00", email=ANN, phone=PHONE, first_name="Ann"),
    touch("clicked", "03-01 10:00"),
    order("03-01 12:00", email=ANN),
    touch("clicked", "03-01 10:00", contact=PHONE, campaign="summer"),
    order("03-01 12:00", order=ODD_ID, contact=PHONE),
    order("03-01 12:00", order="o3", contact=ODD_ID),
]
PERIOD = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture
def shop(api: Asker, valkey: redis.Redis) -> Iterator[Asker]:
    with answering(valkey, EVENTS):
        yield api


@pytest.fixture(scope="module")
def alone(valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """A server whose dataflow never answers."""
    folder: Path = tmp_path_factory.mktemp("alone")
    with asking(folder, valkey_server.url, dataflow=Dataflow(timeout_s=0.05)) as asker:
        yield asker


def test_an_order_is_explained(shop: Asker) -> None:
    answer = shop.get("/v1/orders/o1")
    assert answer.status_code == 200
    explained = answer.json()
    assert (explained["order"], explained["contact"]) == ("o1", "ann")
    assert explained["credit"]["campaign"] == "spring"
    assert (explained["as_of"], explained["catching_up"]) == ("2026-03-20T00:00:00.000Z", False)
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_id_may_hold_anything(shop: Asker) -> None:
    explained = shop.get("/v1/orders/" + quote(ODD_ID, safe="")).json()
    assert (explained["order"], explained["contact"]) == (ODD_ID, PHONE)
    card = shop.get("/v1/contacts/" + quote(ODD_ID, safe="")).json()
    assert (card["contact"], [one["order"] for one in card["orders"]]) == (ODD_ID, ["o3"])


def test_a_viewer_sees_no_contact_that_is_an_address(shop: Asker) -> None:
    assert shop.get("/v1/orders/o1", Role.VIEWER).json()["contact"] == "ann"
    answer = shop.get("/v1/orders/" + quote(ODD_ID, safe=""), Role.VIEWER)
    assert answer.json()["contact"] is None
    assert PHONE not in answer.text


def test_a_contacts_card(shop: Asker) -> None:
    card = shop.get("/v1/contacts/ann", Role.MARKETER).json()
    assert (card["email"], card["phone"], card["first_name"], card["last_name"]) == (ANN, PHONE, "Ann", None)
    assert card["channels"] == [
        {
            "channel": "email",
            "sent_at": None,
            "delivered_at": None,
            "opened_at": None,
            "clicked_at": "2026-03-01T10:00:00.000Z",
            "opened_by_machine_at": None,
            "clicked_by_machine_at": None,
        }
    ]
    assert [(one["order"], one["campaign"], one["email"]) for one in card["orders"]] == [("o1", "spring", ANN)]
    assert card["revenue"] == [{"currency": "EUR", "orders": 1, "amount": "10.00"}]


def test_one_order_of_the_list_whatever_its_day(shop: Asker, valkey: redis.Redis) -> None:
    """The totals stay the period's."""
    Shop(valkey).known().write([Sale("o7", "2026-05-01T10:00:00Z")])
    day = {"from": "2026-05-01", "to": "2026-05-01"}
    report = shop.get("/v1/reports/orders", params=day | {"order": ODD_ID}).json()
    assert [(one["order"], one["contact"], one["campaign"]) for one in report["orders"]] == [(ODD_ID, PHONE, "summer")]
    assert (report["next"], report["rows_from"]) == (None, None)
    assert report["totals"]["total"]["orders"] == 1
    assert shop.get("/v1/reports/orders", Role.VIEWER, params={"order": ODD_ID}).json()["orders"][0]["contact"] is None
    for nothing in ({"order": "o9"}, {"order": "o1", "status": "CANCELLED"}):
        assert shop.get("/v1/reports/orders", params=day | nothing).json()["orders"] == []
    assert [one["order"] for one in shop.get("/v1/reports/orders", params=day).json()["orders"]] == ["o7"]
    assert shop.get("/v1/reports/orders", params={"order": "o1", "format": "csv"}).text.count("\n") == 2


def test_what_nobody_has_heard_of_is_not_found(shop: Asker) -> None:
    for path in ("/v1/orders/o9", "/v1/contacts/bob"):
        answer = shop.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert shop.get(path, account="other").status_code == 404
    assert shop.get("/v1/orders/o1", account="other").status_code == 404


@pytest.mark.parametrize("path", ["/v1/orders/", "/v1/contacts/"])
def test_what_no_event_could_have_as_an_id_is_refused(path: str, shop: Asker) -> None:
    answer = shop.get(path + "x" * 257)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, path.split("/")[2].rstrip("s"))


def test_a_preview_says_what_settings_would_do(shop: Asker) -> None:
    body = {"settings": {"channels": {}}, **PERIOD}
    answer = shop.ask("POST", "/v1/settings/preview", Role.MARKETER, json=body)
    assert answer.status_code == 200
    preview = answer.json()
    assert (preview["from"], preview["currency_before"], preview["currency_after"]) == ("2026-03-01", "EUR", "EUR")
    changed = [(one["campaign"], one["purchases_before"], one["purchases_after"]) for one in preview["campaigns"]]
    assert changed == [("spring", 1, 0), ("summer", 1, 0)]
    assert (preview["unattributed"]["revenue_before"], preview["unattributed"]["revenue_after"]) == ("10.00", "30.00")
    assert (preview["total"]["purchases_before"], preview["total"]["purchases_after"]) == (3, 3)
    explained = shop.get("/v1/orders/o1").json()
    assert (preview["as_of"], preview["catching_up"]) == (explained["as_of"], False)
    assert preview["as_of"] is not None
    later = shop.ask("POST", "/v1/settings/preview", json=body | {"effective_from": "2026-03-02T00:00:00Z"}).json()
    assert later["campaigns"] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"settings": {"currency": "euro"}}, "settings.currency"),
        ({"settings": {"channels": {"email": {"event": "clicked", "window": "1y"}}}}, "settings.channels.email.window"),
        ({"settings": {"colour": "red"}}, "settings.colour"),
        ({"settings": []}, "settings"),
        ({"from": "March"}, "from"),
        ({"to": "2026-02-01"}, "from"),
        ({"effective_from": "2026-03-01"}, "effective_from"),
        ({"shop": "acme"}, "shop"),
    ],
)
def test_a_wrong_preview_names_the_field(wrong: dict[str, Any], field: str, shop: Asker) -> None:
    answer = shop.ask("POST", "/v1/settings/preview", json={"settings": {}, **PERIOD} | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_one_preview_at_a_time_for_each_account(shop: Asker, valkey: redis.Redis) -> None:
    body = {"settings": {}, **PERIOD}
    valkey.set(keys.preview_key("acme"), "another server's", ex=60)
    answer = shop.ask("POST", "/v1/settings/preview", json=body)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0
    assert shop.ask("POST", "/v1/settings/preview", account="other", json=body).status_code == 200
    valkey.delete(keys.preview_key("acme"))
    assert shop.ask("POST", "/v1/settings/preview", json=body).status_code == 200
    assert valkey.exists(keys.preview_key("acme")) == 0


def test_who_may_ask(shop: Asker) -> None:
    body = {"settings": {}, **PERIOD}
    for role, order_status, card_status, preview_status in (
        (Role.VIEWER, 200, 403, 403),
        (Role.MARKETER, 200, 200, 200),
        (Role.ADMIN, 200, 200, 200),
        (Role.INGEST, 403, 403, 403),
    ):
        assert shop.get("/v1/orders/o1", role).status_code == order_status
        assert shop.get("/v1/contacts/ann", role).status_code == card_status
        assert shop.ask("POST", "/v1/settings/preview", role, json=body).status_code == preview_status
    assert shop.ask("POST", "/v1/settings/preview", json=body | {"account": "other"}).status_code == 403


@pytest.mark.parametrize("seems_live", [False, True])
def test_a_dataflow_that_does_not_answer_is_away(seems_live: bool, alone: Asker, valkey: redis.Redis) -> None:
    if seems_live:
        valkey.set(keys.ANSWERED_BY, "a run that was killed")
    paths = ("/v1/orders/o1", "/v1/contacts/ann", "/v1/reports/orders?order=o1")
    answers = [alone.get(path) for path in paths]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"], answer.json()["away"]) == (503, "unavailable", "dataflow")
        assert int(answer.headers["Retry-After"]) > 0
    assert alone.get("/v1/reports/campaigns").status_code == 200
    await_that(lambda: not valkey.keys("lasttouch:question:*") and not valkey.llen(keys.WAITING), "all taken back")


def test_a_redis_that_takes_longer_than_the_dataflow_may_is_not_away(
    valkey_server: EmbeddedValkey, valkey: redis.Redis, tmp_path: Path
) -> None:
    valkey.set(keys.ANSWERED_BY, "a run that was killed")
    with asking(tmp_path, valkey_server.url, dataflow=Dataflow(timeout_s=0.001)) as api:
        away = {api.get("/v1/orders/o1").json()["away"] for _ in range(20)}
    assert away == {"dataflow"}


def test_where_redis_says_nothing_it_is_redis_that_is_away(tmp_path: Path) -> None:
    with (
        EmbeddedValkey() as valkey,
        asking(tmp_path, valkey.url, dataflow=Dataflow(redis_timeout_s=0.5)) as api,
        standing_still(valkey.pid),
    ):
        answer = api.get("/v1/orders/o1")
    assert (answer.status_code, answer.json()["away"]) == (503, "redis")


def test_a_preview_is_dropped_when_its_asker_hangs_up(
    valkey_server: EmbeddedValkey, valkey: redis.Redis, tmp_path: Path
) -> None:
    """Nothing of it is left to be answered, and the account may have another."""
    valkey.set(keys.ANSWERED_BY, "a run that is slow")
    with serving(tmp_path, valkey_server.url) as served:
        body = json.dumps({"settings": {}, **PERIOD}).encode()
        head = f"Authorization: Bearer {served.tokens['acme', Role.ADMIN]}\r\nContent-Length: {len(body)}\r\n"
        request = f"POST /v1/settings/preview HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{head}\r\n"
        with closing(served.connect()) as connection:
            connection.sendall(request.encode() + body)
            await_that(lambda: valkey.llen(keys.WAITING) > 0, "the preview asks")
            assert valkey.exists(keys.preview_key("acme"))
        await_that(lambda: not valkey.exists(keys.preview_key("acme")), "the preview is dropped")
        assert valkey.llen(keys.WAITING) == 0
        assert "Traceback" not in served.log
