"""The tokens file: what is kept of a token, and what is never kept."""

from __future__ import annotations

import re
import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import UserError
from config.tokens_file import Role, create_token, is_readable_by_others, read_tokens, revoke_token

PRINTABLE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "below" / "tokens.toml"


def test_only_the_hash_of_a_token_is_kept_and_for_the_owner_alone(path: Path) -> None:
    secret = create_token(path, account="acme", role=Role.ADMIN, name="Olena")

    assert re.fullmatch(r"lt_[A-Za-z0-9_-]{43}", secret)
    assert secret not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not is_readable_by_others(path)
    [table] = tomllib.loads(path.read_text())["token"]
    assert table["sha256"] == sha256(secret.encode()).hexdigest()
    assert (table["account"], table["role"], table["name"]) == ("acme", "admin", "Olena")
    assert set(table) == {"id", "sha256", "account", "role", "name", "created_at"}
    assert list(path.parent.iterdir()) == [path]


def test_a_hooks_token_carries_its_source_and_key(path: Path) -> None:
    create_token(path, account="a", role=Role.INGEST, source="shopify", signing_key='k"\\', delivered_when="paid")

    [token] = read_tokens(path)
    assert (token.source, token.signing_key, token.delivered_when) == ("shopify", 'k"\\', "paid")
    assert 'k"' not in repr(token)


@pytest.mark.parametrize("role", [Role.INGEST, Role.ADMIN])
def test_what_paid_means_may_be_said_of_a_token_that_opens_every_hook(path: Path, role: Role) -> None:
    create_token(path, account="a", role=role, delivered_when="paid")

    [token] = read_tokens(path)
    assert (token.source, token.delivered_when) == (None, "paid")


def test_a_revoked_token_is_gone_and_the_others_stay(path: Path) -> None:
    for role in Role:
        create_token(path, account="acme", role=role)
    first, *others = read_tokens(path)

    revoke_token(path, first.id)

    assert read_tokens(path) == others
    with pytest.raises(UserError, match=first.id):
        revoke_token(path, first.id)


def test_a_read_only_file_is_one_line_and_stays_as_it_was(path: Path) -> None:
    create_token(path, account="acme", role=Role.ADMIN)
    [token] = read_tokens(path)
    path.chmod(0o400)
    before = path.read_bytes()

    for write in (lambda: create_token(path, account="acme", role=Role.VIEWER), lambda: revoke_token(path, token.id)):
        with pytest.raises(UserError, match=re.escape(f"{path}: the tokens file cannot be written: it is read-only")):
            write()
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (before, 0o400)
    assert list(path.parent.iterdir()) == [path]


@given(account=PRINTABLE, key=PRINTABLE.filter(lambda text: text.strip() != ""))
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, account: str, key: str) -> None:
    path = tmp_path_factory.mktemp("tokens") / "tokens.toml"
    create_token(path, account=account, role=Role.INGEST, source="mailgun", signing_key=key)

    [token] = read_tokens(path)
    assert (token.account, token.signing_key) == (account, key)


def test_writers_at_the_same_time_lose_nothing(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: create_token(path, account="a", role=Role.VIEWER), range(24)))

    assert {token.sha256 for token in read_tokens(path)} == {sha256(one.encode()).hexdigest() for one in made}


@pytest.mark.parametrize(
    ("hook", "flag"),
    [
        ({"source": "shop"}, "--source"),
        ({"source": "yespo", "role": Role.ADMIN}, "--source"),
        ({"signing_key": "k"}, "--signing-key"),
        ({"source": "mailgun", "signing_key": " "}, "--signing-key: is empty"),
        ({"source": "yespo", "signing_key": "k"}, "--signing-key: yespo signs nothing"),
        ({"source": "postmark", "signing_key": "k"}, "--signing-key: postmark signs nothing"),
        ({"source": "ses", "signing_key": "k"}, "--signing-key: ses signs nothing"),
        ({"source": "woocommerce", "delivered_when": "paid"}, "--delivered-when: says nothing of woocommerce"),
        ({"role": Role.VIEWER, "delivered_when": "paid"}, "--delivered-when"),
        ({"delivered_when": "sent"}, "--delivered-when"),
        ({"source": "shopify", "delivered_when": "sent"}, "--delivered-when"),
        ({"name": "a\nb"}, "--name"),
        ({"name": "n" * 257}, "--name"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_written(path: Path, hook: dict[str, object], flag: str) -> None:
    with pytest.raises(UserError, match=flag):
        create_token(path, **{"account": "a", "role": Role.INGEST, **hook})  # type: ignore[arg-type]  # wrong values
    assert not path.exists()


@pytest.mark.parametrize(
    "text",
    [
        "[[token]",
        "[[token]]\nid = 'x'",
        "token = 1",
        "[[token]]\nid='x'\nsha256='zz'\naccount='a'\nrole='admin'",
        "[[token]]\nid='x'\nsha256='" + "0" * 64 + "'\naccount='a'\nrole='king'",
        2 * ("[[token]]\nid='x'\nsha256='" + "0" * 64 + "'\naccount='a'\nrole='admin'\n"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_it(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)

    with pytest.raises(UserError, match=re.escape(str(path))) as refused:
        read_tokens(path)
    assert "\n" not in str(refused.value)


def test_a_file_of_hand_written_tables_is_read(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(
        f'[[token]]\nid = "1"\nsha256 = "{"a" * 64}"\naccount = "acme"\nrole = "viewer"\nname = ""\n'
        "created_at = 2026-01-01T00:00:00Z\n"
    )

    [token] = read_tokens(path)
    assert (token.role, token.name) == (Role.VIEWER, "")
    path.chmod(0o640)
    assert is_readable_by_others(path)
