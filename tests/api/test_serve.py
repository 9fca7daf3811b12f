"""`lasttouch serve` as whoever runs it sees it: how it starts, what it logs, how it ends, and several side by side."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from config.tokens_file import Role, create_token, read_tokens, revoke_token
from connectors.embedded.servers import EmbeddedValkey
from tests.api.serving import COMMAND, Served, read_to_end, serving
from tests.house.sources import ROOT
from tests.reports.shop import Sale, Shop
from tests.servers.commands import own_environment
from tests.waiting import PATIENCE_S, await_that

REPORT = "/v1/reports/campaigns?from=2026-01-01&to=2026-01-31&channel=sms"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def served(valkey_server: EmbeddedValkey, folder: Path) -> Iterator[Served]:
    environment = {
        "LASTTOUCH_TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8",
        # Fewer than any machine asks.
        "LASTTOUCH_HTTP_WRONG_TOKENS_PER_SECOND": "1",
    }
    with serving(folder, valkey_server.url, **environment) as server:
        yield server


def test_two_servers_say_the_same(
    served: Served, folder: Path, valkey: redis.Redis, valkey_server: EmbeddedValkey
) -> None:
    Shop(valkey).write([Sale("o1", "2026-01-01T10:00:00Z", 1_000, credited=("sms", "k1"))])
    with serving(folder, valkey_server.url) as second:
        second.tokens = served.tokens
        one, other = served.get(REPORT), second.get(REPORT)
        assert one.json() == other.json()
        assert one.json()["total"]["revenue"] == "10.00"
        assert second.end() == 0


def test_a_token_is_known_and_a_revoked_one_forgotten_while_it_runs(served: Served, folder: Path) -> None:
    path = folder / "tokens.toml"
    new = {"Authorization": f"Bearer {create_token(path, account='acme', role=Role.VIEWER, name='new')}"}
    await_that(lambda: served.client.get("/v1/me", headers=new).status_code == 200, "the new token")

    [token] = [token for token in read_tokens(path) if token.name == "new"]
    revoke_token(path, token.id)
    await_that(lambda: served.client.get("/v1/me", headers=new).status_code in {401, 429}, "the revoked token's end")


def test_a_broken_tokens_file_leaves_the_tokens_that_were_there(served: Served, folder: Path) -> None:
    path = folder / "tokens.toml"
    whole = path.read_bytes()
    path.write_bytes(b"[[token]")
    await_that(lambda: served.get("/v1/me").is_success and "tokens_not_read" in served.log, "the broken file's word")
    path.write_bytes(whole)


def test_the_address_behind_a_trusted_proxy_is_the_one_that_is_held_up(served: Served) -> None:
    def ask(forwarded: str) -> int:
        headers = {"Authorization": "Bearer lt_wrong", "X-Forwarded-For": forwarded}
        return served.client.get("/v1/me", headers=headers).status_code

    await_that(lambda: ask("203.0.113.7") == 429, "an address that is held up")
    assert ask("203.0.113.8") == 401
    assert ask("203.0.113.9, 10.1.2.3") == 401


def test_the_log_has_neither_ids_nor_tokens_nor_what_was_asked_for(served: Served) -> None:
    token = served.tokens["acme", Role.ADMIN]
    for path in ("/v1/me?account=secret-a", "/secret-b", REPORT + "&currency=secret-c", f"/v1/me?token={token}"):
        served.get(path)
    served.client.post("/v1/session", json={"token": token})
    await_that(lambda: served.requests_logged()[-1]["route"] == "/v1/session", "the last line")

    assert "secret" not in served.log
    assert token[3:20] not in served.log
    line = served.requests_logged()[-1]
    assert line.keys() == {"event", "level", "timestamp", "method", "route", "status", "duration_ms", "request_id"}


def test_redis_goes_away_and_comes_back(tmp_path: Path) -> None:
    with EmbeddedValkey() as valkey, serving(tmp_path, valkey.url) as served:
        assert served.get("/v1/me").status_code == 200
        valkey.kill()
        answer = served.get("/v1/me")
        assert (answer.status_code, answer.json()["away"]) == (503, "redis")
        assert served.client.get("/readyz").json() == {"redis": "away", "kafka": "none"}
        valkey.restart()
        await_that(lambda: served.get("/v1/me").status_code == 200, "an answer")
        assert served.client.get("/readyz").status_code == 200
        assert "Traceback" not in served.log


def test_it_ends_whoever_is_connected_and_answers_those_under_way(tmp_path: Path) -> None:
    # A Redis that takes connections and never says anything.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with serving(tmp_path, url) as served, closing(served.connect()) as idle, closing(served.connect()) as asking:
            token = served.tokens["acme", Role.ADMIN].encode()
            asking.sendall(b"GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + b"\r\n\r\n")
            with closing(silent.accept()[0]):
                status = served.end()

            assert status == 0
            assert read_to_end(idle) == b""
            # Redis had 5 s to say something.
            assert read_to_end(asking).startswith(b"HTTP/1.1 503 ")


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"LASTTOUCH_HTTP_REQUESTS_PER_MINUTE": "many"}, "LASTTOUCH_HTTP_REQUESTS_PER_MINUTE"),
        ({"LASTTOUCH_HTTP_BODY_TIMEOUT_S": "0"}, "LASTTOUCH_HTTP_BODY_TIMEOUT_S"),
        ({"LASTTOUCH_TRUSTED_PROXIES": "everybody"}, "LASTTOUCH_TRUSTED_PROXIES"),
        ({"LASTTOUCH_HTTP_PORT": "70000"}, "--port"),
        ({"LASTTOUCH_PUBLIC_URL": "shop.example.org"}, "--public-url"),
        ({"LASTTOUCH_REDIS_URL": "http://x"}, "redis-url"),
        ({"LASTTOUCH_SETTINGS": "missing.toml"}, "missing.toml"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_wrong_settings_end_it_with_one_line(
    tmp_path: Path,
    environment: dict[str, str],
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from cli.main import main

    create_token(tmp_path / "t.toml", account="a", role=Role.ADMIN)
    for name, value in {"LASTTOUCH_TOKENS": str(tmp_path / "t.toml"), **environment}.items():
        monkeypatch.setenv(name, value)
    capsys.readouterr()
    assert main(["serve"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert word in line


def test_a_port_that_is_taken_ends_it_with_one_line(served: Served, folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "cli.main",
        *COMMAND[:-1],
        str(served.port),
        "--tokens",
        str(folder / "tokens.toml"),
    ]
    ended = subprocess.run(command, cwd=ROOT, env=own_environment(), capture_output=True, text=True, timeout=PATIENCE_S)
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert f"127.0.0.1:{served.port}" in line
