"""The stage keyed by address: who owns it, which every order that has asked is answered (contract §5)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bytewax.operators import StatefulBatchLogic

from connectors.decoding.decoder import Decoded, DecodedItem
from connectors.files.dead_letters import ErasedAddress
from connectors.metrics.stream import Held
from connectors.sources.barriers import SOURCES, Alignment, Barrier, Stage
from connectors.sources.replay import ReplayFinished, Start
from dataflows.flow.stage import barriers, replay_finished, start_every_group
from dataflows.store import holdings, snapshots
from dataflows.store.packed_state import StoredState
from state.addresses import AddressGroup, Answer, Claim, addresses, claims
from state.erasures import Erasures, Secret
from state.events import Contact, Erase
from state.key_groups import GROUP_KEYS, GROUPS, key_group
from state.retention import FORGET_AFTER_MS_DEFAULT


class Declared(NamedTuple):
    """A contact says that an address is its own."""

    account: str
    claim: Claim
    time: int
    contact: str
    contact_group: int


class Asked(NamedTuple):
    """An order without a contact has this address."""

    account: str
    address: str
    order: str
    time: int


@dataclass(slots=True)
class AddressStageOutput:
    """What one activation of a key group emits."""

    answers: list[Answer] = field(default_factory=list)
    erased: list[ErasedAddress] = field(default_factory=list)
    """For the file of dead letters."""
    passes_barrier: bool = False
    """Whether this is the last that comes of the replay (`connectors.sources.barriers`)."""


AddressItem = Declared | Asked | Erase | Start | ReplayFinished


def to_addresses(secret: Secret, items: list[DecodedItem]) -> list[tuple[str, AddressItem]]:
    """Declarations and questions to their addresses' key groups; erasures to all."""
    routed: list[tuple[str, AddressItem]] = [*start_every_group(items)]
    for item in items:
        if not isinstance(item, Decoded):
            continue
        for profile in item.profiles:
            if isinstance(profile, Contact):
                contact_group = key_group(profile.account, profile.contact, GROUPS)
                for claim in claims(secret, profile):
                    declared = Declared(profile.account, claim, profile.time, profile.contact, contact_group)
                    routed.append((_group(profile.account, claim.address), declared))
            elif isinstance(profile, Erase):
                routed.extend((key, profile) for key in GROUP_KEYS)
        for order in item.nobodys:
            for address in addresses(secret, order):
                asked = Asked(order.account, address, order.order, order.time)
                routed.append((_group(order.account, address), asked))
    return [*routed, *replay_finished(items)]


def _group(account: str, address: str) -> str:
    return GROUP_KEYS[key_group(account, address, GROUPS)]


class AddressLogic(StatefulBatchLogic[AddressItem, AddressStageOutput, StoredState]):
    """One key group of addresses."""

    def __init__(
        self, resume_state: StoredState | None, secret: Secret, *, forget_after_ms: int = FORGET_AFTER_MS_DEFAULT
    ) -> None:
        """`forget_after_ms`: see `state.retention`."""
        self._group = (
            AddressGroup(Erasures(secret), forget_after_ms)
            if resume_state is None
            else snapshots.unpack_addresses(resume_state, secret, forget_after_ms)
        )
        self._alignment = Alignment(SOURCES)

    def on_batch(self, values: list[AddressItem]) -> tuple[list[AddressStageOutput], bool]:
        """Answer what is asked, and again what has changed."""
        out = AddressStageOutput()
        now_ms = time.time_ns() // 1_000_000
        for value in values:
            match value:
                case Declared():
                    out.answers += self._group.declare(*value)
                    until = self._group.erasures.erased_at(value.account, value.contact, value.time)
                    if until is not None:
                        out.erased.append(ErasedAddress(value.account, value.claim.address, until))
                case Asked():
                    out.answers += self._group.ask(*value, now_ms)
                case Erase():
                    out.answers += self._group.erase(value.account, value.contact, value.time)
                    owned = self._group.owned_until(value.account, value.contact, value.time)
                    out.erased += [ErasedAddress(value.account, address, value.time) for address in owned]
                case ReplayFinished():
                    self._alignment.hear(value)
                case Start():
                    pass  # see `dataflows.flow.stage.start_every_group`
        out.passes_barrier = self._alignment.pass_on()
        is_something = out.answers or out.erased or out.passes_barrier
        return ([out] if is_something else []), StatefulBatchLogic.RETAIN

    def snapshot(self) -> StoredState:
        """See `dataflows.store.snapshots`."""
        return snapshots.pack_addresses(self._group)

    def holds(self, packed_bytes: int) -> Mapping[str, Held]:
        """See `dataflows.store.holdings`; `packed_bytes`: the size of its snapshot."""
        return holdings.of_addresses(self._group, packed_bytes)


def answers_to_orders(items: list[tuple[str, AddressStageOutput]]) -> list[tuple[str, list[Answer] | Barrier]]:
    """Answers to the key groups of the orders that asked."""
    routed: dict[str, list[Answer]] = {}
    for _, output in items:
        for answer in output.answers:
            routed.setdefault(GROUP_KEYS[key_group(answer.account, answer.order, GROUPS)], []).append(answer)
    return [*routed.items(), *barriers(Stage.ADDRESSES, (group for group, output in items if output.passes_barrier))]


def erased_addresses(items: list[tuple[str, AddressStageOutput]]) -> list[tuple[str, ErasedAddress]]:
    """What was an erased contact's, for the file of dead letters."""
    return [("", erased) for _, output in items for erased in output.erased]
