"""The stage keyed by contact: facts, decisions, differences."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from bytewax.operators import StatefulBatchLogic

from connectors.decoding.decoder import (
    Decoded,
    DecodedItem,
    Profile,
    unpack_touch_batch,
)
from connectors.metrics.stream import Held
from connectors.sources.barriers import SOURCES, Alignment, Barrier, Stage, senders
from connectors.sources.replay import EmitGroup, ReplayFinished, Start
from dataflows.flow.by_order import OrderStageOutput
from dataflows.flow.crossing import OrderMessages, PackedMessages
from dataflows.flow.dealing import to_key_groups
from dataflows.flow.questions import Answering, questions_to
from dataflows.flow.stage import barriers, to_groups
from dataflows.store import holdings, snapshots
from dataflows.store.packed_state import StoredState
from state import dead_letters, placing
from state.changes import Changes
from state.contact_messages import TablesFor, no_tables
from state.contacts import ContactGroup
from state.dead_letters import DeadLetter
from state.erasures import Erasures, Secret
from state.events import CampaignName, Contact, Erase, SettingsChange
from state.inquiries import Inquiry, Stop, at_contacts
from state.key_groups import GROUP_KEYS, GROUPS, key_group
from state.packed_words import WordTablesFor
from state.retention import FORGET_AFTER_MS_DEFAULT
from state.timeline import Timeline
from state.touches import PackedTouches


@dataclass(frozen=True, slots=True)
class Touched:
    """Touches for one key group."""

    packed: list[bytes]
    """Each a `connectors.decoding.decoder.TouchBatch`."""


ContactItem = (
    Touched | OrderMessages | PackedMessages | Profile | Start | EmitGroup | ReplayFinished | Barrier | Inquiry
)


@dataclass(slots=True)
class ContactStageOutput:
    """What one activation of a key group emits."""

    changes: Changes
    dead: list[DeadLetter] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    passes_barrier: bool = False
    """Whether this is the last that comes of the replay (`connectors.sources.barriers`)."""


def touches_to_contacts(items: list[DecodedItem]) -> list[tuple[str, ContactItem]]:
    """Touches and profiles to the key groups that they concern; control messages to all, but for `EmitGroup`."""
    emitting = ((GROUP_KEYS[item.number], item) for item in items if isinstance(item, EmitGroup))
    return [*to_groups(items, lambda decoded: decoded.touches, Touched, _profiles), *emitting]


def _profiles(decoded: Decoded) -> Iterator[tuple[str, Profile]]:
    return ((key, profile) for profile in decoded.profiles for key in _groups_of(profile))


def _groups_of(profile: Profile) -> Iterable[str]:
    """Settings concern every contact of an account, a campaign's name none; the rest, one."""
    if isinstance(profile, SettingsChange):
        return GROUP_KEYS
    if isinstance(profile, CampaignName):
        return ()
    return (GROUP_KEYS[key_group(profile.account, profile.contact, GROUPS)],)


def orders_to_contacts(
    items: list[tuple[str, OrderStageOutput]], tables: WordTablesFor = no_tables
) -> list[tuple[str, ContactItem]]:
    """Orders to their contacts' key groups, and behind them the questions about them.

    `tables`: of the worker, which deal what is packed.
    """
    messages = [message for _, item in items for message in item.messages]
    routed = to_key_groups(
        messages, attrgetter("contact_group"), tables, in_objects=OrderMessages, in_bytes=PackedMessages
    )
    passed = barriers(Stage.ORDERS, (group for group, output in items if output.passes_barrier))
    return [*routed, *questions_to(Stop.CONTACTS, items), *passed]


class ContactLogic(StatefulBatchLogic[ContactItem, ContactStageOutput, StoredState]):
    """One key group of contacts."""

    def __init__(
        self,
        resume_state: StoredState | None,
        timeline_of: Callable[[str], Timeline],
        secret: Secret,
        *,
        answering: Answering | None = None,
        keeps_settings: bool = False,
        forget_after_ms: int = FORGET_AFTER_MS_DEFAULT,
        tables: TablesFor = no_tables,
    ) -> None:
        """`timeline_of`: an account's settings as the settings file gives them; not looked at for what is resumed if
        `keeps_settings`. `answering`: of the worker; None: by itself. `forget_after_ms`: see `state.retention`.
        """
        self._answering = answering or Answering()
        self._to_rebase = resume_state is not None and not keeps_settings
        self._timeline_of = timeline_of
        self._alignment = Alignment(SOURCES, senders(Stage.ORDERS))
        if resume_state is None:
            self._group = ContactGroup(timeline_of, Erasures(secret), forget_after_ms, tables)
        else:
            self._group = snapshots.unpack_contacts(resume_state, timeline_of, secret, forget_after_ms, tables)

    def on_batch(self, values: list[ContactItem]) -> tuple[list[ContactStageOutput], bool]:
        """Add the facts, and emit what they change."""
        changes = Changes(now_ms=time.time_ns() // 1_000_000)
        out = ContactStageOutput(changes)
        self._rebase(changes)
        for value in values:
            match value:
                case Touched():
                    for packed in value.packed:
                        self._add_touches(packed, out)
                case OrderMessages() | PackedMessages():
                    placing.take(self._group, value, changes)
                case Contact():
                    self._group.declare(value, changes)
                case SettingsChange():
                    self._group.add_settings(value, changes)
                case Erase():
                    self._group.erase(value.account, value.contact, value.time, changes)
                case ReplayFinished() | Barrier():
                    self._alignment.hear(value)
                case Start():
                    pass  # see `dataflows.flow.stage.start_every_group`
                case EmitGroup():
                    self._group.emit_all(changes)
                case Inquiry():
                    out.inquiries += self._answering.at(at_contacts, self._group, value)
        out.passes_barrier = self._alignment.pass_on()
        return [out], StatefulBatchLogic.RETAIN

    def _rebase(self, changes: Changes) -> None:
        """A settings file that changed between two runs takes effect at the start, for all that is kept (§8)."""
        accounts = self._group.accounts if self._to_rebase else {}
        self._to_rebase = False
        for account, facts in accounts.items():
            base = self._timeline_of(account)
            self._group.change_settings(account, facts.timeline.with_base(base), changes)

    def _add_touches(self, packed: bytes, out: ContactStageOutput) -> None:
        changes, batch = out.changes, unpack_touch_batch(packed)
        changes.read_at(batch.read_ms)
        self._group.add_touches(PackedTouches(bytes(batch.touches)), changes)
        for late in changes.too_late:
            letter = dead_letters.dead_letter(
                batch.source, batch.partition, late.at, late.raw, dead_letters.TOO_LATE, late.detail
            )
            out.dead.append(letter)
        changes.too_late.clear()

    def snapshot(self) -> StoredState:
        """See `dataflows.store.snapshots`."""
        return snapshots.pack_contacts(self._group)

    def holds(self, packed_bytes: int) -> Mapping[str, Held]:
        """See `dataflows.store.holdings`; `packed_bytes`: the size of its snapshot."""
        return holdings.of_contacts(self._group, packed_bytes)
