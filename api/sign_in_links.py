"""Links that sign in, once: a code that whoever starts the servers puts into Redis, and the page sends back."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Final

import redis
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connectors.view.layout import PREFIX

EXPIRES_S: Final = 3_600
CODE_CHARACTERS_MAX: Final = 64
_CODE_BYTES: Final = 16
"""More than anybody can try, and a link that fits into a terminal of 80 columns."""
_NONCE: Final = bytes(12)
"""May be the same each time: each key encrypts one text."""


def make_link(client: redis.Redis, url: str, token: str) -> str:
    """An address of the page at `url` that signs in with the token, once, for an hour.

    The code is in the fragment, which no browser sends and no server logs. Redis holds the token encrypted with the
    code, under a hash of it: reading Redis opens nothing.
    """
    code = secrets.token_urlsafe(_CODE_BYTES)
    sealed = AESGCM(_cipher_key(code)).encrypt(_NONCE, token.encode(), None)
    client.set(_redis_key(code), sealed, ex=EXPIRES_S)
    return f"{url}/#/sign-in/{code}"


def redeem(client: redis.Redis, code: str) -> str | None:
    """The token that a code stands for; None: it was used already, is too old, or never was."""
    sealed = client.getdel(_redis_key(code[:CODE_CHARACTERS_MAX]))
    if sealed is None:
        return None
    assert isinstance(sealed, bytes)
    try:
        return AESGCM(_cipher_key(code)).decrypt(_NONCE, sealed, None).decode()
    except InvalidTag:
        return None


# `lasttouch:sign-in:<hash>` string: a token, encrypted. It expires; who takes it deletes it.
def _redis_key(code: str) -> str:
    return f"{PREFIX}sign-in:{sha256(b'name:' + code.encode()).hexdigest()}"


def _cipher_key(code: str) -> bytes:
    return sha256(b"key:" + code.encode()).digest()
