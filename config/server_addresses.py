"""The environment variables that only `lasttouch serve` and `lasttouch token` read; others: `config.addresses`."""

from __future__ import annotations

from typing import Final

TOKENS: Final = "LASTTOUCH_TOKENS"
"""The file that says who may ask what over HTTP; flag `--tokens`."""

HTTP_HOST: Final = "LASTTOUCH_HTTP_HOST"
HTTP_HOST_DEFAULT: Final = "127.0.0.1"
HTTP_PORT: Final = "LASTTOUCH_HTTP_PORT"
HTTP_PORT_DEFAULT: Final = 8321
"""Where `lasttouch serve` listens; flags `--host` and `--port`."""

PUBLIC_URL: Final = "LASTTOUCH_PUBLIC_URL"
"""How others reach the server; with https its cookies are secure; flag `--public-url`."""
