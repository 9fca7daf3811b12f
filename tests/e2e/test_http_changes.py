"""Changes over HTTP, by the whole way round: server, broker, dataflow, Redis, server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from config.tokens_file import Role
from tests.api.serving import Served, serving
from tests.conftest import Broker
from tests.e2e.kafka_runs import start_counted
from tests.e2e.running import Running, Runs
from tests.e2e.shop_files import TOTAL, growing
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

SINCE = "2026-01-01T00:00:00Z"
PERIOD = "from=2026-01-01&to=2026-12-31"


@pytest.fixture
def bootstrap(bare_broker: Broker) -> str:
    return bare_broker.bootstrap_servers


@pytest.fixture
def running(runs: Runs, valkey: redis.Redis, bootstrap: str, tmp_path: Path) -> Running:
    """A run that has counted a shop of 300 buyers and waits for more."""
    return start_counted(runs, valkey, bootstrap, growing(tmp_path / "growing.jsonl", 300), 300)


@pytest.fixture
def served(runs: Runs, bootstrap: str, running: Running, tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, runs.redis_url, LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS=bootstrap) as server:
        yield server


def ask(served: Served, method: str, path: str, status: int, role: Role = Role.ADMIN, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {served.tokens['acme', role]}", **more.pop("headers", {})}
    answer = served.client.request(method, path, headers=headers, **more)
    assert answer.status_code == status, answer.text
    return answer


def campaign_of(served: Served) -> dict[str, Any]:
    [row, *_] = served.get(f"/v1/reports/campaigns?{PERIOD}").json()["campaigns"]
    assert isinstance(row, dict)
    return row


def test_what_is_changed_over_http_is_shown_over_http(served: Served, running: Running, valkey: redis.Redis) -> None:
    before = served.get("/v1/settings")
    body = {"settings": {"channels": {}}, "effective_from": SINCE}
    seen = {"If-Match": before.headers["ETag"]}
    taken = ask(served, "PUT", "/v1/settings", 202, json=body, headers=seen).json()

    def newest_version() -> Any:
        return served.get("/v1/settings").json()["versions"][0]

    # Mostly at once: the answer waits some seconds for it to be shown.
    await_that(lambda: newest_version()["time"] == taken["time"], "the change in the list of versions")
    newest = newest_version()
    assert newest["effective_from"] == taken["effective_from"]
    assert (newest["by"], newest["settings"]["channels"]) == ("acme's admin", {})
    assert ask(served, "PUT", "/v1/settings", 412, json=body, headers=seen).json()["code"] == "changed"
    await_that(lambda: valkey.hget(TOTAL, "unattributed:purchases:EUR") == b"300", "nobody credited")

    ask(served, "PUT", "/v1/settings", 202, json={"settings": {}, "effective_from": SINCE})
    await_that(lambda: valkey.hget(TOTAL, "purchases:EUR") == b"300", "credited again")

    row = campaign_of(served)
    path = f"/v1/campaigns/{row['channel']}/{row['campaign']}"
    ask(served, "PUT", path, 202, Role.MARKETER, json={"name": "Winter sale"})
    await_that(lambda: campaign_of(served)["name"] == "Winter sale", "its name in the report")

    report = {"campaign": row["campaign"], "from": "2026-01-01", "to": "2026-12-31"}
    made = ask(served, "POST", "/v1/segments", 201, json={"name": "buyers", "from_report": report}).json()
    contacts = ask(served, "GET", "/v1/segments/buyers", 200).text.splitlines()
    assert made["contacts"] == len(contacts) == len(set(contacts)) > 0
    assert running.stop().status == 0
