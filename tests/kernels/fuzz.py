"""Kernels that check each index, over damaged lines, in tables and of decisions.

`NUMBA_BOUNDSCHECK=1 python -m tests.kernels.fuzz LINES SEED`. Each batch has to give what Python gives, and no index
may miss its array.
"""

import json
import sys
from random import Random
from typing import Final

import numpy as np

from connectors.decoding.decoder import Decoder
from connectors.decoding.joined_lines import joined
from connectors.decoding.kernel_decoder import KernelDecoder
from connectors.sources.raw_lines import Lines
from kernels import compiled_file
from kernels.loading import KernelFailed, Kernels, load
from kernels.tables import Tables
from state.events import STATUSES
from tests.kernels import order_steps, outcome_steps, placed_steps, published_steps, table_steps
from tests.kernels.decoded_events import held
from tests.kernels.short_rooms import ShortTables
from tests.reference.broken_lines import ORDER, TOUCH

BATCH_LINES: Final = 500
LINES_A_STEP: Final = 100
"""For so many lines, a step of each of the files of steps."""
SHORT_PARTS: Final = 4
"""Where rooms are short, orders are placed and published once more, in so many parts, each with rooms of its own."""
PIECES: Final = [
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b" ",
    b"\xff",
    b"\x00",
    b"\x1f",
    b"",
    b'""',
    b"null",
    b"9" * 30,
]
TAGS: Final = [[], ["service"], ["b", "a", "b"], ["", "x" * 40], ["t"] * 60]
BUYER: Final = ["email", "phone", "external_customer_id", "first_name", "last_name"]
TIMES: Final = [
    "2026-03-01T10:00:00Z",
    "2026-03-01T10:00:00.123456+02:00",
    "2004-11-03T19:53:47.775Z",
    "2026-02-29T00:00:00Z",
]


def usual(random: Random) -> bytes:
    fields = dict(TOUCH)
    for name in ("account", "contact", "campaign", "message"):
        fields[name] = random.choice("abcdefgh") * random.choice([1, 2, 5, 8, 9, 31, 32, 33, 255, 256])
    fields["event"] = random.choice(["sent", "delivered", "opened", "clicked"])
    fields["channel"] = random.choice(["email", "sms", "c" * 32])
    fields["time"] = random.choice(TIMES)
    if random.random() < 0.3:
        fields["tags"] = random.choice(TAGS)
    if random.random() < 0.3:
        fields["automated"] = random.random() < 0.5
    items = list(fields.items())
    random.shuffle(items)
    separators = random.choice([(",", ":"), (", ", ": "), (" ,\t", " : ")])
    return json.dumps(dict(items), separators=separators).encode()


def usual_order(random: Random) -> bytes:
    fields = dict(ORDER)
    for name in ("account", "order", "contact", *(field for field in BUYER if random.random() < 0.3)):
        fields[name] = random.choice("abcdefgh") * random.choice([1, 2, 5, 8, 9, 31, 32, 33, 255, 256])
    fields["status"] = random.choice(STATUSES)
    fields["amount"] = random.choice(["10.00", 7, 7.5, "9" * 16, ".5", "0"])
    fields["currency"] = random.choice(["EUR", "JPY", "UYW"])
    fields["time"], fields["ordered_at"] = random.choice(TIMES), random.choice(TIMES)
    if random.random() < 0.3:
        fields["refunded"] = random.choice(["0", "0.5", 7, None])
    items = list(fields.items())
    random.shuffle(items)
    return json.dumps(dict(items), separators=random.choice([(",", ":"), (", ", ": "), (" ,\t", " : ")])).encode()


def damaged(random: Random, line: bytes) -> bytes:
    for _ in range(random.randrange(3)):
        start = random.randrange(len(line) + 1)
        end = start if random.random() < 0.3 else min(len(line), start + random.randrange(1, 5))
        line = line[:start] + random.choice(PIECES) + line[end:]
    return line[: random.randrange(len(line) + 1)] if random.random() < 0.1 else line


def batch(random: Random, seen: list[bytes], first: int) -> Lines:
    raws = [damaged(random, random.choice(seen)) for _ in range(BATCH_LINES)]
    match random.randrange(3):
        case 0:
            return Lines("t", 0, raws, range(first, first + len(raws)))
        case 1:
            return Lines("t", 0, raws, [first + 3 * number for number in range(len(raws))])
        case _:
            return Lines("t", 0, raws, [(first + number // 50, number % 50 + 1) for number in range(len(raws))])


def assert_an_index_that_misses_is_found(kernels: Kernels) -> None:
    try:
        kernels["put_counting"](0, 5, np.empty(5, np.uint8), np.empty(2, np.int64))
    except KernelFailed:
        return
    raise AssertionError("these kernels do not check")


def main(lines: int, seed: int) -> None:
    assert compiled_file.CHECKED, "NUMBA_BOUNDSCHECK=1 is missing"
    kernels = load()
    assert_an_index_that_misses_is_found(kernels)
    with_kernels, in_python, random = KernelDecoder(kernels), Decoder(), Random(seed)
    touches = 0
    for done in range(0, lines, BATCH_LINES):
        seen = [usual_order(random) if random.random() < 0.2 else usual(random) for _ in range(40)]
        one = batch(random, seen, done)
        found = with_kernels.decode(joined(one, seed))
        assert held(found) == held(in_python.decode(one, seed)), f"lines {done} and after, seed {seed}"
        touches += found.taken.get("touch", 0)
    for steps in (order_steps, placed_steps, published_steps, table_steps):
        steps.walk(Tables(kernels), lines // LINES_A_STEP, seed)
    for part in range(SHORT_PARTS):
        for steps in (placed_steps, published_steps):
            steps.walk(ShortTables(kernels, seed + part), lines // LINES_A_STEP // SHORT_PARTS, seed + part)
    outcome_steps.walk(kernels, lines // LINES_A_STEP, seed)
    print(f"{lines} lines, {touches} touches")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
