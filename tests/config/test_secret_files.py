"""Secrets come from files that `LASTTOUCH_…_FILE` names."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import UserError
from config.secret_files import take_secrets_from_files


@pytest.mark.parametrize("text", ["hush", "hush\n", "hush\r\n"])
def test_what_is_in_the_file_is_the_variable(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(text.encode())
    environment = {"LASTTOUCH_REDIS_PASSWORD_FILE": str(file), "OTHER_FILE": "/nowhere"}
    take_secrets_from_files(environment)
    assert environment == {"LASTTOUCH_REDIS_PASSWORD": "hush", "OTHER_FILE": "/nowhere"}
    take_secrets_from_files(environment)
    assert environment["LASTTOUCH_REDIS_PASSWORD"] == "hush"


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"\xff", b"a\0b", b"x" * 70_000])
def test_a_file_without_a_secret_is_named_and_not_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"^LASTTOUCH_X_FILE: ") as refused:
        take_secrets_from_files({"LASTTOUCH_X_FILE": str(file)})
    assert "one" not in str(refused.value).removeprefix(f"LASTTOUCH_X_FILE: {file} does not hold one line")


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(UserError, match="LASTTOUCH_X_FILE: /nowhere/x cannot be read"):
        take_secrets_from_files({"LASTTOUCH_X_FILE": "/nowhere/x"})


def test_both_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="LASTTOUCH_X is set too"):
        take_secrets_from_files({"LASTTOUCH_X_FILE": str(tmp_path), "LASTTOUCH_X": "hush"})
