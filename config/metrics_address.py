"""Where a process serves its metrics, and which of them: the environment variables and what holds without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from config.addresses import PORT_MAX
from config.errors import UserError
from config.number_variable import number_in

METRICS_HOST: Final = "LASTTOUCH_METRICS_HOST"
"""The address that metrics are served on; flag `--metrics-host`."""
METRICS_HOST_DEFAULT: Final = "127.0.0.1"

METRICS_PORT: Final = "LASTTOUCH_METRICS_PORT"
"""The port of the first worker of `lasttouch run`; those after it follow, the supervisor's is before it; flag
`--metrics-port`. 0: none."""
METRICS_PORT_DEFAULT: Final = 9464

SERVE_METRICS_PORT: Final = "LASTTOUCH_SERVE_METRICS_PORT"
"""The port of `lasttouch serve`; flag `--metrics-port`. 0: none."""
SERVE_METRICS_PORT_DEFAULT: Final = 9460

METRICS_ACCOUNTS_MAX: Final = "LASTTOUCH_METRICS_ACCOUNTS_MAX"
"""How many accounts have series of their own, those with the most orders; the rest are summed up."""
METRICS_CAMPAIGNS: Final = "LASTTOUCH_METRICS_CAMPAIGNS"
"""How many campaigns of each account have a series, those that earn most on its day; without it none."""

_ACCOUNTS_MOST: Final = 100_000
_CAMPAIGNS_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class MetricsAddress:
    """Where metrics are served."""

    host: str
    port: int
    """Of the first worker, or of the server."""
    was_chosen: bool
    """Whether somebody has set the port: then one that is taken ends the start."""


@dataclass(frozen=True, slots=True)
class MoneyLimits:
    """How many series the money may have."""

    accounts_max: int = 1_000
    campaigns: int = 0
    """Of each account; 0: none."""


def metrics_address(
    host: str, port: int | None, default_port: int, *, below: int = 0, above: int = 0
) -> MetricsAddress | None:
    """Where metrics are served; None: nowhere. `port` None: nobody has said.

    `below` and `above`: how many ports before and behind it are needed as well. Raises `UserError`, which names the
    flag.
    """
    if port == 0:
        return None
    if port is not None and not 1 + below <= port <= PORT_MAX - above:
        raise UserError(f"--metrics-port: {port} is not a port; give {1 + below} to {PORT_MAX - above}, or 0 for none")
    return MetricsAddress(host, default_port if port is None else port, was_chosen=port is not None)


def money_limits(environment: Mapping[str, str]) -> MoneyLimits:
    """The limits as the environment has them. Raises `UserError`, which names the variable."""
    limits = MoneyLimits()
    return MoneyLimits(
        _number(environment, METRICS_ACCOUNTS_MAX, limits.accounts_max, _ACCOUNTS_MOST),
        _number(environment, METRICS_CAMPAIGNS, limits.campaigns, _CAMPAIGNS_MOST),
    )


def _number(environment: Mapping[str, str], variable: str, default: int, most: int) -> int:
    text = environment.get(variable, "").strip()
    return number_in(variable, text, 0, most) if text else default
