"""The demo's HTTP API finds a port, whoever else looks for one at the same time."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from cli.demo import server
from cli.demo.server import ServerProcess
from config.errors import Unavailable
from connectors.embedded.servers import EmbeddedValkey
from tests.waiting import PATIENCE_S, await_that


def test_where_somebody_takes_the_usual_port_just_then_it_has_another(
    tmp_path: Path, valkey_server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another demo does that has looked at the port at the same moment, and found it free."""
    with socket.create_server(("127.0.0.1", 0)) as faster:
        usual = faster.getsockname()[1]
        monkeypatch.setattr(server, "HTTP_PORT_DEFAULT", usual)
        monkeypatch.setattr(server, "_is_free", lambda _port: True)
        with ServerProcess("acme", ["--redis-url", valkey_server.url], tmp_path) as serving:
            await_that(lambda: serving.url is not None, "an address")
            assert serving.url != f"http://127.0.0.1:{usual}"
            assert httpx.get(f"{serving.url}/healthz", timeout=PATIENCE_S).status_code == 200


def test_any_other_reason_why_it_ends_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(Unavailable, match=r"^the HTTP API ended with status 2: .*redis-url"),
        ServerProcess("acme", ["--redis-url", "http://x"], tmp_path) as serving,
    ):
        await_that(lambda: serving.url is not None, "an address")
