"""Commands that tests start: in which environment."""

from __future__ import annotations

import pytest

from config.kernels_switch import KERNELS
from tests.servers.commands import own_environment


def test_they_are_told_whether_kernels_are_wanted_and_nothing_of_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KERNELS, "off")
    monkeypatch.setenv("LASTTOUCH_REDIS_URL", "redis://away:6379")
    environment = own_environment()
    assert environment[KERNELS] == "off"
    assert "LASTTOUCH_REDIS_URL" not in environment
