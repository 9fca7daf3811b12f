"""What `--help` says is for those who call a command, not for those who call its function."""

from __future__ import annotations

import pytest

from cli.main import main

COMMANDS = [
    "demo",
    "run",
    "ingest",
    "serve",
    "token create",
    "token list",
    "token revoke",
    "report campaigns",
    "report channels",
    "report orders",
    "report purchases",
    "explain",
    "settings show",
    "settings set",
    "settings preview",
    "rebuild",
    "doctor",
    "audit",
    "generate",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_it_names_no_exception(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert command.rsplit(maxsplit=1)[-1] in said
    assert "Raises" not in said
    assert "Error`" not in said


def test_the_list_of_commands_tells_of_the_dashboard(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "dashboard" in capsys.readouterr().out
