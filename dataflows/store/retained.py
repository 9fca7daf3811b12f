"""What the dataflow retains, read from its recovery store by commands that answer questions about it.

It is read as of the last complete epoch, up to ten seconds behind what a live run has shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.errors import Unavailable
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from dataflows.store import snapshots
from dataflows.store.recovery_files import RecoveryFiles, recovery_files
from dataflows.store.store import Store, existing_store
from state.contacts import ContactGroup
from state.erasures import Erasures
from state.inquiries import Inquiry, Stop, at_contacts, at_orders, at_published, at_totals, begin
from state.key_groups import GROUP_KEYS, GROUPS
from state.orders import OrderGroup
from state.published import PublishedOrders
from state.questions import Answer, Question
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
    _last: dict[str, tuple[int, ContactGroup]] = field(default_factory=dict)
    """The key group of contacts that was asked last: of a preview it may be asked again."""

    def ask(self, question: Question) -> Answer:
        """The answer, as the running dataflow would give it."""
        inquiry = begin("", question)
        while inquiry.stop is not Stop.ASKER:
            inquiry = self._moved_on(inquiry)
        return inquiry.answer

    def ask_all(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """The answers in the order of the questions."""
        return map(self.ask, questions)

    def catching_up(self) -> bool:
        """What is stored is whole."""
        return False

    def _moved_on(self, inquiry: Inquiry) -> Inquiry:
        match inquiry.stop:
            case Stop.ORDERS:
                return at_orders(self.order_group(inquiry.group), inquiry)
            case Stop.CONTACTS:
                if inquiry.group != self._last.get(BY_CONTACT, (None,))[0]:
                    self._last[BY_CONTACT] = inquiry.group, self.contact_group(inquiry.group)
                return at_contacts(self._last[BY_CONTACT][1], inquiry)
            case Stop.PUBLISHED:
                return at_published(self.published_group(inquiry.group), inquiry)
            case _:
                return at_totals(self.totals_group(inquiry.group), inquiry)

    def order_group(self, group: int) -> OrderGroup:
        """A key group of orders, by its number."""
        packed = self.files.snapshot(BY_ORDER, GROUP_KEYS[group])
        if packed is None:
            return OrderGroup(Erasures(self.store.secret), GROUPS)
        return snapshots.unpack_orders(packed, self.store.secret)

    def contact_group(self, group: int) -> ContactGroup:
        """A key group of contacts, by its number (`OrderState.contact_group` of an order, `key_group` of a contact)."""
        packed = self.files.snapshot(BY_CONTACT, GROUP_KEYS[group])
        if packed is None:
            return ContactGroup(self.timeline_of, Erasures(self.store.secret))
        return snapshots.unpack_contacts(packed, self.timeline_of, self.store.secret)

    def published_group(self, group: int) -> PublishedOrders:
        """A key group of what was published of orders, by its number."""
        packed = self.files.snapshot(PUBLISH, GROUP_KEYS[group])
        return PublishedOrders() if packed is None else snapshots.unpack_published(packed)

    def totals_group(self, group: int) -> Totals:
        """A key group of totals, by its number."""
        packed = self.files.snapshot(BY_TOTAL, GROUP_KEYS[group])
        return Totals() if packed is None else snapshots.unpack_totals(packed)

    def contact_groups(self) -> Iterator[ContactGroup]:
        """All key groups of contacts, one at a time: together they may be larger than memory."""
        return map(self.contact_group, range(GROUPS))

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


@contextmanager
def retained(directory: Path, timeline_of: Callable[[str], Timeline]) -> Iterator[Retained]:
    """What the recovery store in `directory` retains; a run may be live meanwhile.

    Raises `UserError` where there is no store, and `Unavailable` for one that cannot be read, or that is in the folders
    of several processes.
    """
    store = existing_store(directory)
    if not store.is_whole:
        raise Unavailable(
            f"LASTTOUCH_RECOVERY_DIR: {directory} holds a part of its recovery store, which is a cluster's: ask while "
            "the cluster runs, or move the files of all its processes into one folder"
        )
    with recovery_files(directory) as files:
        yield Retained(store, files, timeline_of)
