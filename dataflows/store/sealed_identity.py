"""The identity of a recovery store on its way to another process of its cluster, so that nobody else reads it.

It has the key of pseudonyms in it, and goes by way of Redis, whose dumps would keep it beside the pseudonyms.
"""

from __future__ import annotations

import os
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dataflows.store.store import Identity

_INFO: Final = b"lasttouch store identity"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class NotSealedForMe(ValueError):
    """It was sealed for another process, or changed on its way."""


class Receiver:
    """A process that can open what is sealed for it, as long as it lives."""

    def __init__(self) -> None:
        self._key = X25519PrivateKey.generate()

    @property
    def public_key(self) -> str:
        """What others seal with (hex)."""
        return self._key.public_key().public_bytes_raw().hex()

    def open(self, sealed: str) -> Identity:
        """What `seal` sealed. Raises `NotSealedForMe`."""
        try:
            packed = bytes.fromhex(sealed)
            sender, nonce = packed[:_KEY_BYTES], packed[_KEY_BYTES : _KEY_BYTES + _NONCE_BYTES]
            key = _shared(self._key, X25519PublicKey.from_public_bytes(sender))
            plain = ChaCha20Poly1305(key).decrypt(nonce, packed[_KEY_BYTES + _NONCE_BYTES :], sender)
            return msgspec.json.decode(plain, type=Identity)
        except (ValueError, InvalidTag) as error:
            raise NotSealedForMe("the identity of the store cannot be opened") from error


def seal(identity: Identity, public_key: str) -> str:
    """The identity for the process with this key, and nobody else (hex)."""
    own = X25519PrivateKey.generate()
    sender, nonce = own.public_key().public_bytes_raw(), os.urandom(_NONCE_BYTES)
    key = _shared(own, X25519PublicKey.from_public_bytes(bytes.fromhex(public_key)))
    return (sender + nonce + ChaCha20Poly1305(key).encrypt(nonce, msgspec.json.encode(identity), sender)).hex()


def _shared(own: X25519PrivateKey, other: X25519PublicKey) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=_INFO).derive(own.exchange(other))
