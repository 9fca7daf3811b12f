"""The file of dead letters: each letter once and whole, also when a run is killed and repeats what it had read."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from connectors.files.dead_letters import (
    ERASED,
    FILE_NAME,
    DeadLetterPartition,
    ErasedAddress,
    dead_letter_file,
)
from state.addresses import addresses
from state.dead_letters import dead_letter, encode
from state.erasures import Secret
from state.events import Contact, Erase
from tests.connectors.files.letters import Letters, letter, snapshot, written
from tests.reference.values import moment_ms


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[Letters]:
    letters = Letters(tmp_path / FILE_NAME)
    yield letters
    letters.close()


def test_the_file_lies_beside_the_recovery_directory(tmp_path: Path) -> None:
    assert dead_letter_file(tmp_path / "recovery") == tmp_path / "dead-letters.jsonl"


def test_letters_are_appended_one_a_line(letters: Letters) -> None:
    part = letters.open()
    part.write_batch([[(None, letter(1)), (None, letter(2))], [(None, letter(3))]])
    letters.close()
    assert letters.path.read_bytes() == b"".join(letter(number) + b"\n" for number in (1, 2, 3))


def test_a_letter_can_be_read_as_soon_as_it_is_written(letters: Letters) -> None:
    part = letters.open()
    written(part, letter(1))
    assert letters.lines() == [1]
    letters.close()


def test_the_next_run_goes_on_behind_the_last(letters: Letters) -> None:
    part = letters.open()
    written(part, letter(1))
    state = snapshot(part)
    letters.close()
    part = letters.open(state)
    written(part, letter(2))
    letters.close()
    assert letters.lines() == [1, 2]


def test_letters_of_another_store_are_not_lost(letters: Letters) -> None:
    letters.path.write_bytes(letter(9) + b"\n")
    part = letters.open()
    written(part, letter(1))
    letters.close()
    assert letters.lines() == [9, 1]


def test_letters_that_a_killed_run_repeats_are_there_once(letters: Letters) -> None:
    part = letters.open()
    written(part, letter(1))
    state = snapshot(part)
    written(part, letter(2), letter(3))
    part = letters.open(state)
    written(part, letter(3), letter(2), letter(4))
    letters.close()
    assert letters.lines() == [1, 2, 3, 4]


def test_a_letter_that_a_killed_run_had_half_written_is_there_whole_and_once(letters: Letters) -> None:
    part = letters.open()
    written(part, letter(1))
    state = snapshot(part)
    letters.close()
    with letters.path.open("ab") as half:
        half.write(letter(2)[:20])
    part = letters.open(state)
    written(part, letter(2), letter(3))
    letters.close()
    assert letters.lines() == [1, 2, 3]


def test_a_file_that_somebody_took_away_begins_anew(letters: Letters) -> None:
    part = letters.open()
    written(part, letter(1))
    state = snapshot(part)
    letters.close()
    letters.path.unlink()
    part = letters.open(state)
    written(part, letter(2))
    letters.close()
    assert letters.lines() == [2]


def digests(part: DeadLetterPartition) -> int:
    return len(part._written._digests)


def test_only_letters_behind_the_last_closed_epoch_are_compared(letters: Letters) -> None:
    """However many a file holds: none of the others can come again."""
    part = letters.open()
    written(part, *map(letter, range(1, 1_001)))
    assert digests(part) == 0
    state = snapshot(part)
    written(part, letter(1_001), letter(1_002))
    part = letters.open(state)
    assert digests(part) == 2
    written(part, letter(1_002), letter(1_003))
    state = snapshot(part)
    assert snapshot(letters.open(state)) == state
    assert digests(letters.open(state)) == 0
    assert letters.lines() == list(range(1, 1_004))


def test_so_many_letters_are_compared_and_no_more(letters: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.files.dead_letters.COMPARED_MAX", 3)
    part = letters.open()
    state = snapshot(part)
    written(part, *map(letter, range(1, 11)))
    part = letters.open(state)
    assert digests(part) == 3
    written(part, letter(8), letter(9), letter(10), letter(11))
    forget(part, "ann")
    assert digests(part) == 3
    assert letters.lines() == list(range(1, 12))


@pytest.mark.parametrize("kept", [0, 1, 2], ids=["emptied", "cut short", "its beginning gone"])
def test_letters_are_there_once_also_if_the_file_was_changed_meanwhile(letters: Letters, kept: int) -> None:
    """As by a rotation: what is left of it is compared whole."""
    part = letters.open()
    written(part, letter(1), letter(2))
    state = snapshot(part)
    written(part, letter(3))
    lines = letters.path.read_bytes().splitlines(keepends=True)
    letters.close()
    letters.path.write_bytes(b"".join({0: [], 1: lines[:1], 2: lines[2:]}[kept]))
    part = letters.open(state)
    written(part, letter(3), letter(4))
    assert letters.lines() == [*{0: [], 1: [1], 2: []}[kept], 3, 4]


def test_letters_are_there_once_if_a_run_is_killed_after_it_forgot_somebody(letters: Letters) -> None:
    """The file has become shorter than it was when the epoch was closed."""
    part = letters.open()
    written(part, of_contact(1, "ann"), of_contact(2, "bob"))
    state = snapshot(part)
    written(part, of_contact(3, "ann"), of_contact(4, "bob"))
    forget(part, "ann")
    part = letters.open(state)
    written(part, of_contact(3, "ann"), of_contact(4, "bob"))
    state = snapshot(part)
    forget(part, "ann")
    assert letters.lines() == [1, 2, 3, 4]
    assert b"ann" not in letters.path.read_bytes()
    part = letters.open(state)
    forget(part, "ann")
    assert letters.lines() == [1, 2, 3, 4]


def of_contact(number: int, contact: str) -> bytes:
    raw = {
        "type": "touch",
        "account": "acme",
        "contact": contact,
        "time": "2026-03-01T00:00:00Z",
        "email": "a@b.example",
    }
    return letter(number, json.dumps(raw).encode())


def forget(part: DeadLetterPartition, contact: str) -> None:
    part.write_batch([Erase("acme", contact, 2**41)])


def test_letters_of_a_contact_that_is_forgotten_say_nothing_of_it_any_more(letters: Letters) -> None:
    part = letters.open()
    written(part, of_contact(1, "ann"), of_contact(2, "bob"))
    forget(part, "ann")
    written(part, of_contact(3, "ann"), of_contact(4, "bob"))
    letters.close()
    assert letters.lines() == [1, 2, 3, 4]
    assert b"ann" not in letters.path.read_bytes()
    assert letters.path.read_bytes().count(b"bob") == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff" * 9,
        b"[" * 100_000,
        b'{"account": "acme", "contact": "ann", "note": ' + b"[" * 100_000,
        b'{"account": "acme", "contact": "ann", "time": "yesterday"}',
        b'{"account": 7}',
        *(
            b'{"account": "acme", "contact": "bob", "%s": "\\ud800"}' % field
            for field in (b"account", b"contact", b"time", b"email", b"phone", b"external_customer_id")
        ),
    ],
)
def test_a_contact_can_be_forgotten_whatever_the_letters_hold(letters: Letters, raw: bytes) -> None:
    part = letters.open()
    written(part, letter(1, raw))
    forget(part, "ann")
    forget_ann(part)
    written(part, letter(2, raw))
    letters.close()
    assert letters.lines() == [1, 2]
    assert b'\\"ann\\"' not in letters.path.read_bytes()


SECRET: Final = Secret(b"the shop's own")
ANN: Final = {
    "an email": {"email": " Ann@Shop.example"},
    "a phone": {"phone": "+380 50 123 4567"},
    "a customer id": {"external_customer_id": "7"},
}


def forget_ann(part: DeadLetterPartition, time: int = 2**41) -> None:
    """What the flow tells of an erasure: whom, and which addresses were theirs."""
    declared = Contact("acme", "ann", 0, "ann@shop.example", "+380501234567", "7")
    part.write_batch([ErasedAddress("acme", address, time) for address in addresses(SECRET, declared)])
    part.write_batch([Erase("acme", "ann", time)])


def order_of(**fields: object) -> bytes:
    """An order without a contact that does not fit."""
    return json.dumps(
        {"type": "order", "account": "acme", "order": "o1", "time": "2026-03-01T00:00:00Z", **fields}
    ).encode()


BROKEN_OF_ANN: Final = {
    **{f"{name} in an order without a contact": order_of(**fields) for name, fields in ANN.items()},
    "no UTF-8": order_of(email="ann@shop.example").replace(b"o1", b"\xff"),
    "no UTF-8, of the contact": order_of(contact="ann").replace(b"o1", b"\xff"),
    "cut short": order_of(email="ann@shop.example")[:-2],
    "JSON within JSON": json.dumps({"body": order_of(contact="ann").decode()}).encode(),
    "no JSON at all": b"order;o1;ann@shop.example;10.00",
    "a phone and no JSON": b"order o1 of +380 50 123-45-67, 10.00",
    "no account": b'{"type": "order", "email": "ann@shop.example"}',
    "a numeric id": b'{"type": "order", "account": "acme", "external_customer_id": 7}',
}


@pytest.mark.parametrize("raw", BROKEN_OF_ANN.values(), ids=BROKEN_OF_ANN)
def test_letters_that_name_the_forgotten_only_by_an_address_lose_their_text_too(letters: Letters, raw: bytes) -> None:
    part = letters.open()
    kept = order_of(email="bob@shop.example", note="kept")
    written(part, letter(1, raw), letter(2, kept))
    forget_ann(part)
    written(part, letter(3, raw))
    part = letters.open(snapshot(part))
    written(part, letter(4, raw), letter(5, kept))
    letters.close()
    found = [json.loads(line) for line in letters.path.read_bytes().splitlines()]
    redacted = [one["line"] for one in found if one["reason"] == ERASED and not {"raw", "raw_base64"} & one.keys()]
    assert redacted == [1, 3, 4]
    assert [one["raw"] for one in found if one["line"] in (2, 5)] == [kept.decode()] * 2
    assert {one["code"] for one in found} == {"bad_json"}


def test_what_a_reason_shows_of_a_text_goes_with_it(letters: Letters) -> None:
    part = letters.open()
    raw = order_of(email=5, contact="ann")
    reason = 'external_customer_id: 7 is a number; send it as text: "7"'
    written(part, encode(dead_letter("events.jsonl", None, 1, raw, "wrong_type", reason)))
    forget_ann(part)
    letters.close()
    assert json.loads(letters.path.read_bytes()) == {
        "code": "wrong_type",
        "reason": ERASED,
        "file": "events.jsonl",
        "line": 1,
    }


def test_what_came_after_an_erasure_begins_anew(letters: Letters) -> None:
    part = letters.open()
    forget_ann(part, time=moment_ms("2026-02-01T00:00:00Z"))
    written(part, letter(1, order_of(email="ann@shop.example")), letter(2, order_of(contact="ann")))
    letters.close()
    assert letters.path.read_bytes().count(b"raw") == 2


def test_nobody_else_can_read_the_letters_also_after_somebody_was_forgotten(letters: Letters) -> None:
    part = letters.open()
    written(part, of_contact(1, "ann"))
    assert stat.S_IMODE(letters.path.stat().st_mode) == 0o600
    forget_ann(part)
    assert stat.S_IMODE(letters.path.stat().st_mode) == 0o600


def test_letters_that_others_can_read_are_warned_of_once(letters: Letters) -> None:
    letters.path.touch(mode=0o644)
    with capture_logs() as logs:
        letters.open()
    # What other tests of this process have left running may log, too.
    about = [entry for entry in logs if "dead letters" in entry["event"]]
    assert [(entry["log_level"], entry["mode"]) for entry in about] == [("warning", "644")]


def test_a_contact_can_be_forgotten_whatever_somebody_else_wrote_into_the_file(letters: Letters) -> None:
    with letters.path.open("wb") as file:
        file.write(b'{"code":"\xff"}\nnothing\n')
    part = letters.open()
    written(part, of_contact(1, "ann"))
    forget(part, "ann")
    letters.close()
    assert letters.path.read_bytes().startswith(b'{"code":"\xff"}\nnothing\n')
    assert b"ann" not in letters.path.read_bytes()


def test_a_contact_can_be_forgotten_after_a_letter_was_half_written(letters: Letters) -> None:
    part = letters.open()
    written(part, letter(1))
    state = snapshot(part)
    letters.close()
    with letters.path.open("ab") as half:
        half.write(of_contact(2, "ann")[:-20])
    part = letters.open(state)
    forget(part, "ann")
    written(part, of_contact(2, "ann"))
    letters.close()
    assert letters.lines() == [1, 2]
    assert b"ann" not in letters.path.read_bytes()


def test_letters_that_a_killed_run_repeats_are_there_once_also_if_somebody_was_forgotten(letters: Letters) -> None:
    part = letters.open()
    written(part, of_contact(1, "ann"), of_contact(2, "ann"))
    state = snapshot(part)
    forget(part, "ann")
    written(part, of_contact(3, "bob"))
    part = letters.open(state)
    written(part, of_contact(3, "bob"))
    forget(part, "ann")
    letters.close()
    assert letters.lines() == [1, 2, 3]


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    epochs=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=5),
    long=st.booleans(),
    data=st.data(),
)
def test_every_letter_is_there_once_whenever_a_run_is_killed(
    letters: Letters, epochs: list[tuple[int, int, bool]], long: bool, data: st.DataObject
) -> None:
    """Each epoch: letters written and closed, letters written behind that, and whether the run is killed then."""
    letters.path.unlink(missing_ok=True)
    raw = b"x" * (20_000 if long else 3)
    part, next_line, total = letters.open(), 1, 0
    state = snapshot(part)
    for closed, open_, is_killed in epochs:
        written(part, *_numbered(range(next_line, next_line + closed), raw))
        state, next_line = snapshot(part), next_line + closed
        behind = list(_numbered(range(next_line, next_line + open_), raw))
        written(part, *behind)
        if is_killed:
            part = letters.open(state)
            written(part, *data.draw(st.permutations(behind)))
        next_line += open_
        total = next_line - 1
    letters.close()
    assert sorted(letters.lines()) == list(range(1, total + 1))


def _numbered(numbers: Iterable[int], raw: bytes) -> Iterable[bytes]:
    return (letter(number, raw) for number in numbers)
