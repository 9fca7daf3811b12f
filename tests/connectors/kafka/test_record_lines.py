"""Records as lines: the quick path and the careful one give the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from confluent_kafka import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.kafka import record_lines
from connectors.kafka.record_lines import Run, lines_of, runs_of
from connectors.sources.raw_lines import MAX_EVENT_BYTES, WholeLines
from state.events import At

MARK = b"\xef\xbb\xbf"
PIECES = st.sampled_from([b"a", b'{"n":1}', b"\n", b"\r", b" ", b"\t", b"\n\n", b"\r\n", MARK])
VALUES = st.lists(st.none() | st.lists(PIECES, max_size=5).map(b"".join), min_size=1, max_size=8)


def expected(values: Sequence[bytes | None], offsets: Sequence[int]) -> list[tuple[At, bytes]]:
    """What the records hold, read the simple way."""
    found: list[tuple[At, bytes]] = []
    for value, offset in zip(values, offsets, strict=True):
        numbered = list(enumerate((value or b"").removeprefix(MARK).removesuffix(b"\n").split(b"\n"), 1))
        for number, line in numbered:
            if line.strip(b" \t\r"):
                found.append((offset if len(numbered) == 1 else (offset, number), line.rstrip(b"\r")))
    return found


@pytest.fixture(params=[record_lines.WHOLE_BYTES_MIN, 1], ids=["few", "many"])
def _as_few_or_as_many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any records are looked at one by one, or all together."""
    monkeypatch.setattr(record_lines, "WHOLE_BYTES_MIN", request.param)


USUAL = st.lists(st.lists(st.sampled_from([b"{}", b'{"n":1}']), min_size=1, max_size=5).map(b"\n".join), min_size=1)


@pytest.mark.usefixtures("_as_few_or_as_many")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES | USUAL | USUAL.map(lambda values: [value + b"\n" for value in values]))
def test_lines_and_positions(values: list[bytes | None]) -> None:
    offsets = range(7, 7 + len(values))
    lines = lines_of(Run("touches", 3, values, offsets))
    assert (lines.source, lines.partition) == ("touches", 3)
    # Carriage returns at a line's end are blanks to JSON; how many are left does not matter.
    read = [(at, line.rstrip(b"\r")) for at, line in zip(lines.ats, lines.lines, strict=True)]
    assert read == expected(values, offsets)


def test_many_usual_lines_are_not_cut() -> None:
    line = b'{"type":"touch"}'
    values = [line, line + b"\n" + line] * record_lines.WHOLE_BYTES_MIN
    lines = lines_of(Run("touches", 3, values, range(len(values))))
    assert isinstance(lines.lines, WholeLines)
    assert len(lines.lines) == len(lines.ats) == 3 * record_lines.WHOLE_BYTES_MIN
    assert (lines.ats[0], lines.ats[1], lines.ats[2]) == (0, (1, 1), (1, 2))


def test_a_line_that_is_too_long_is_looked_at_by_itself() -> None:
    long = b'{"a":"' + b"x" * MAX_EVENT_BYTES + b'"}'
    lines = lines_of(Run("touches", 3, [b"{}", long, b"{}"], range(3)))
    assert (list(lines.lines), list(lines.ats)) == ([b"{}", b"{}"], [0, 2])
    assert [one.at for one in lines.oversized] == [1]


def message(topic: str, partition: int, offset: int) -> Message:
    return Message(topic=topic, partition=partition, offset=offset, value=f"{topic}{partition}/{offset}".encode())


@pytest.mark.parametrize("gap", [1, 3])
def test_runs_are_by_topic_partition_in_order(gap: int) -> None:
    places = [("a", 0), ("b", 0), ("a", 1)]
    mixed = [message(*places[n % 3], 5 + n * gap) for n in range(30)]
    runs = runs_of(mixed, single=False)
    assert [(run.topic, run.partition) for run in runs] == places
    for index, run in enumerate(runs):
        offsets = [5 + n * gap for n in range(30) if n % 3 == index]
        assert list(run.offsets) == offsets
        assert list(run.values) == [f"{run.topic}{run.partition}/{offset}".encode() for offset in offsets]
        assert run.next_offset == offsets[-1] + 1
        assert run.unit == f"{run.topic}:{run.partition}"


def test_a_single_topic_partition_has_one_run() -> None:
    messages = [message("a", 0, offset) for offset in (4, 5, 6)]
    assert runs_of(messages, single=True) == runs_of(messages, single=False)
    assert runs_of(messages, single=True)[0].offsets == range(4, 7)


def test_nothing_has_no_runs() -> None:
    assert runs_of([], single=True) == []
