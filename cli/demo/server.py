"""The demo's HTTP API: `lasttouch serve`, with a token for each role."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import redis
from rich.console import Console

from api.sign_in_links import make_link
from cli.demo.child import CommandProcess
from config.errors import Unavailable
from config.server_addresses import HTTP_HOST_DEFAULT, HTTP_PORT_DEFAULT
from config.tokens_file import Role, create_token

_ANY_PORT: Final = 0


class ServerProcess(CommandProcess):
    """A `lasttouch serve` for one account, at the usual port where that is free."""

    name = "the HTTP API"
    command = "serve"

    def __init__(self, account: str, arguments: Sequence[str], folder: Path) -> None:
        path = folder / "tokens.toml"
        self.tokens: Mapping[Role, str] = {
            role: create_token(path, account=account, role=role, name="demo") for role in Role
        }
        self._port = HTTP_PORT_DEFAULT if _is_free(HTTP_PORT_DEFAULT) else _ANY_PORT
        self._arguments = [*arguments, "--host", HTTP_HOST_DEFAULT, "--tokens", str(path), "--port"]
        super().__init__([*self._arguments, str(self._port)], folder / "serve.log")

    def check(self) -> None:
        try:
            super().check()
        except Unavailable:
            # Between the look at the port and the server's bind somebody else may take it: another demo, mostly.
            taken = f"{HTTP_HOST_DEFAULT}:{self._port} cannot be listened on"
            if not any(taken in line for line in self.said()):
                raise
            self._port = _ANY_PORT
            self._process = self._start([*self._arguments, str(self._port)])

    @property
    def url(self) -> str | None:
        """Where it answers; None: it does not yet. Raises `Unavailable` when it does not come to that."""
        self.check()
        said = next((line for line in self.said() if line.startswith("http://")), None)
        if said is None:
            self.check_start()
        return said

    def show(self, console: Console, client: redis.Redis) -> None:
        """Say how to look at the page, and how to ask. `client`: of the Redis that the server reads."""
        self.show_links(console, client)
        console.print("", f"  HTTP API: {self.url}, described at /docs, with these tokens", sep="\n", soft_wrap=True)
        for role, token in self.tokens.items():
            console.print(f"    {role.value:<9} {token}", soft_wrap=True)
        console.print(f"  curl -u :TOKEN {self.url}/v1/reports/campaigns", "", sep="\n", soft_wrap=True)

    def show_links(self, console: Console, client: redis.Redis) -> None:
        """Say how to look at the page; each link is a new one."""
        assert self.url is not None
        console.print("", "  Dashboard (each link signs in once):", sep="\n")
        for role in (Role.MARKETER, Role.ADMIN, Role.VIEWER):
            console.print(f"    {role.value:<9} {make_link(client, self.url, self.tokens[role])}", soft_wrap=True)


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HTTP_HOST_DEFAULT, port))
        except OSError:
            return False
    return True
