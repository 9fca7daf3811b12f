"""A table and a dictionary that are given the same, step by step: they hold the same, and say the same of what came."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Final

from kernels.message_table import MessageTable
from kernels.tables import Tables
from state.changes import Changes
from state.contact_messages import ContactMessages
from state.contacts import ContactGroup
from state.counted_touches import count_by_kind
from state.erasures import Erasures
from state.events import TouchReceived
from state.ledger import EntryKey, name_of
from state.messages import MESSAGES_MOST, PLAIN_FROM_MS
from state.retention import NEVER
from state.settings import EVENTS, Settings
from state.timeline import Timeline, of_file
from state.times import DAY_MS, HOUR_MS
from state.touches import PackedTouches, in_columns, pack_touches, row
from tests.kernels.walks import walked
from tests.state.shop import SECRET, at, touch

ACCOUNT: Final = "acme"
ZONES: Final = ("UTC", "Europe/Kyiv", "America/St_Johns")
FROM: Final = at("03-27 12:00")
"""Two days before clocks are changed in Kyiv."""
INSTANTS: Final = (0, 1, HOUR_MS, -400 * DAY_MS)
FAR: Final = (-1, 0, PLAIN_FROM_MS - 1)
CAMPAIGNS: Final = ("k1", "spring", "ї")
TAGS: Final = (["vip"], ["vip"], ["b", "a"], ["a"], [""], ["\x1f", "a\x1b"], ["їжак" * 9])
_LENGTHS: Final = (1, 2, 7, 31, 32, 60, 256)
_MANY: Final = 900


class Pair:
    """Two key groups of contacts, of which one has a table; what they do with care, both do in the same way."""

    def __init__(self, tables: Tables, random: Random) -> None:
        self.tables, self.random = tables, random
        timeline = of_file(Settings())
        self.kept = ContactGroup(lambda _account: timeline, Erasures(SECRET))
        self.tabled = ContactGroup(lambda _account: timeline, Erasures(SECRET), tables=lambda _contacts: tables)
        self.contacts = [_name(random) for _ in range(random.choice((1, 3, 40, _MANY)))]
        self.messages = [_name(random) for _ in range(random.choice((1, 3, MESSAGES_MOST // 3, MESSAGES_MOST)))]
        self.channels = random.choice((["email"], ["email", "sms", "e"], ["c" * 32, "c"]))
        self.marked = random.choice((0.0, 0.05, 0.3))
        """How many touches are a machine's, and how many have tags."""
        self.rare = random.choice((0.0, 0.0, 0.02))
        """How many are of a time far from ours."""

    @property
    def known(self) -> ContactMessages:
        """The dictionary."""
        return self.kept.account(ACCOUNT).messages

    @property
    def table(self) -> ContactMessages:
        """The table."""
        return self.tabled.account(ACCOUNT).messages

    def step(self) -> None:
        """Do one thing to both."""
        doing = self.random.choice((self.add, self.add, self.add, self.add, self.put, self.remove, self.restore))
        doing()
        self.assert_same()

    def assert_same(self) -> None:
        """Both hold the same, however it is asked for."""
        asked = [*self.random.sample(self.contacts, min(5, len(self.contacts))), "nobody"]
        assert dict(self.table.items()) == dict(self.known.items())
        assert sorted(self.table.values()) == sorted(self.known.values())
        assert self.table.held() == self.known.held()
        assert len(self.table) == len(self.known)
        assert self.table.get_all(asked) == self.known.get_all(asked)
        assert self.table.missing(asked) == self.known.missing(asked)
        assert [one in self.table for one in asked] == [one in self.known for one in asked]

    def add(self) -> None:
        """Touches: one after the other to the dictionary, together to the table."""
        timeline, floor = self._timeline(), self.random.choice((NEVER, NEVER, FROM + DAY_MS))
        for group in (self.kept, self.tabled):
            group.account(ACCOUNT).timeline = timeline
            group.account(ACCOUNT).retention.floor = floor
        touches = self._touches()
        kept, tabled = Changes(), Changes()
        for one in touches:
            self.kept.add_touches(_packed([one]), kept)
        self.tabled.add_touches(_packed(touches), tabled)
        assert counts_of(tabled) == counts_of(kept)
        assert tabled.tags == kept.tags
        assert sorted(tabled.too_late) == sorted(kept.too_late)
        assert (tabled.pushed_out, tabled.seen) == (kept.pushed_out, kept.seen)

    def _timeline(self) -> Timeline:
        random = self.random
        ignored = random.random() < 0.5
        timeline = of_file(Settings(ignore_automated=ignored, time_zone=random.choice(ZONES)))
        if random.random() < 0.7:
            return timeline
        other = of_file(Settings(ignore_automated=not ignored)).versions[0]
        return timeline.with_version(other._replace(effective_from=FROM + DAY_MS, time=FROM))

    def _touches(self) -> list[TouchReceived]:
        random = self.random
        many_tags = [[f"t{random.randrange(300)}"] for _ in range(9)] if random.random() < 0.1 else []
        return [
            touch(
                random.choice(EVENTS),
                self._instant(),
                contact=random.choice(self.contacts),
                channel=random.choice(self.channels),
                campaign=random.choice(CAMPAIGNS),
                message=random.choice(self.messages),
                tags=random.choice((*TAGS, *many_tags)) if random.random() < self.marked else None,
                automated=random.random() < self.marked,
            )
            for _ in range(random.choice((1, 15, 16, 300)))
        ]

    def _instant(self) -> int:
        if self.random.random() < self.rare:
            return self.random.choice(FAR)
        return FROM + self.random.choice((*INSTANTS, self.random.randrange(5 * DAY_MS)))

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
        self.tabled.account(ACCOUNT).messages = self.tables.messages(packed)
        assert isinstance(self.table, MessageTable)


def _name(random: Random) -> str:
    """An id that hardly any other is, of any length, and of any letters."""
    letters = random.choice(("abc", "0123456789", "їжак"))
    return "".join(random.choices(letters, k=random.choice(_LENGTHS))) + str(random.randrange(1_000))


def _packed(touches: list[TouchReceived]) -> PackedTouches:
    return PackedTouches(pack_touches(in_columns(ACCOUNT, map(row, touches))))


def counts_of(changes: Changes) -> dict[EntryKey, int]:
    """What messages count for, however it is told."""
    counts = Counter(changes.entries)
    for (account, day), lists in changes.counted.items():
        by_kind = count_by_kind(lists)
        assert by_kind.total() == sum(map(len, lists))
        counts.update({(account, day, *name_of(kind)): number for kind, number in by_kind.items()})
    return {key: amount for key, amount in counts.items() if amount}


def walk(tables: Tables, steps: int, seed: int) -> None:
    """So many steps."""
    for _ in walked(lambda random: Pair(tables, random), steps, seed):
        pass
