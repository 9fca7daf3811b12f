"""A table's memory becomes more where it stands, and whoever was given it is given it again."""

from __future__ import annotations

import mmap
from typing import Final

import pytest

from kernels import table_memory
from kernels.layout import ARENA_END, CLAIMED, USED_BYTES
from kernels.loading import load
from kernels.message_table import MessageTable
from kernels.tables import Tables
from state.contact_messages import MessageDict

TABLES: Final = Tables(load())
EMPTY: Final = MessageDict().packed()
MANY: Final = 2_000


def messages(size: int) -> bytes:
    return b"\x1e" + b"x" * size


def filled(sizes: dict[str, int]) -> MessageTable:
    table = TABLES.messages(EMPTY)
    for contact, size in sizes.items():
        table[contact] = messages(size)
    return table


def test_what_is_held_is_the_same_in_more_memory() -> None:
    sizes = {f"c{number}": number % 97 for number in range(MANY)}
    table = filled(sizes)
    assert dict(table.items()) == {contact: messages(size) for contact, size in sizes.items()}


def test_of_messages_that_become_longer_again_and_again_not_much_memory_lies_unused() -> None:
    table = TABLES.messages(EMPTY)
    for size in range(0, 1_000, 50):
        for number in range(200):
            table[f"c{number}"] = messages(size)
    counts = table.memory.counts
    assert counts[ARENA_END] - counts[USED_BYTES] < counts[ARENA_END] / 2
    assert {*table.values()} == {messages(950)}


def test_contacts_that_are_forgotten_make_room_for_others() -> None:
    table = TABLES.messages(EMPTY)
    for number in range(MANY):
        table[f"c{number}"] = messages(100)
        table.pop(f"c{number}", b"")
    assert len(table) == 0
    assert table.memory.counts[CLAIMED] < MANY / 2
    assert table.memory.counts[ARENA_END] < MANY * 100 / 2


def test_a_call_that_is_given_a_table_is_given_it_again_when_it_has_moved() -> None:
    """`kernels.placed_values` looks into the messages of another table's contacts."""
    table, finding = filled({"ann": 10}), TABLES.messages(EMPTY)._calls["find_values"]
    table.memory.give_to(finding)
    table["bob"] = messages(1 << 20)
    assert finding._arrays["arena"] is table.memory.arrays()["arena"]
    table.memory.take_from(finding)
    table["bob"] = messages(1 << 22)
    assert not {*finding._arrays} & {*table.memory.arrays()}


def test_an_array_that_somebody_keeps_is_not_left_without_memory() -> None:
    table = filled({"ann": 10})
    kept = table.memory.arrays()["arena"]
    with pytest.raises(BufferError):
        table["bob"] = messages(1 << 20)
    assert kept[0] == 0


def test_where_a_mapping_cannot_become_longer_another_takes_its_bytes() -> None:
    """macOS has nothing that does it."""

    class Fixed(mmap.mmap):
        def resize(self, newsize: int) -> None:
            raise SystemError(newsize)

    fixed = Fixed(-1, 4_096)
    fixed[:3] = b"abc"
    longer = table_memory._longer(fixed, 10_000)
    assert longer[:4] == b"abc\0"
    assert len(longer) >= 10_000
