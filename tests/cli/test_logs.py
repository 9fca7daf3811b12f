"""What a command prints is for programs to read: what its clients log on the way never comes between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from cli.main import main


@pytest.fixture(autouse=True)
def as_in_a_new_process() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("command", [("ingest", "FILE"), ("settings", "set", "--account", "acme", "--currency", "UAH")])
def test_logs_of_a_kafka_client_are_on_stderr(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("{}\n")
    arguments = [str(file) if word == "FILE" else word for word in command]
    assert main([*arguments, "--kafka-bootstrap-servers", "127.0.0.1:1"]) == 1
    capsys.readouterr()
    structlog.get_logger("kafka").warning("kafka_client", detail="Coordinator load in progress: retrying")
    assert capsys.readouterr().out == ""
