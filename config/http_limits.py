"""What bounds the HTTP server, each a variable `LASTTOUCH_HTTP_…`; counted per process (docs/http.md)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from config.errors import UserError
from config.number_variable import number_in

PREFIX: Final = "LASTTOUCH_HTTP_"
TRUSTED_PROXIES: Final = "LASTTOUCH_TRUSTED_PROXIES"
"""Addresses and networks, comma-separated, whose word is taken for where a request comes from (`X-Forwarded-For`)."""

_MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """The variable of each is its name in capitals behind `LASTTOUCH_HTTP_`."""

    requests_per_minute: int = 600
    """Of one token; all of them may come at once."""
    intake_requests_per_second: int = 1_000
    """Of one token, where events come in."""
    intake_burst: int = 2_000
    """So many of them may come at once."""
    wrong_tokens_per_second: int = 5
    """From one address. A right token is never held up by wrong ones."""
    headers_timeout_s: int = 10
    """A request's head has to be there after so long,"""
    body_timeout_s: int = 30
    """and its body after so long."""
    silent_reader_timeout_s: int = 30
    """Who reads nothing of an answer for so long is let go."""
    headers_bytes_max: int = 32_768
    """Of a request's head: its address and its headers."""
    connections_max: int = 1_000
    """Without those that follow live."""
    live_readers_max: int = 5_000
    """Connections that follow live."""


def http_limits(environment: Mapping[str, str]) -> HttpLimits:
    """The limits as the environment has them. Raises `UserError`, which names the variable."""
    given = {field.name: environment.get(PREFIX + field.name.upper(), "").strip() for field in fields(HttpLimits)}
    return HttpLimits(
        **{name: number_in(PREFIX + name.upper(), text, 1, _MOST) for name, text in given.items() if text}
    )


def trusted_proxies(environment: Mapping[str, str]) -> list[str]:
    """The proxies that are trusted. Raises `UserError` for what is no address and no network."""
    parts = [part.strip() for part in environment.get(TRUSTED_PROXIES, "").split(",")]
    proxies = [part for part in parts if part]
    for proxy in proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError as error:
            raise UserError(
                f"{TRUSTED_PROXIES}: {proxy[:60]!r} is no address and no network; give some such as 10.0.0.0/8"
            ) from error
    return proxies
