"""What all answers have in common."""

from __future__ import annotations

import json
import uuid
from typing import Any, Final
from urllib.parse import quote

import pytest
import redis
from structlog.testing import capture_logs

from config.tokens_file import Role
from connectors.view.layout import account_key
from tests.api.asking import Asker, asking


def test_health_is_open_to_all(api: Asker) -> None:
    assert api.client.get("/healthz").status_code == 200
    ready = api.client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"redis": "ok", "kafka": "none"})


def test_every_answer_has_an_id_of_its_own(api: Asker) -> None:
    ids = [api.client.get(path).headers["X-Request-Id"] for path in ("/healthz", "/healthz", "/nowhere", "/v1/me")]
    assert len({str(uuid.UUID(one)) for one in ids}) == 4


def test_an_id_that_a_proxy_gave_is_kept_and_nothing_else_is(api: Asker) -> None:
    given = str(uuid.uuid4())
    assert api.client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given
    personal = api.client.get("/healthz", headers={"X-Request-Id": "olena@example.org"})
    assert "olena" not in personal.headers["X-Request-Id"]


@pytest.mark.parametrize("path", ["/nowhere", "/v1", "/v1/reports/campaigns/a/b/c/d", "/v1//me//x", "/%ff"])
def test_what_is_not_there_is_not_found(api: Asker, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["title"] == "Not Found"
    assert answer.json()["type"] == "about:blank"


def test_a_method_that_an_address_does_not_take_says_which_it_takes(api: Asker) -> None:
    for method in ("PUT", "DELETE", "PATCH", "POST", "TRACE"):
        answer = api.ask(method, "/v1/me")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/me", "GET, HEAD, OPTIONS"),
        ("/v1/settings", "GET, HEAD, OPTIONS, PUT"),
        ("/v1/segments", "GET, HEAD, OPTIONS, POST"),
        ("/v1/segments/a%2Fb", "DELETE, GET, HEAD, OPTIONS"),
        ("/v1/session", "DELETE, OPTIONS, POST"),
        ("/v1/reports/purchases?campaign=k&from=2026-01-01&to=2026-01-02", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_has_all_that_an_address_takes(api: Asker, path: str, allowed: str) -> None:
    answer = api.client.options(path)
    assert (answer.status_code, answer.headers["Allow"], answer.content) == (204, allowed, b"")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/v1/orders"), ("PUT", "/api/v3/event"), ("POST", "/api/v9/x")]
)
def test_what_yespos_clients_ask_for_in_vain_is_said_in_the_way_that_they_read(
    api: Asker, method: str, path: str
) -> None:
    answer = api.ask(method, path)
    assert answer.status_code in {404, 405}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["message"] == answer.json()["detail"]
    assert ("Allow" in answer.headers) == (answer.status_code == 405)


@pytest.mark.parametrize("path", ["/", "/v1/me", "/v1/settings", "/v1/reports/campaigns?format=csv", "/v1/nothing"])
def test_head_is_get_without_a_body(path: str, api: Asker) -> None:
    head, whole = api.ask("HEAD", path), api.ask("GET", path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    of_each_request = {"x-request-id", "ratelimit"}
    assert head.headers.keys() == whole.headers.keys()
    assert all(head.headers[name] == whole.headers[name] for name in head.headers.keys() - of_each_request)


def test_head_of_a_stream_says_what_it_is_and_ends(api: Asker) -> None:
    head = api.ask("HEAD", "/v1/live")
    assert (head.status_code, head.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")


REPORT: Final = "/v1/reports/campaigns?from=2026-01-01&to=2026-01-02"
VIEWER_ASKS_FOR_CSV: Final = {"role": Role.VIEWER, "headers": {"Accept": "text/csv"}}


@pytest.mark.parametrize(
    ("path", "more", "status", "varies"),
    [
        ("/v1/me", {}, 200, "Accept-Encoding, Authorization, Cookie"),
        ("/v1/me", {"role": Role.INGEST}, 200, "Accept-Encoding, Authorization, Cookie"),
        ("/v1/settings", {"role": Role.INGEST}, 403, "Accept-Encoding, Authorization, Cookie"),
        ("/v1/me", {"headers": {"Authorization": "Bearer lt_no"}}, 401, "Accept-Encoding, Authorization, Cookie"),
        (REPORT, {}, 200, "Accept, Accept-Encoding, Authorization, Cookie"),
        (REPORT, {"headers": {"Accept": "text/csv"}}, 200, "Accept, Accept-Encoding, Authorization, Cookie"),
        (REPORT, VIEWER_ASKS_FOR_CSV, 403, "Accept, Accept-Encoding, Authorization, Cookie"),
        ("/openapi.json", {}, 200, "Accept-Encoding"),
        ("/docs", {}, 200, "Accept-Encoding"),
        ("/", {}, 200, "Accept-Encoding"),
        ("/healthz", {}, 200, "Accept-Encoding"),
        ("/nowhere", {}, 404, "Accept-Encoding"),
    ],
)
@pytest.mark.parametrize("packing", ["gzip", "identity"])
def test_an_answer_says_by_which_headers_of_the_request_it_differs(
    api: Asker, path: str, more: dict[str, Any], status: int, varies: str, packing: str
) -> None:
    """So that no cache gives anybody what was meant for another; the same however an answer is packed."""
    headers = {"Accept-Encoding": packing, **more.get("headers", {})}
    answer = api.get(path, **{**more, "headers": headers})
    assert (answer.status_code, answer.headers.get_list("Vary")) == (status, [varies])


def test_that_the_page_is_what_it_was_is_said_with_the_same_headers(api: Asker) -> None:
    page = api.client.get("/")
    unchanged = api.client.get("/", headers={"If-None-Match": page.headers["ETag"]})
    assert (unchanged.status_code, unchanged.headers["Vary"]) == (304, page.headers["Vary"])


def test_the_access_log_has_the_route_and_nothing_that_was_asked_for(api: Asker) -> None:
    with capture_logs() as logs:
        api.get("/v1/reports/campaigns?channel=secret&from=2026-01-01&to=2026-01-02")
        api.get("/olena@example.org")
    # What other tests of this process have left running may log, too.
    assert [line["route"] for line in logs if line["event"] == "request"] == ["/v1/reports/campaigns", "(none)"]
    assert "secret" not in json.dumps(logs)
    assert "olena" not in json.dumps(logs)


def test_redis_that_is_away_is_said_and_the_process_lives(tmp_path_factory: pytest.TempPathFactory) -> None:
    nobody = "127.0.0.1:1"
    with asking(tmp_path_factory.mktemp("away"), f"redis://{nobody}/0", kafka=nobody) as api:
        answer = api.get("/v1/reports/campaigns")
        assert (answer.status_code, answer.json()["code"], answer.json()["away"]) == (503, "unavailable", "redis")
        assert int(answer.headers["Retry-After"]) > 0
        assert api.client.get("/healthz").status_code == 200
        ready = api.client.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"redis": "away", "kafka": "away"})


def test_an_id_in_a_path_may_hold_anything(api: Asker) -> None:
    for campaign in ("a/b", "ä b", "100%", "?", "//", "a%2Fb", "+", "{campaign}"):
        answer = api.get(f"/v1/reports/campaigns/sms/{quote(campaign, safe='')}")
        assert (answer.status_code, answer.json().get("campaign")) == (200, campaign)


def test_a_fault_of_ours_is_in_the_log_and_not_in_the_answer(api: Asker, valkey: redis.Redis) -> None:
    valkey.set(account_key("acme"), "no hash")
    with capture_logs() as logs:
        answer = api.get("/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "WRONGTYPE" not in answer.text
    assert "Traceback" not in answer.text
    [fault] = [line for line in logs if line["event"] == "request_failed"]
    assert "WRONGTYPE" in fault["traceback"]
    assert fault["request_id"] == answer.json()["request_id"]


def test_the_openapi_is_3_1_and_has_the_reports_own_types(api: Asker) -> None:
    answer = api.client.get("/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    assert answer.headers["Content-Type"] == "application/json"
    route = document["paths"]["/v1/reports/campaigns"]["get"]
    assert {one["name"] for one in route["parameters"]} == {
        *("account", "channel", "currency", "format", "from", "limit", "to")
    }
    assert route["responses"]["200"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/CampaignsReport"
    }
