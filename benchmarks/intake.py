"""How many events come in over HTTP: one server process beside a broker.

    python -m benchmarks.intake [--events 200000] [--senders 8]

Contract events in batches of 500, and webhooks of 100 SendGrid events, over an embedded broker and Valkey. An event
counts when it was answered as accepted, so when the broker has acknowledged it. The senders share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedKafka, EmbeddedValkey
from state.times import format_time
from tests.api.serving import Served, serving

_NO_LIMITS: Final = {
    "LASTTOUCH_HTTP_INTAKE_REQUESTS_PER_SECOND": "1000000",
    "LASTTOUCH_HTTP_INTAKE_BURST": "1000000",
}
_PATIENCE_S: Final = 60.0
_AGAIN_S: Final = 0.1

Make = Callable[[int, int], dict[str, Any]]
"""An event from the number of its batch and its place in it."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent."""

    name: str
    path: str
    batch: int
    make: Make


@dataclass(frozen=True, slots=True)
class Measured:
    """What taking it took."""

    events: int
    seconds: float
    cpu_s: float
    """Of the server, user and system."""


def contract_event(batch: int, place: int) -> dict[str, Any]:
    """A click, as `/v1/events` takes it."""
    return {
        "type": "touch",
        "account": "acme",
        "contact": f"c{batch}-{place}",
        "channel": "email",
        "event": "clicked",
        "campaign": "spring",
        "message": f"m{batch}-{place}",
        "time": format_time(time.time_ns() // 1_000_000),
    }


def sendgrid_event(batch: int, place: int) -> dict[str, Any]:
    """A click, as SendGrid sends it."""
    return {
        "email": f"u{batch}-{place}@shop.example",
        "event": "click",
        "timestamp": time.time_ns() // 1_000_000_000,
        "sg_event_id": "ZGVsaXZlcmVkLTAtMTIzNDU2Nzg5",
        "sg_message_id": f"14c5d75ce93.dfd.{batch}-{place}.filter0001.16648.5515E0B88.0",
        "category": ["news", "vip"],
        "contact": f"c{batch}-{place}",
        "campaign": "spring",
        "url": "https://shop.example/socks",
        "useragent": "Mozilla/5.0",
        "ip": "192.0.2.1",
    }


LOADS: Final = (
    Load("contract events, 500 a batch", "/v1/events", 500, contract_event),
    Load("SendGrid events, 100 a webhook", "/v1/hooks/sendgrid", 100, sendgrid_event),
)


def await_broker(served: Served) -> None:
    """Return when the server takes events."""
    headers = {"Authorization": f"Bearer {served.tokens['acme', Role.INGEST]}", "Content-Type": "application/json"}
    while served.client.post("/v1/events", json=[contract_event(0, 0)], headers=headers).status_code != 200:
        time.sleep(_AGAIN_S)


async def measure(served: Served, load: Load, events: int, senders: int) -> Measured:
    """Send so many events, from so many senders at once. Raises `SystemExit` where one was not accepted."""
    bodies = [
        json.dumps([load.make(batch, place) for place in range(load.batch)]).encode()
        for batch in range(events // load.batch)
    ]
    headers = {
        "Authorization": f"Bearer {served.tokens['acme', Role.INGEST]}",
        "Content-Type": "application/json",
    }
    async with httpx.AsyncClient(base_url=served.url, headers=headers, timeout=_PATIENCE_S) as client:
        left: Iterator[bytes] = iter(bodies)

        async def send() -> None:
            for body in left:
                answer = await client.post(load.path, content=body)
                if answer.status_code != 200 or answer.json()["summary"]["accepted"] != load.batch:
                    raise SystemExit(f"{load.path}: {answer.status_code} {answer.text[:300]}")

        cpu, began = _cpu_s(served), time.perf_counter()
        await asyncio.gather(*(send() for _ in range(senders)))
        return Measured(len(bodies) * load.batch, time.perf_counter() - began, _cpu_s(served) - cpu)


def _cpu_s(served: Served) -> float:
    used = served.as_seen.cpu_times()
    return float(used.user + used.system)


def main(arguments: Sequence[str]) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intake", description=__doc__)
    parser.add_argument("--events", type=int, default=200_000, help="of each kind")
    parser.add_argument("--senders", type=int, default=8)
    asked = parser.parse_args(arguments)
    with ExitStack() as stack:
        broker, valkey = stack.enter_context(EmbeddedKafka()), stack.enter_context(EmbeddedValkey())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lasttouch-intake-")))
        kafka = {"LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}
        served = stack.enter_context(serving(folder, valkey.url, **kafka, **_NO_LIMITS))
        await_broker(served)
        for load in LOADS:
            measured = asyncio.run(measure(served, load, asked.events, asked.senders))
            rate, share = measured.events / measured.seconds, measured.cpu_s / measured.seconds
            print(f"{load.name}: {rate:,.0f} events/s; the server took {share:.0%} of a core")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
