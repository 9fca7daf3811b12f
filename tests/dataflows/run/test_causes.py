"""What is made of an exception, and which of several workers' reasons is reported."""

from __future__ import annotations

import errno
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Unavailable, UserError
from connectors.kafka.partition_reader import OffsetLost
from connectors.kafka.sink import DeliveryFailed
from connectors.kafka.topics import BrokerUnavailable
from connectors.view.waiting import Stopped
from connectors.view.writes import Fenced, ViewLost
from dataflows.run.causes import Cause, Kind, RunFailed, cause_of, most_telling
from dataflows.store.store import StoreInUse

STORE = Path("/srv/recovery")
KNOWN = [
    (UserError("FILE a.gz: is damaged"), Kind.WRONG_INPUT),
    (StoreInUse("in use"), Kind.WRONG_INPUT),
    (OffsetLost("topic touches, partition 0: offset 3 is gone"), Kind.OFFSET_LOST),
    (DeliveryFailed("Kafka topic attributions: refused"), Kind.DELIVERY_FAILED),
    (BrokerUnavailable("no broker"), Kind.AWAY),
    (Unavailable("Redis cannot be reached"), Kind.AWAY),
    (Fenced("a newer run"), Kind.FENCED),
    (ViewLost("gone"), Kind.VIEW_LOST),
    (Stopped("stopped"), Kind.STOPPED),
]


def raised_from(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(("error", "kind"), KNOWN)
def test_what_lasttouch_raises_itself_is_the_cause_wherever_it_stands(error: Exception, kind: Kind) -> None:
    """The engine wraps it; and a `UserError` is often raised from what Python said."""
    wrapped = raised_from(RuntimeError("error calling `next_batch` in step lasttouch.source"), error)
    from_another = raised_from(error, ValueError("what Python said"))
    for seen in (error, wrapped, from_another):
        assert cause_of(seen, store=STORE) == Cause(kind=kind, text=str(error))
    # In a cluster the engine gives no cause; the step that failed has kept it.
    panic = RuntimeError("Send thread panic: Any { .. }")
    assert cause_of(panic, store=STORE, first=from_another, worker=1) == Cause(kind=kind, text=str(error), worker=1)


def test_what_nobody_expected_has_its_traceback() -> None:
    try:
        raise KeyError("contact")
    except KeyError as error:
        cause = cause_of(
            RuntimeError("worker panicked"), store=STORE, first=error, engine="thread panicked at", worker=1
        )
    assert (cause.kind, cause.text, cause.engine, cause.worker) == (
        Kind.FAILED,
        "KeyError: 'contact'",
        "thread panicked at",
        1,
    )
    assert "test_causes.py" in cause.traceback


def test_the_innermost_is_named_of_what_the_engine_wrapped() -> None:
    error = raised_from(
        RuntimeError("error calling mapper"), raised_from(TypeError("outer"), ValueError("the  very\nfirst"))
    )
    assert cause_of(error, store=STORE).text == "ValueError: the very first"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_full_disk_names_the_file(number: int) -> None:
    letters = Path("/srv/dead-letters.jsonl")
    assert str(letters) in cause_of(OSError(number, "No space"), store=STORE, disk=letters).text
    assert str(STORE) in cause_of(OSError(number, "No space"), store=STORE).text
    named = cause_of(OSError(number, "No space", "/srv/other"), store=STORE, disk=letters)
    assert (named.kind, "/srv/other" in named.text) == (Kind.UNUSABLE, True)


@pytest.mark.parametrize(
    "said",
    [
        "database or disk is full",
        "disk I/O error",
        "attempt to write a readonly database",
        "database disk image is malformed",
        "file is not a database",
        "no such table: snaps",
    ],
)
def test_what_sqlite_says_of_the_store_names_its_folder(said: str) -> None:
    cause = cause_of(raised_from(RuntimeError("error writing"), RuntimeError(f"SqliteFailure: {said}")), store=STORE)
    assert cause.kind is Kind.UNUSABLE
    assert str(STORE) in cause.text


@pytest.mark.parametrize("said", ["Send thread panic: Any { .. }", "Recv thread panic: Any { .. }", "Broken pipe"])
def test_a_worker_that_ended_because_another_did_has_no_reason_of_its_own(said: str) -> None:
    assert cause_of(RuntimeError(said), store=STORE).kind is Kind.PEER_DIED


def test_a_cause_that_was_found_already_is_passed_on() -> None:
    cause = Cause(kind=Kind.FENCED, text="a newer run", worker=3)
    assert cause_of(RunFailed(cause), store=STORE) is cause


@given(st.lists(st.sampled_from(Kind), min_size=1, unique=True))
def test_the_most_telling_is_reported_whoever_says_it(kinds: list[Kind]) -> None:
    """Wrong input before all, a dead peer only where nobody says more."""
    causes = [Cause(kind=kind, text=kind.value, worker=worker) for worker, kind in enumerate(kinds)]
    told = most_telling(causes).kind
    assert told is min(kinds, key=list(Kind).index)
    assert told is not Kind.PEER_DIED or kinds == [Kind.PEER_DIED]
    assert next(iter(Kind)) is Kind.WRONG_INPUT


@given(st.builds(Cause, kind=st.sampled_from(Kind), text=st.text(), worker=st.integers(0, 63)))
def test_a_cause_crosses_the_pipe_whole(cause: Cause) -> None:
    assert msgspec.json.decode(msgspec.json.encode(cause), type=Cause) == cause
