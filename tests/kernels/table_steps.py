"""A table and a dictionary that are given the same, step by step: they hold the same, and say the same of what came."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random
from typing import Final

from kernels.message_table import MessageTable
from kernels.tables import Tables
from state import messages as packed_messages
from state.contact_messages import AddedTouches, MessageDict
from state.contact_orders import ContactOrderDict
from state.counted_touches import count_by_kind
from state.messages import MESSAGES_MOST
from state.retention import NEVER
from state.settings import EVENTS
from state.times import DAY_MS, HOUR_MS, DayReader, day_reader
from state.touches import PackedTouches, Touches, in_columns, pack_touches, row
from tests.kernels.walks import walked
from tests.state.shop import at, touch

ZONES: Final = ("UTC", "Europe/Kyiv", "America/St_Johns")
FROM: Final = at("03-27 12:00")
"""Two days before clocks are changed in Kyiv."""
CAMPAIGNS: Final = ("k1", "spring", "ї")
_LENGTHS: Final = (1, 2, 7, 31, 32, 60, 256)
_MANY: Final = 900


class Pair:
    """Both of them, and an account's clock."""

    def __init__(self, tables: Tables, random: Random) -> None:
        self.tables, self.random = tables, random
        self.known = MessageDict()
        self.table = tables.messages(self.known.packed())
        self.clock = NEVER
        self.orders = ContactOrderDict()
        self.contacts = [_name(random) for _ in range(random.choice((1, 3, 40, _MANY)))]
        # Below the bound, at which it depends on the order of arrival what is known.
        self.messages = [_name(random) for _ in range(random.choice((1, 3, MESSAGES_MOST // len(CAMPAIGNS))))]
        self.channels = random.choice((["email"], ["email", "sms", "e"], ["c" * 32, "c"]))

    def step(self) -> None:
        """Do one thing to both."""
        doing = self.random.choice((self.add, self.add, self.add, self.add, self.put, self.remove, self.restore))
        doing()
        self.assert_same()

    def assert_same(self) -> None:
        """Both hold the same, however it is asked for."""
        asked = [*self.random.sample(self.contacts, min(5, len(self.contacts))), "nobody"]
        assert dict(self.table.items()) == self.known
        assert sorted(self.table.values()) == sorted(self.known.values())
        assert self.table.held() == self.known.held()
        assert len(self.table) == len(self.known)
        assert self.table.get_all(asked) == self.known.get_all(asked)
        assert self.table.missing(asked) == self.known.missing(asked)
        assert [one in self.table for one in asked] == [one in self.known for one in asked]

    def add(self) -> None:
        """Touches, and those with care that are to be."""
        touches = PackedTouches(pack_touches(self._touches()))
        floor = self.random.choice((NEVER, NEVER, FROM + DAY_MS))
        days: DayReader = day_reader(self.random.choice(ZONES))
        known = self.known.add(touches, self.clock, floor, days, self.orders)
        added = self.table.add(touches, self.clock, floor, days, self.orders)
        assert (added.clock, added.too_late) == (known.clock, known.too_late)
        assert _counts(added) == _counts(known)
        assert known.recheck.items() >= added.recheck.items()
        assert set(known.with_care) >= set(added.with_care)
        self.clock = known.clock
        for index in known.with_care:
            contact, entry = touches.unpacked().contacts[index], touches.unpacked().entries[index]
            before = self.known.get(contact, b"")
            after = _with_touch(before, entry)
            if index in added.with_care:
                self.known[contact] = after
                self.table[contact] = after
            else:
                assert after == before, "a kernel says that it knows a touch"

    def _touches(self) -> Touches:
        random = self.random
        facts = [
            touch(
                random.choice(EVENTS),
                FROM + random.choice((0, 1, HOUR_MS, random.randrange(5 * DAY_MS), -400 * DAY_MS)),
                contact=random.choice(self.contacts),
                channel=random.choice(self.channels),
                campaign=random.choice(CAMPAIGNS),
                message=random.choice(self.messages),
                tags=random.choice((*[None] * 9, ["vip"])),
                automated=random.random() < 0.05,
            )
            for _ in range(random.choice((1, 15, 16, 300)))
        ]
        return in_columns("acme", map(row, facts))

    def put(self) -> None:
        """Messages in the place of others."""
        contact, other = self.random.choice(self.contacts), self.random.choice(self.contacts)
        packed = self.known.get(other, b"") or b"\x1eemail\x1fk\x1fm\x1fS19b76daa8e6"
        self.known[contact] = packed
        self.table[contact] = packed

    def remove(self) -> None:
        """Contacts, in both ways."""
        contact, other = self.random.choice(self.contacts), self.random.choice(self.contacts)
        assert self.table.pop(contact, b"none") == self.known.pop(contact, b"none")
        if other in self.known:
            del self.known[other]
            del self.table[other]

    def restore(self) -> None:
        """As from the recovery store, whichever of them was packed."""
        packed = self.random.choice((self.known, self.table)).packed()
        self.table = self.tables.messages(packed)
        assert isinstance(self.table, MessageTable)


def _name(random: Random) -> str:
    """An id that hardly any other is, of any length, and of any letters."""
    letters = random.choice(("abc", "0123456789", "їжак"))
    return "".join(random.choices(letters, k=random.choice(_LENGTHS))) + str(random.randrange(1_000))


def _counts(added: AddedTouches) -> dict[int, Counter[str]]:
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for day, counted in added.counted:
        assert sum(count_by_kind([counted]).values()) == len(counted)
        counts[day] += count_by_kind([counted])
    return counts


def _with_touch(packed: bytes, entry: bytes) -> bytes:
    one = packed_messages.unpack_entry(entry[1:])
    [(letter, [ms])] = one.times.items()
    key = packed_messages.entry_key(one.channel, one.campaign, one.message)
    return packed_messages.add(packed, key, letter, ms, list(one.tags)).packed


def walk(tables: Tables, steps: int, seed: int) -> None:
    """So many steps."""
    for _ in walked(lambda random: Pair(tables, random), steps, seed):
        pass
