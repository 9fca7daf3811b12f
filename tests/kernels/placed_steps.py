"""Two key groups of contacts that are told the same, step by step, one with tables: they keep and say the same."""

from __future__ import annotations

from random import Random
from typing import Final
from zlib import crc32

import msgspec

from kernels.tables import Tables
from state import placing
from state.changes import Assigned, Changes, Forgotten, Heard, OrderMessage, Outcome, Withdrawn, unpack_outcome
from state.contact_orders import OrderAtContact
from state.contacts import ContactGroup
from state.erasures import Erasures
from state.events import STATUSES, Contact, Order
from state.key_groups import GROUPS, key_group
from state.packed_words import Packed, pack_list
from state.settings import EVENTS, ChannelRule, Settings, window_ms
from state.timeline import of_file
from state.times import DAY_MS, HOUR_MS
from state.touches import PackedTouches, in_columns, pack_touches, row
from tests.kernels.table_steps import counts_of
from tests.kernels.walks import walked
from tests.state.shop import SECRET, at, outcomes, touch

FROM: Final = at("03-27 12:00")
"""Two days before clocks are changed in Kyiv."""
ACCOUNTS: Final = ("acme", "acme", "acme", "магазин")
WINDOWS: Final = ("60m", "24h", "3d")
WINDOWS_MS: Final = tuple(map(window_ms, WINDOWS))
CHANNELS: Final = ("email", "email", "sms", "e", "c" * 32)
INSTANTS: Final = (0, 1, HOUR_MS, HOUR_MS + 1, DAY_MS, DAY_MS - 1, 3 * DAY_MS, -600_000 * HOUR_MS)
"""Few, so that orders and touches meet, and windows end where touches are; one is before 1970."""
_pack: Final = msgspec.msgpack.Encoder().encode


class Groups:
    """Both of them."""

    def __init__(self, tables: Tables, random: Random) -> None:
        self.random = random
        timeline = of_file(_settings(random))
        self.kept = ContactGroup(lambda _account: timeline, Erasures(SECRET))
        self.tabled = ContactGroup(lambda _account: timeline, Erasures(SECRET), tables=lambda _contacts: tables)
        self.contacts = [f"c{number}" * random.choice((1, 1, 40)) for number in range(random.choice((1, 3, 60)))]
        self.orders = random.choice((5, 40, 300))
        self.messages = random.choice((["m1"], [f"m{number}" for number in range(8)], ["m1", "\x1e", "ї" * 20]))
        self.rare = random.choice((0.0, 0.0, 0.05, 0.3))
        """How many facts are as they hardly ever are."""
        self.sequence = 1
        self.made_at = FROM
        """When the last order was made."""
        self.placed = 0
        """Orders that a kernel has placed."""

    def step(self) -> None:
        """Tell both the same."""
        doings = [self.add_touches, *[self.take_orders] * 3]
        if self._is_rare():
            doings = [self.declare, self.change_settings, self.erase, self.emit]
        doing = self.random.choice(doings)
        doing()
        self.assert_same()

    def _is_rare(self) -> bool:
        return self.random.random() < self.rare

    def _instant(self) -> int:
        instants = INSTANTS if self._is_rare() else INSTANTS[:-1]
        return FROM + self.random.choice((self.random.randrange(5 * DAY_MS), self.random.choice(instants)))

    def _told(self, kept: Changes, tabled: Changes, *, in_order: bool = False) -> None:
        """Both have said the same. `in_order`: they have not gone through contacts, for which there is no order."""
        self.placed += sum(isinstance(one, Packed) for one in outcomes(tabled))
        expected, found = _without_readings(kept), _without_readings(tabled)
        assert found == expected if in_order else sorted(found, key=repr) == sorted(expected, key=repr)
        assert (tabled.read_ms, tabled.pushed_out, tabled.seen) == (kept.read_ms, kept.pushed_out, kept.seen)
        assert counts_of(tabled) == counts_of(kept)
        assert tabled.tags == kept.tags
        assert sorted(tabled.too_late) == sorted(kept.too_late)

    def assert_same(self) -> None:
        """Both hold the same."""
        assert self.kept.accounts.keys() == self.tabled.accounts.keys()
        for account, facts in self.kept.accounts.items():
            tabled = self.tabled.accounts[account]
            assert dict(tabled.messages.items()) == dict(facts.messages.items())
            known, found = facts.orders, tabled.orders
            assert found.packed == known.packed == msgspec.msgpack.decode(found.whole())
            assert all(_by_id(found.of(one)) == _by_id(known.of(one)) for one in self.contacts)
            assert (found.latest, len(found), {*found.contacts()}) == (known.latest, len(known), {*known.contacts()})
            asked = ["nobody", *self.contacts]
            held = found.among(asked)
            assert [one in held for one in asked] == [one in known for one in asked] == [one in found for one in asked]
            assert tabled.retention.clock == facts.retention.clock
            since = dict.fromkeys(self.contacts, self._instant())
            assert [(one, _by_id(orders)) for one, orders in found.since_all(since)] == [
                (one, _by_id(orders)) for one, orders in known.since_all(since)
            ]

    def take_orders(self) -> None:
        """What the stage by order says, some of it packed."""
        words = [self._word() for _ in range(self.random.choice((1, 5, 40)))]
        kept, tabled = Changes(), Changes()
        placing.take(self.kept, words, kept)
        together = pack_list([_pack(one) for one in words])
        single = [_pack(one) if self.random.random() < 0.8 else one for one in words]
        placing.take(self.tabled, self.random.choice((together, single)), tabled)
        self._told(kept, tabled, in_order=True)

    def _word(self) -> OrderMessage:
        random = self.random
        account, name = random.choice(ACCOUNTS), f"o{random.randrange(self.orders)}"
        contact = self.contacts[
            crc32(f"{name}{random.random() if self._is_rare() else 0}".encode()) % len(self.contacts)
        ]
        if self._is_rare():
            words: list[OrderMessage] = [
                Heard(account, 3, self._instant()),
                Withdrawn(account, random.choice((contact, None)), 3, name),
                Forgotten(account, contact, 3, name),
            ]
            return random.choice(words)
        self.sequence += random.choice((1, 1, 1, 300))
        sequence = random.randrange(self.sequence) if self._is_rare() else self.sequence
        named = None if self._is_rare() else contact
        order = self._order(account, name, named)
        return Assigned(
            "somebody else" if self._is_rare() else named,
            3,
            sequence,
            random.choice(("order", "order", "identity", "erasure")),
            order,
            self._is_rare(),
            random.choice((0, 1_700_000_000_000, 1_700_000_000_000 + random.randrange(100))),
        )

    def _order(self, account: str, name: str, contact: str | None) -> Order:
        random = self.random
        made_at = self._instant() if random.random() < 0.5 else self.made_at
        self.made_at = made_at
        return Order(
            account,
            name,
            contact,
            random.choice((*STATUSES, "DELIVERED", "DELIVERED")),
            random.choice((0, 127, 128, 70_000, 2**33)),
            random.choice(("EUR", "JPY")),
            made_at,
            made_at + random.randrange(DAY_MS),
            refunded=random.choice((None, None, 100)),
            email=random.choice((None, None, "ann@shop.example")),
            first_name=random.choice((None, "Ann", "Ї" * 40)),
            items=random.choice((None, None, '[{"id":"1"}]' * 30)),
        )

    def _near_order(self) -> int:
        """An instant before an order, often where a window begins or ends, or any."""
        before = self.random.choice(
            (0, 1, *WINDOWS_MS, self.random.randrange(2 * DAY_MS), self.random.randrange(HOUR_MS))
        )
        return self.random.choice((self._instant(), self.made_at - before, self.made_at - before - 1, self.made_at + 1))

    def add_touches(self) -> None:
        """Touches, near the orders and elsewhere."""
        random, account = self.random, self.random.choice(ACCOUNTS)
        facts = [
            touch(
                random.choice((*EVENTS, "clicked")),
                self._near_order(),
                account=account,
                contact=random.choice(self.contacts),
                channel=random.choice(CHANNELS),
                campaign=random.choice(("k1", "spring" * 8, "\x1f" if self._is_rare() else "k2")),
                message=random.choice(self.messages),
                tags=random.choice((["vip"], ["service"], ["service", "vip"])) if random.random() < 0.1 else None,
                automated=random.random() < 0.1,
            )
            for _ in range(random.choice((1, 5, 60)))
        ]
        packed = PackedTouches(pack_touches(in_columns(account, map(row, facts))))
        kept, tabled = Changes(), Changes()
        self.kept.add_touches(packed, kept)
        self.tabled.add_touches(packed, tabled)
        self._told(kept, tabled)

    def declare(self) -> None:
        """Somebody says who they are."""
        said = Contact("acme", self.random.choice(self.contacts), self._instant(), email="ann@shop.example")
        kept, tabled = Changes(), Changes()
        self.kept.declare(said, kept)
        self.tabled.declare(said, tabled)
        self._told(kept, tabled)

    def change_settings(self) -> None:
        """Other settings, for all times or from some time on."""
        account = self.random.choice(ACCOUNTS)
        old = self.kept.account(account).timeline
        settings = of_file(_settings(self.random)).versions[0]
        timeline = old.with_base(of_file(_settings(self.random)))
        if self.random.random() < 0.6:
            timeline = old.with_version(settings._replace(effective_from=self._instant(), time=self._instant()))
        for group in (self.kept, self.tabled):
            group.account(account)
        kept, tabled = Changes(), Changes()
        self.kept.change_settings(account, timeline, kept)
        self.tabled.change_settings(account, timeline, tabled)
        self._told(kept, tabled)

    def erase(self) -> None:
        """Somebody is forgotten."""
        contact, time = self.random.choice(self.contacts), self._instant()
        kept, tabled = Changes(), Changes()
        self.kept.erase("acme", contact, time, kept)
        self.tabled.erase("acme", contact, time, tabled)
        self._told(kept, tabled)

    def emit(self) -> None:
        """Every order once more."""
        kept, tabled = Changes(), Changes()
        self.kept.emit_all(kept)
        self.tabled.emit_all(tabled)
        self._told(kept, tabled)


def _without_readings(changes: Changes) -> list[Outcome | Forgotten]:
    """What was told, without when the oldest of the events was read: of what is left to Python, a kernel knows sooner.

    What is packed is packed as msgspec does it, and for the key group of its order.
    """
    told = []
    for one in outcomes(changes):
        if isinstance(one, Packed):
            outcome = unpack_outcome(one.packed)
            assert isinstance(outcome, Outcome)
            assert _pack(outcome) == one.packed
            assert one.group == key_group(*_name(outcome), GROUPS)
        else:
            outcome = one
        told.append(outcome if isinstance(outcome, Forgotten) else msgspec.structs.replace(outcome, read_ms=0))
    return told


def _name(outcome: Outcome | Forgotten) -> tuple[str, str]:
    if isinstance(outcome, Forgotten):
        return outcome.account, outcome.order
    return outcome.order.account, outcome.order.order


def _by_id(orders: list[OrderAtContact]) -> dict[str, OrderAtContact]:
    return {one.order.order: one for one in orders}


def _settings(random: Random) -> Settings:
    channels = {
        name: ChannelRule(random.choice(EVENTS), random.choice(WINDOWS))
        for name in sorted({*CHANNELS})
        if random.random() < 0.8
    }
    return Settings(
        show_sales=random.random() < 0.9,
        channels=channels,
        ignore_automated=random.random() < 0.6,
        excluded_tags=random.choice(((), ("service",))),
        time_zone=random.choice(("UTC", "Europe/Kyiv", "America/St_Johns")),
    )


def walk(tables: Tables, steps: int, seed: int) -> int:
    """So many steps. How many orders kernels have placed."""
    return sum(groups.placed for groups in walked(lambda random: Groups(tables, random), steps, seed))
