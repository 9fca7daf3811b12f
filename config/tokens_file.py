"""The tokens file: who may ask what over HTTP (TOML, an array of tables `[[token]]`; only hashes of tokens)."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import msgspec

from config.errors import UserError

HOOK_SOURCES: Final = (
    "yespo",
    "sendgrid",
    "segment",
    "shopify",
    "woocommerce",
    "mailgun",
    "postmark",
    "ses",
    "twilio",
)
"""Whose webhooks a token can be bound to."""
SIGNING_SOURCES: Final = ("sendgrid", "segment", "shopify", "woocommerce", "mailgun", "twilio")
"""Those of them that sign what they send."""
PAID_SOURCES: Final = ("shopify",)
"""Those of them whose orders say that they are paid."""

NAME_CHARACTERS_MAX: Final = 256
TOKENS_MAX: Final = 10_000
_SECRET_PREFIX: Final = "lt_"  # noqa: S105 - what every token begins with, none of them
_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 6
_READABLE_BY_OTHERS: Final = 0o077
_WRITABLE: Final = 0o222


class Role(StrEnum):
    """What a token may do (the table of roles is in docs/http.md)."""

    VIEWER = "viewer"
    MARKETER = "marketer"
    ADMIN = "admin"
    INGEST = "ingest"


_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """One token as the file has it."""

    id: _Text
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    """Of the token, as hexadecimal digits."""
    account: _Text
    role: Role
    name: Annotated[str, msgspec.Meta(max_length=NAME_CHARACTERS_MAX)] | None = None
    created_at: datetime | None = None
    source: str | None = None
    """The one of `HOOK_SOURCES` that it is bound to; None: none."""
    signing_key: str | None = None
    """In clear: signatures of webhooks are checked with it."""
    delivered_when: str | None = None
    """`paid`: what a shop's webhook calls paid is DELIVERED."""

    def __repr__(self) -> str:
        """Without what is secret: a token may come into a log."""
        return f"Token(id={self.id!r}, role={self.role.value!r})"


class _File(msgspec.Struct, frozen=True):
    token: Annotated[list[Token], msgspec.Meta(max_length=TOKENS_MAX)] = msgspec.field(default_factory=list)


def hash_of(secret: str) -> str:
    """What the file keeps of a token."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def read_tokens(path: Path) -> list[Token]:
    """The tokens of a file. Raises `UserError`, which names the file, for one that is missing or wrong."""
    try:
        tables = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        tokens = msgspec.convert(tables, _File).token
    except OSError as error:
        raise UserError(f"{path}: the tokens file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: the tokens file is not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: the tokens file is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise UserError(f"{path}: the tokens file: {error}") from error
    for field in ("id", "sha256"):
        _check_unique(path, field, [getattr(token, field) for token in tokens])
    return tokens


def is_readable_by_others(path: Path) -> bool:
    """Whether anybody but the file's owner may read it."""
    return bool(path.stat().st_mode & _READABLE_BY_OTHERS)


def create_token(
    path: Path,
    *,
    account: str,
    role: Role,
    name: str | None = None,
    source: str | None = None,
    signing_key: str | None = None,
    delivered_when: str | None = None,
) -> str:
    """Add a token to the file, which is made when it is missing, and return the token: it is kept nowhere.

    Raises `UserError` for a combination that makes no sense, and for a file that cannot be written.
    """
    _check_hook(role, source, signing_key, delivered_when)
    if name is not None and not (name.isprintable() and len(name) <= NAME_CHARACTERS_MAX):
        raise UserError(f"--name: {name[:40]!r} is no name; give up to {NAME_CHARACTERS_MAX} printable characters")
    secret = _SECRET_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    with _locked(path):
        tokens = read_tokens(path) if path.exists() else []
        if len(tokens) >= TOKENS_MAX:
            raise UserError(f"{path}: has {TOKENS_MAX} tokens already; revoke some that are not used")
        taken = {token.id for token in tokens}
        token = Token(
            id=next(made for made in iter(_new_id, None) if made not in taken),
            sha256=hash_of(secret),
            account=account,
            role=role,
            name=name,
            created_at=datetime.now(UTC).replace(microsecond=0),
            source=source,
            signing_key=signing_key,
            delivered_when=delivered_when,
        )
        _write(path, [*tokens, token])
    return secret


def revoke_token(path: Path, token_id: str) -> None:
    """Take a token out of the file. Raises `UserError` for an id that is not in it."""
    with _locked(path):
        tokens = read_tokens(path)
        kept = [token for token in tokens if token.id != token_id]
        if len(kept) == len(tokens):
            raise UserError(f"ID: {token_id[:40]!r} is no token of {path}; `lasttouch token list` shows them")
        _write(path, kept)


def _check_hook(role: Role, source: str | None, signing_key: str | None, delivered_when: str | None) -> None:
    if delivered_when not in {None, "paid"}:
        raise UserError(f"--delivered-when: {str(delivered_when)[:40]!r} is not known; give paid, or leave it out")
    if delivered_when is not None and role not in {Role.INGEST, Role.ADMIN}:
        raise UserError(f"--delivered-when: a token that is {role.value} takes nothing in; give --role ingest")
    if source is None:
        if signing_key is not None:
            raise UserError("--signing-key: belongs to a token of one source; say which with --source")
        return
    if source not in HOOK_SOURCES:
        raise UserError(f"--source: {source[:40]!r} is no source; give one of {', '.join(HOOK_SOURCES)}")
    if role is not Role.INGEST:
        raise UserError(f"--source: a token of one source takes in only; give --role ingest, not {role.value}")
    if delivered_when is not None and source not in PAID_SOURCES:
        raise UserError(f"--delivered-when: says nothing of {source}; leave it out, or give --source shopify")
    if signing_key is not None and source not in SIGNING_SOURCES:
        raise UserError(
            f"--signing-key: {source} signs nothing, its token alone is the proof; leave it out "
            f"(these sign: {', '.join(SIGNING_SOURCES)})"
        )
    if signing_key is not None and not signing_key.strip():
        raise UserError("--signing-key: is empty; give the key that the source shows, or leave the flag out")


def _check_unique(path: Path, field: str, values: Sequence[str]) -> None:
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise UserError(f"{path}: the tokens file: {field} {twice[:16]!r} stands there twice; take one out")


def _new_id() -> str:
    return secrets.token_hex(_ID_BYTES)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One writer at a time: of the folder, because the file itself is replaced."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise UserError(f"{path}: the tokens file cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _write(path: Path, tokens: Sequence[Token]) -> None:
    """All of the file at once, for its owner alone."""
    text = "# Tokens of lasttouch's HTTP API; written by `lasttouch token`.\n" + "".join(map(_table, tokens))
    target = path.resolve()
    written: Path | None = None
    try:
        if path.exists() and _is_read_only(path):
            raise PermissionError(0, "it is read-only")
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        written = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        written.replace(target)
    except OSError as error:
        if written is not None:
            with suppress(OSError):
                written.unlink()
        raise UserError(f"{path}: the tokens file cannot be written: {error.strerror}") from error


def _is_read_only(path: Path) -> bool:
    # The mode counts, too: to root, as containers run, every file is writable.
    return not (os.access(path, os.W_OK) and path.stat().st_mode & _WRITABLE)


def _table(token: Token) -> str:
    fields: Mapping[str, object] = msgspec.to_builtins(token)
    lines = [f"{name} = {_quoted(str(value))}" for name, value in fields.items() if value is not None]
    return "\n".join(["", "[[token]]", *lines, ""])


def _quoted(text: str) -> str:
    """A basic string of TOML, whose escapes are JSON's; but TOML takes no bare DEL."""
    return re.sub("\x7f", r"\\u007f", json.dumps(text, ensure_ascii=False))
