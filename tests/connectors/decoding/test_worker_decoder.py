"""What is decoded in the worker's own process: by kernels once they are loaded, and the same events in any case."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from config.kernels_switch import KERNELS
from connectors.decoding import kernel_loader
from connectors.decoding.decoder import Decoded, Decoder, unpack_touches
from connectors.decoding.kernel_loader import KernelLoader
from connectors.decoding.worker_decoder import KERNEL_LINES_MIN, WorkerDecoder
from connectors.sources.raw_lines import Lines
from tests.waiting import await_that

READ_MS = 7


def touch(number: int) -> bytes:
    event = {"type": "touch", "account": "acme", "contact": f"c{number}", "channel": "email", "event": "sent"}
    return json.dumps(event | {"campaign": "k", "message": "m", "time": "2025-03-01T10:00:00Z"}).encode()


def order(number: int) -> bytes:
    event = {"type": "order", "account": "acme", "order": f"o{number}", "contact": "c1", "status": "DELIVERED"}
    amounts = {"amount": "10.00", "currency": "EUR"}
    return json.dumps(event | amounts | {"ordered_at": "2025-03-01T11:00:00Z", "time": "2025-03-01T12:00:00Z"}).encode()


TOUCHES = [touch(number) for number in range(KERNEL_LINES_MIN)]
ORDERS = [order(number) for number in range(KERNEL_LINES_MIN)]
PROFILES = [
    b'{"type":"contact","account":"acme","contact":"c%d","time":"2025-03-01T10:00:00Z"}' % number
    for number in range(KERNEL_LINES_MIN)
]


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the shell that runs the tests says of kernels is not for these."""
    monkeypatch.delenv(KERNELS, raising=False)


@contextmanager
def worker() -> Iterator[WorkerDecoder]:
    loader = KernelLoader()
    yield WorkerDecoder(loader)
    loader.close()


def batch(lines: Sequence[bytes]) -> Lines:
    return Lines("events", 3, list(lines), range(len(lines)))


def same(decoded: Decoded, lines: Lines) -> bool:
    """Whether these are the events that Python makes of `lines`: kernels put usual touches before the others."""
    python = Decoder().decode(lines, READ_MS)
    rest = (decoded.orders, decoded.profiles, decoded.dead, decoded.events, decoded.taken, decoded.refused)
    python_rest = (python.orders, python.profiles, python.dead, python.events, python.taken, python.refused)
    return rows(decoded) == rows(python) and rest == python_rest


def rows(decoded: Decoded) -> list[tuple[int, str, bytes]]:
    unpacked = ((group, unpack_touches(packed).touches) for group, packed in decoded.touches)
    return sorted(
        (group, contact, entry)
        for group, touches in unpacked
        for contact, entry in zip(touches.contacts, touches.entries, strict=True)
    )


@pytest.mark.parametrize(
    "lines",
    [
        TOUCHES,
        [*TOUCHES, *ORDERS, b"no event"],
        [*ORDERS, *TOUCHES],
        ORDERS,
        [b"no event", *TOUCHES],
        TOUCHES[1:],
        [],
    ],
    ids=["touches", "touches first", "orders first", "orders", "something else first", "few", "none"],
)
def test_the_events_are_the_same_before_and_after_kernels_are_loaded(lines: list[bytes]) -> None:
    events = batch(lines)
    with worker() as decoder:
        assert same(decoder.decode(events, READ_MS), events)
        decoder.decode(batch(TOUCHES), READ_MS)
        await_that(lambda: decoder.has_kernels_for(batch(TOUCHES)), "kernels that are loaded")
        assert same(decoder.decode(events, READ_MS), events)


@pytest.mark.parametrize("lines", [TOUCHES[1:], ORDERS[1:], PROFILES, []], ids=["few", "few too", "profiles", "none"])
def test_what_kernels_are_not_for_loads_none(lines: list[bytes]) -> None:
    with worker() as decoder:
        decoder.decode(batch(lines), READ_MS)
        assert decoder._loader._loading is None
        assert not decoder.has_kernels_for(batch(lines))


@pytest.mark.parametrize(
    "lines",
    [TOUCHES, ORDERS, [*TOUCHES, *PROFILES[:9]], [*PROFILES[:9], *TOUCHES], [*PROFILES[:9], *ORDERS, *PROFILES[:9]]],
    ids=["touches", "orders", "profiles behind", "profiles before", "profiles around"],
)
def test_touches_and_orders_are_for_kernels_whatever_is_around_them(lines: list[bytes]) -> None:
    with worker() as decoder:
        decoder.decode(batch(lines), READ_MS)
        await_that(lambda: decoder._loader.loaded is not None, "kernels that are loaded")
        assert decoder.has_kernels_for(batch(lines)) == (TOUCHES[0] in lines)


def test_off_loads_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KERNELS, "off")
    with worker() as decoder:
        assert same(decoder.decode(batch(TOUCHES), READ_MS), batch(TOUCHES))
        assert decoder._loader._loading is None


def test_where_kernels_cannot_be_had_it_goes_on_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_loader, "loaded_kernels", lambda: None)
    with worker() as decoder:
        decoder.decode(batch(TOUCHES), READ_MS)
        assert decoder._loader._loading is not None
        decoder._loader._loading.join()
        assert not decoder.has_kernels_for(batch(TOUCHES))
        assert same(decoder.decode(batch(TOUCHES), READ_MS), batch(TOUCHES))
