"""The tokens that a running server knows: the file's, read anew when it has changed."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import structlog

from config.errors import UserError
from config.tokens_file import Token, hash_of, is_readable_by_others, read_tokens

CHECK_EVERY_S: Final = 1.0
"""How long a change of the file may go unseen; the promise is 5 s."""

_log = structlog.get_logger("http")


class KnownTokens:
    """The tokens of a file. A file that has become wrong, or has gone, leaves those that were there before."""

    def __init__(self, path: Path, now: Callable[[], float] = time.monotonic) -> None:
        """Raises `UserError`, which names the file, when it cannot be read or is wrong."""
        self._path = path
        self._now = now
        self._version = self._seen_version()
        self._keep(read_tokens(path))
        self._checked_at = now()
        if is_readable_by_others(path):
            _log.warning("tokens_readable_by_others", fix=f"chmod 600 {path}")

    def find(self, secret: str) -> Token | None:
        """The token that this text is, or None."""
        self._look()
        digest = hash_of(secret)
        if digest not in self._by_hash:
            # Whoever has just made it uses it at once.
            self._read_if_changed()
        token = self._by_hash.get(digest)
        # Dictionaries compare as soon as they differ, but only hashes, of which nothing leads back to a token.
        return token if hmac.compare_digest("" if token is None else token.sha256, digest) else None

    @property
    def version(self) -> object:
        """What is another as soon as the tokens are."""
        self._look()
        return self._version

    def of_id(self, token_id: str) -> Token | None:
        """The token that has this id, or None."""
        return self._by_id.get(token_id)

    def _keep(self, tokens: Iterable[Token]) -> None:
        self._by_id = {token.id: token for token in tokens}
        self._by_hash = {token.sha256: token for token in self._by_id.values()}

    def _look(self) -> None:
        now = self._now()
        if now - self._checked_at < CHECK_EVERY_S:
            return
        self._checked_at = now
        self._read_if_changed()

    def _read_if_changed(self) -> None:
        version = self._seen_version()
        if version == self._version:
            return
        self._version = version
        try:
            self._keep(read_tokens(self._path))
        except UserError as error:
            _log.error("tokens_not_read", error=str(error), kept=len(self._by_hash))

    def _seen_version(self) -> tuple[int, int, int] | None:
        """What differs as soon as the file is another; None where it is gone."""
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size
