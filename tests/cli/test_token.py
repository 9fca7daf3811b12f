"""`lasttouch token` as the person who hands tokens out calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main
from config.tokens_file import hash_of, read_tokens


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "tokens.toml"
    monkeypatch.setenv("LASTTOUCH_TOKENS", str(path))
    return path


def test_a_token_is_printed_alone_and_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "create", "--account", "acme", "--role", "viewer", "--name", "Olena"]) == 0
    out, err = capsys.readouterr()
    [token] = read_tokens(path)
    assert hash_of(out.rstrip("\n")) == token.sha256
    assert err == ""

    assert main(["token", "list"]) == 0
    listed = capsys.readouterr().out
    assert out.strip() not in listed
    assert all(words in listed for words in (token.id, "acme", "viewer", "Olena", "Created at"))


def test_the_list_may_be_of_one_account(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for account in ("acme", "other"):
        main(["token", "create", "--account", account, "--role", "admin"])
    capsys.readouterr()

    assert main(["token", "list", "--account", "other", "--tokens", str(path)]) == 0
    listed = capsys.readouterr().out
    assert "other" in listed
    assert "acme" not in listed


def test_a_revoked_token_is_not_listed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["token", "create", "--account", "acme", "--role", "admin"])
    [token] = read_tokens(path)

    assert main(["token", "revoke", token.id]) == 0
    assert main(["token", "revoke", token.id]) == 2
    assert token.id in capsys.readouterr().err
    assert read_tokens(path) == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("token",), "create"),
        (("token", "create", "--account", "a"), "--role"),
        (("token", "create", "--account", "a", "--role", "king"), "king"),
        (("token", "create", "--account", "", "--role", "admin"), "--account"),
        (("token", "create", "--account", "a", "--role", "ingest", "--source", "x"), "--source"),
        (
            ("token", "create", "--account", "a", "--role", "ingest", "--source", "sendgrid", "--signing-key", "k"),
            "P-256",
        ),
        (("token", "list", "--tokens", "missing.toml"), "missing.toml"),
        (("serve",), "lasttouch token create"),
        (("serve", "--tokens", "missing.toml"), "missing.toml"),
    ],
    ids=" ".join,
)
def test_wrong_input_is_one_line(
    path: Path, arguments: tuple[str, ...], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(arguments)) == 2

    out, err = capsys.readouterr()
    [line] = err.splitlines()
    assert word in line
    assert out == ""


def test_without_a_file_that_is_named_one_line_says_how_to_name_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LASTTOUCH_TOKENS", raising=False)
    for arguments in (["token", "list"], ["token", "revoke", "x"], ["serve"]):
        assert main(arguments) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert "--tokens" in line
