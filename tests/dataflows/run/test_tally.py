"""What a run over files says at its end: lines read, events taken, refused with the commonest reason, too late."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoding.decoder import Decoder
from connectors.sources.raw_lines import Lines
from dataflows.run.tally import Counts, Tally, end_line, summed
from state import dead_letters
from state.dead_letters import TOO_LATE, Oversized
from tests.e2e.shop_files import order, touch
from tests.reference.values import moment_ms

AT = moment_ms("2026-01-05T10:00:00Z")
LETTERS = Path("/srv/dead-letters.jsonl")
CONTACT = b'{"type":"contact","account":"acme","contact":"c1","email":"a@b.c","time":"2026-01-05T10:00:00Z"}'
ERASE = b'{"type":"erase","account":"acme","contact":"c1","time":"2026-01-05T10:00:00Z"}'


def tallied(lines: list[bytes], oversized: tuple[Oversized, ...] = ()) -> Tally:
    """What a worker counts that reads these lines, and writes the letters of those that do not fit."""
    decoded = Decoder().decode(Lines("shop.jsonl", None, lines, range(1, len(lines) + 1), oversized))
    tally = Tally()
    tally.read([decoded])
    tally.write_letters([[(None, dead_letters.encode(letter)) for letter in decoded.dead]])
    return tally


def test_every_line_is_taken_or_refused() -> None:
    long = Oversized(at=9, head=b'{"type"', length=2_000_000, sha256="ab" * 32)
    lines = [
        touch("c1", AT),
        touch("c2", AT),
        order("o1", "c1", AT),
        CONTACT,
        ERASE,
        b"no event",
        b"none either",
        b"{}",
    ]
    counts = tallied(lines, (long,)).counts()
    taken = {kind: number for kind, number in counts.taken.items() if number}
    assert taken == {"touch": 2, "order": 1, "contact": 1, "erase": 1}
    assert sum(counts.refused.values()) == 4
    assert counts.lines == len(lines) + 1


def test_what_is_found_too_late_was_not_taken() -> None:
    tally = tallied([touch("c1", AT), order("o1", "c1", AT)])
    late = [
        dead_letters.dead_letter("shop.jsonl", None, 1, line, TOO_LATE, "older than touches are kept")
        for line in (touch("c1", AT),)
    ]
    tally.write_letters([[(None, dead_letters.encode(letter)) for letter in late]])
    counts = tally.counts()
    assert (counts.taken["touch"], counts.taken["order"], counts.too_late, counts.refused) == (0, 1, 1, {})


@pytest.mark.parametrize("unread", [b'"\\ud800"', b"[" * 2_000 + b"]" * 2_000])
def test_what_is_too_late_may_hold_whatever_json_can_in_fields_that_nobody_reads(unread: bytes) -> None:
    line = touch("c1", AT)[:-1] + b',"note":' + unread + b"}"
    tally = tallied([line])
    late = dead_letters.dead_letter("shop.jsonl", None, 1, line, TOO_LATE, "older than touches are kept")
    tally.write_letters([[(None, dead_letters.encode(late))]])
    assert (tally.counts().taken["touch"], tally.counts().too_late) == (0, 1)


def test_refusals_are_counted_by_code_and_field_and_never_by_what_stood_there() -> None:
    lines = [order("o1", "c1", AT, amount=f"-{number}.00") for number in range(1, 4)]
    assert tallied(lines).counts().refused == {"bad_amount (amount)": 3}


def test_the_line() -> None:
    counts = Counts(lines=1_234, taken={"touch": 1_200, "order": 30}, refused={"bad_json": 3, "missing": 1})
    assert end_line(counts, LETTERS) == (
        "read 1,234 lines: took 30 order, 1,200 touch; 4 refused (most often, 3 ×: bad_json); 0 too late; "
        "dead letters: /srv/dead-letters.jsonl"
    )
    nothing = end_line(Counts(), LETTERS)
    assert nothing == "read 0 lines: took none; 0 refused; 0 too late"
    assert end_line(Counts(), LETTERS, starts=2) == f"{nothing} (counted since the last of 2 starts)"


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(1, 3))
def test_several_workers_count_what_one_does(picks: list[int], workers: int) -> None:
    kinds = [touch("c1", AT), order("o1", "c1", AT), CONTACT, ERASE, b"no event", b"{}"]
    lines = [kinds[pick] for pick in picks]
    shares = [lines[worker::workers] for worker in range(workers)]
    one, many = tallied(lines).counts(), summed(tallied(share).counts() for share in shares)
    assert end_line(many, LETTERS) == end_line(one, LETTERS)
