"""Signatures of webhooks, compared in constant time over the bytes that were sent (intake.md §1)."""

from __future__ import annotations

import base64
import hmac

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key


def is_hex_hmac(given: str | None, key: str, signed: bytes, digest: str) -> bool:
    """Whether `given` is the hex HMAC of `signed`; `digest` is a name such as "sha256"."""
    return _is_same(given, hmac.new(key.encode(), signed, digest).hexdigest())


def is_base64_hmac(given: str | None, key: str, signed: bytes, digest: str) -> bool:
    """Whether `given` is the base64 HMAC of `signed`."""
    return _is_same(given, base64.b64encode(hmac.new(key.encode(), signed, digest).digest()).decode())


def is_ecdsa_p256(given: str | None, key: str, signed: bytes) -> bool:
    """Whether `given` is the base64 of a DER signature of `signed` with SHA-256.

    `key`: base64 of the public key in DER.
    """
    try:
        public_key = load_public_key(key)
        public_key.verify(base64.b64decode(given or "", validate=True), signed, ECDSA(hashes.SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def load_public_key(key: str) -> EllipticCurvePublicKey:
    """The P-256 public key in base64 of DER. Raises `ValueError` for anything else."""
    loaded = load_der_public_key(base64.b64decode(key, validate=True))
    if not isinstance(loaded, EllipticCurvePublicKey) or not isinstance(loaded.curve, SECP256R1):
        raise ValueError("no P-256 public key")  # noqa: TRY004 - of base64 that holds another key; no caller's mistake
    return loaded


def _is_same(given: str | None, expected: str) -> bool:
    """In constant time, whatever characters were sent."""
    return hmac.compare_digest((given or "").strip().encode(errors="replace"), expected.encode())
