"""What the dataflow retains, read from its recovery store by commands that answer questions about it.

It is read as of the last complete epoch, up to ten seconds behind what a live run has shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.sources.raw_lines import SOURCE_PARTITIONS
from dataflows.store import snapshots
from dataflows.store.recovery_files import RecoveryFiles, recovery_files
from dataflows.store.store import Store, existing_store
from state.contacts import ContactGroup
from state.erasures import Erasures
from state.key_groups import GROUP_KEYS, GROUPS, key_group
from state.orders import OrderGroup
from state.published import PublishedOrders
from state.timeline import Timeline
from state.totals import Totals

SOURCE: Final = "lasttouch.source"
BY_ORDER: Final = "lasttouch.by_order"
BY_CONTACT: Final = "lasttouch.by_contact"
BY_TOTAL: Final = "lasttouch.by_total"
PUBLISH: Final = "lasttouch.publish"
"""Steps as the engine names them: the dataflow's name and the step's (`dataflows.flow.revenue`)."""


@dataclass(frozen=True, slots=True)
class Retained:
    """The state of the stages, a key group at a time."""

    store: Store
    files: RecoveryFiles
    timeline_of: Callable[[str], Timeline]
    """Settings of an account that the dataflow has not heard of, as the settings file gives them."""

    def order_group(self, account: str, order: str) -> OrderGroup:
        """The key group that holds an order."""
        key = GROUP_KEYS[key_group(account, order, GROUPS)]
        packed = self.files.snapshot(BY_ORDER, key)
        if packed is None:
            return OrderGroup(Erasures(self.store.secret), GROUPS)
        return snapshots.unpack_orders(packed, self.store.secret)

    def contact_group(self, group: int) -> ContactGroup:
        """A key group of contacts, by its number (`OrderState.contact_group` of an order, `key_group` of a contact)."""
        packed = self.files.snapshot(BY_CONTACT, GROUP_KEYS[group])
        if packed is None:
            return ContactGroup(self.timeline_of, Erasures(self.store.secret))
        return snapshots.unpack_contacts(packed, self.timeline_of, self.store.secret)

    def published_group(self, account: str, order: str) -> PublishedOrders:
        """The key group that holds what was published of an order."""
        packed = self.files.snapshot(PUBLISH, GROUP_KEYS[key_group(account, order, GROUPS)])
        return PublishedOrders() if packed is None else snapshots.unpack_published(packed)

    def contact_groups(self) -> Iterator[ContactGroup]:
        """All key groups of contacts, one at a time: together they may be larger than memory."""
        return map(self.contact_group, range(GROUPS))

    def sums(self, account: str, first: int, last: int) -> Counter[tuple[str, str, str]]:
        """(channel, campaign, field) → what is counted on the days from `first` to `last` (ordinals).

        The sums of channels (no campaign) and of the account (no channel) are among them; see `state.totals`.
        """
        sums: Counter[tuple[str, str, str]] = Counter()
        for key in GROUP_KEYS:
            packed = self.files.snapshot(BY_TOTAL, key)
            totals = Totals() if packed is None else snapshots.unpack_totals(packed)
            for name, day in totals.packed:
                if name == account and first <= day <= last:
                    sums.update(totals.of_day(account, day))
        return sums

    def positions(self) -> dict[str, int]:
        """Kafka's topic partitions ("topic:partition") → the next offset that the dataflow would read."""
        states = [self.files.plain(SOURCE, part) for part in SOURCE_PARTITIONS]
        return {
            unit: position
            for state in states
            if isinstance(state, dict)
            for unit, position in state.items()
            if isinstance(position, int)
        }

    def timeline(self, account: str) -> Timeline | None:
        """All versions of an account's settings; None if the dataflow has not heard of the account."""
        for group in self.contact_groups():
            # Every group that knows the account has all of them.
            if account in group.accounts:
                return group.accounts[account].timeline
        return None


@contextmanager
def retained(directory: Path, timeline_of: Callable[[str], Timeline]) -> Iterator[Retained]:
    """What the recovery store in `directory` retains; a run may be live meanwhile.

    Raises `UserError` where there is no store, and `Unavailable` for one that cannot be read.
    """
    store = existing_store(directory)
    with recovery_files(directory) as files:
        yield Retained(store, files, timeline_of)
