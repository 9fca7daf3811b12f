"""The application as its askers see it: one token for each role of two shops, over a real Valkey."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from litestar.testing import TestClient
from litestar.types import ASGIApp

from api.app import build_app
from api.dataflow import Dataflow
from api.doors import Doors
from api.known_tokens import KnownTokens
from config.http_limits import HttpLimits
from config.settings_file import NO_FILE, SettingsFile
from config.tokens_file import Role, create_token
from connectors.kafka.topics import TopicNames
from connectors.view.client import reading_client

ACCOUNTS: Final = ("acme", "other")

UNLIMITED: Final = HttpLimits(requests_per_minute=1_000_000, wrong_tokens_per_second=1_000_000)
"""Tests of everything else ask as often as they like."""

Tokens = dict[tuple[str, Role], str]


class Asker:
    """Asks with the token of a role; by default acme's admin."""

    def __init__(self, client: TestClient[Any], tokens: Tokens, doors: Doors, folder: Path) -> None:
        self.client = client
        self.tokens = tokens
        self.doors = doors
        self.folder = folder
        """Which has the tokens file."""

    def get(self, path: str, role: Role = Role.ADMIN, account: str = "acme", **more: Any) -> httpx.Response:
        return self.ask("GET", path, role, account, **more)

    def ask(
        self, method: str, path: str, role: Role = Role.ADMIN, account: str = "acme", **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[account, role]}", **more.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **more)


def make_tokens(path: Path) -> Tokens:
    """A tokens file with a token for each role of each of the accounts."""
    return {
        (account, role): create_token(path, account=account, role=role, name=f"{account}'s {role.value}")
        for account in ACCOUNTS
        for role in Role
    }


@contextmanager
def asking(
    folder: Path,
    redis_url: str,
    *,
    kafka: str | None = None,
    topics: TopicNames | None = None,
    settings: SettingsFile = NO_FILE,
    limits: HttpLimits = UNLIMITED,
    public_url: str | None = None,
    dataflow: Dataflow | None = None,
) -> Iterator[Asker]:
    """An application of its own."""
    tokens = make_tokens(folder / "tokens.toml")
    doors = Doors(
        redis=reading_client(redis_url),
        settings=settings,
        tokens=KnownTokens(folder / "tokens.toml"),
        kafka=kafka,
        topics=topics or TopicNames(),
        public_url=public_url,
        limits=limits,
        dataflow=dataflow or Dataflow(),
    )
    app: ASGIApp = build_app(doors)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Asker(client, tokens, doors, folder)
    doors.redis.close()
