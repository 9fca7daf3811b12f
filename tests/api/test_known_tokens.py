"""The tokens that a running server knows: one that is new at once, one that was revoked until it looks again."""

from __future__ import annotations

from pathlib import Path

from api.known_tokens import CHECK_EVERY_S, KnownTokens
from config.tokens_file import Role, create_token, read_tokens, revoke_token


def test_a_token_is_known_as_soon_as_it_is_made(tmp_path: Path) -> None:
    file = tmp_path / "tokens.toml"
    create_token(file, account="acme", role=Role.ADMIN)
    known = KnownTokens(file, now=lambda: 0.0)
    made = create_token(file, account="acme", role=Role.VIEWER)
    found = known.find(made)
    assert found is not None
    assert found.role is Role.VIEWER
    assert known.find("lt_nobodys") is None


def test_a_revoked_token_is_known_until_the_file_is_looked_at_again(tmp_path: Path) -> None:
    file = tmp_path / "tokens.toml"
    made = create_token(file, account="acme", role=Role.ADMIN)
    now_s = [0.0]
    known = KnownTokens(file, now=lambda: now_s[0])
    [token] = read_tokens(file)
    revoke_token(file, token.id)
    assert known.find(made) == token
    now_s[0] = CHECK_EVERY_S
    assert known.find(made) is None
