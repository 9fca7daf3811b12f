"""Which role may ask what: every operation of the OpenAPI with every role, with another account's token, with none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx
import pytest
import redis

from api.dataflow import Dataflow
from api.openapi import operations
from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from tests.api.asking import Asker, asking

EVERYBODY: Final = frozenset(Role)
READERS: Final = EVERYBODY - {Role.INGEST}
MARKETERS: Final = frozenset({Role.MARKETER, Role.ADMIN})
ADMINS: Final = frozenset({Role.ADMIN})
TAKES_IN: Final = frozenset({Role.ADMIN, Role.INGEST})

OPEN: Final = frozenset(
    {
        "GET /",
        "GET /docs",
        "GET /healthz",
        "GET /openapi.json",
        "GET /readyz",
        "GET /v1/hooks/{source}",
        "POST /v1/session",
        "DELETE /v1/session",
    }
)
"""Asked without a token."""

MAY_ASK: Final[Mapping[str, frozenset[Role]]] = {
    "GET /v1/me": EVERYBODY,
    "GET /v1/reports/campaigns": READERS,
    "GET /v1/orders/{order}": READERS,
    "GET /v1/contacts/{contact}": MARKETERS,
    "POST /v1/settings/preview": MARKETERS,
    "GET /v1/live": READERS,
    "GET /v1/settings": READERS,
    "PUT /v1/settings": ADMINS,
    "PUT /v1/campaigns/{channel}/{campaign}": MARKETERS,
    "GET /v1/segments": MARKETERS,
    "POST /v1/segments": MARKETERS,
    "GET /v1/segments/{name}": MARKETERS,
    "DELETE /v1/segments/{name}": MARKETERS,
    "GET /v1/reports/campaigns/{channel}/{campaign}": READERS,
    "GET /v1/reports/channels": READERS,
    "GET /v1/reports/orders": READERS,
    "GET /v1/reports/purchases": READERS,
    "GET /v1/reports/timeline": READERS,
    "GET /v1/intake": READERS,
    "POST /v1/events": TAKES_IN,
    "POST /v1/hooks/{source}": TAKES_IN,
    "POST /api/v1/orders": TAKES_IN,
    "POST /api/v1/event": TAKES_IN,
    "POST /api/v2/event": TAKES_IN,
    "POST /api/v3/event": TAKES_IN,
}
"""The table of docs/http.md, a line for each operation."""

OF_OTHER_SYSTEMS: Final = frozenset(
    f"POST {path}" for path in ("/v1/hooks/{source}", "/api/v1/orders", *(f"/api/v{n}/event" for n in (1, 2, 3)))
)
"""They may add parameters of their own."""


@pytest.fixture(scope="module")
def _alone(valkey_server: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    # No dataflow runs that could answer: nobody waits long for it.
    with asking(tmp_path_factory.mktemp("roles"), valkey_server.url, dataflow=Dataflow(timeout_s=0.05)) as asker:
        yield asker


@pytest.fixture
def api(_alone: Asker, valkey: redis.Redis) -> Asker:
    """Over a view that holds nothing."""
    _alone.client.cookies.clear()
    return _alone


@pytest.fixture
def listed(api: Asker) -> Mapping[str, Mapping[str, Any]]:
    """The operations that the OpenAPI has and that want a token."""
    document = api.client.get("/openapi.json").json()
    found = {f"{method} {path}": operation for path, method, operation in operations(document)}
    return {name: operation for name, operation in found.items() if name not in OPEN}


def test_every_operation_stands_in_the_table(listed: Mapping[str, Mapping[str, Any]]) -> None:
    assert listed.keys() == MAY_ASK.keys()


@pytest.mark.parametrize("operation", sorted(MAY_ASK))
def test_only_these_roles_may_ask(api: Asker, operation: str) -> None:
    method, path = filled(operation)
    for role in Role:
        answer = api.ask(method, path, role, **body_of(method))
        if role in MAY_ASK[operation]:
            assert answer.status_code not in {401, 403, 405}, role
            assert answer.status_code < 500 or answer.status_code == 503, role
        else:
            assert code_of(answer) == (403, "forbidden"), role


@pytest.mark.parametrize("operation", sorted(MAY_ASK))
def test_another_account_is_forbidden_to_every_role(api: Asker, operation: str) -> None:
    method, path = filled(operation)
    for role in Role:
        answer = api.ask(method, path, role, "other", params={"account": "acme"}, **body_of(method))
        assert code_of(answer) == (403, "forbidden"), role


@pytest.mark.parametrize("operation", sorted(MAY_ASK))
def test_without_a_token_it_says_that_one_is_wanted(api: Asker, operation: str) -> None:
    method, path = filled(operation)
    answer = api.client.request(method, path, **body_of(method))
    assert code_of(answer) == (401, "unauthorized")
    assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize("operation", sorted(MAY_ASK.keys() - OF_OTHER_SYSTEMS))
def test_a_parameter_that_it_does_not_know_is_named(api: Asker, operation: str) -> None:
    method, path = filled(operation)
    for role in MAY_ASK[operation]:
        answer = api.ask(method, path, role, params={"colour": "red"}, **body_of(method))
        assert answer.status_code == 422, role
        assert method == "HEAD" or field_of(answer) == "colour", role


def filled(operation: str) -> tuple[str, str]:
    """Method and path, with something that nobody has heard of in the place of each id.

    Of an answer that does not end by itself, only the head is asked for.
    """
    method, path = operation.split(" ")
    if path == "/v1/live":
        return "HEAD", path
    parts = ["nobody" if part.startswith("{") else part for part in path.split("/")]
    return method, "/".join(parts)


def field_of(answer: httpx.Response) -> str:
    """The field that is wrong; what intake answers has but one."""
    body = answer.json()
    return str(body["field"] if "field" in body else body["errors"][0]["field"])


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and code; what has no body has the code that goes with its status."""
    alone = {401: "unauthorized", 403: "forbidden"}
    code = alone[answer.status_code] if answer.request.method == "HEAD" else answer.json()["code"]
    return answer.status_code, code


def body_of(method: str) -> dict[str, Any]:
    return {} if method in {"GET", "HEAD", "DELETE"} else {"json": {}}
