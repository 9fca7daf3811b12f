"""One preview at a time for each account, whichever server is asked for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import redis

from connectors.questions import keys

_RELEASE_SCRIPT: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""


class PreviewUnderWay(Exception):
    """The account has a preview under way already."""


@contextmanager
def only_preview(client: redis.Redis, account: str) -> Iterator[None]:
    """For as long as a preview goes on. Raises `PreviewUnderWay`."""
    key, mark = keys.preview_key(account), secrets.token_hex(8)
    if not client.set(key, mark, nx=True, ex=keys.PREVIEW_EXPIRES_S):
        raise PreviewUnderWay(account)
    try:
        yield
    finally:
        client.eval(_RELEASE_SCRIPT, 1, key, mark)
