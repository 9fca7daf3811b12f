"""`lasttouch demo`: a made-up shop, broker, dataflow and Redis on this machine, and its revenue live (contract §7)."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import MutableMapping
from typing import Annotated, Final

import structlog
import typer
from rich.console import Console

from cli.demo.session import Interrupted, Wanted, run_session
from cli.generate import EVENTS_A_CONTACT
from cli.run import WORKERS_MAX
from config import addresses
from config.errors import UserError
from config.logs import LEVEL_VARIABLE, configure_logs
from config.stopping import INTERRUPTED_STATUS, StopRequest, stop_signals

SECONDS_MAX: Final = 3_600
EVENTS_PER_SECOND_MAX: Final = 100_000
CONTACTS_MAX: Final = 10_000_000
_OF_OTHER_SERVERS: Final = ("LASTTOUCH_KAFKA_", "LASTTOUCH_REDIS_", addresses.PROCESS, addresses.ADDRESSES)
_STOPPED_BY: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Seconds = Annotated[int, typer.Option("--seconds", metavar="N", help="How long the shop's week takes.")]
EventsPerSecond = Annotated[int, typer.Option("--events-per-second", metavar="R", help="How fast its events come.")]
Contacts = Annotated[
    int | None,
    typer.Option("--contacts", metavar="C", help=f"Of how many people; by default one for {EVENTS_A_CONTACT} events."),
]
Workers = Annotated[int, typer.Option("--workers", metavar="N", help="Worker processes of the dataflow.")]

Webhooks = Annotated[
    bool,
    typer.Option(
        "--webhooks",
        help="Mails come in as SendGrid's webhooks, orders as Yespo's, the rest as contract events, over HTTP.",
    ),
]

Stay = Annotated[
    bool, typer.Option("--stay", help="When the week is over, all goes on running until Ctrl-C, to look at the page.")
]


def demo(
    seconds: Seconds = 40,
    events_per_second: EventsPerSecond = 2_000,
    contacts: Contacts = None,
    workers: Workers = 1,
    webhooks: Webhooks = False,
    stay: Stay = False,
) -> int:
    """Everything on this machine: broker, Redis, a made-up shop, and its revenue per campaign live.

    A week of the shop goes through a Kafka-compatible broker and the dataflow
    into Redis, and is shown as it gets there; then the reports are printed.
    Nothing is left behind. Ctrl-C ends it early, with status 130; numbers out
    of range (2) and a part that fails (1) end it with one line.
    """
    if contacts is None:
        contacts = max(1, seconds * events_per_second // EVENTS_A_CONTACT)
    _check("--seconds", seconds, SECONDS_MAX)
    _check("--events-per-second", events_per_second, EVENTS_PER_SECOND_MAX)
    _check("--contacts", contacts, CONTACTS_MAX)
    _check("--workers", workers, WORKERS_MAX)
    configure_logs()
    forget_other_servers(os.environ)
    if LEVEL_VARIABLE not in os.environ:
        # What clients log while a part goes away is said in the one line that ends the demo.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    console = Console(highlight=False, emoji=False, markup=False)
    stop = StopRequest()
    with stop_signals(stop, _STOPPED_BY):
        try:
            run_session(Wanted(seconds, events_per_second, contacts, workers, webhooks, stay), console, stop)
        except Interrupted:
            return INTERRUPTED_STATUS
    return 0


def _check(flag: str, number: int, most: int) -> None:
    if not 1 <= number <= most:
        raise UserError(f"{flag}: {number} is out of range; give 1 to {most}")


def forget_other_servers(environment: MutableMapping[str, str]) -> None:
    """The demo's own servers want no password, and it is no process of a cluster, whatever is said of others."""
    for variable in [name for name in environment if name.startswith(_OF_OTHER_SERVERS)]:
        del environment[variable]
