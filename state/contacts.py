"""One key group of contacts: their facts, and what changes when a fact is added (contract §2, §4).

A group holds facts (messages, orders), decides the orders that a new fact can touch, and gives the difference to what
it decided last. There is no other path: a late touch, a cancelled order and new settings are all a changed fact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from state import changed_settings, people
from state import messages as packed_messages
from state.attribution import Decision, decide
from state.changes import Assigned, Changes, Forgotten, Heard, Outcome, Seen, TooLate, Withdrawn
from state.contact_messages import NO_MESSAGES, AddedTouches, TablesFor, no_tables, restored_messages
from state.contact_orders import OrderAtContact
from state.counted_messages import count_message
from state.erased_messages import split_messages
from state.erasures import Erasures
from state.events import Contact, SettingsChange
from state.facts import AccountFacts
from state.messages import MESSAGES_MOST
from state.retention import FORGET_AFTER_MS_DEFAULT, NEVER
from state.settings import TOUCH_RETENTION_MS
from state.tags_seen import note_tags
from state.timeline import Timeline, version_of
from state.touches import PackedTouches, Touches, pack_touches

TOO_LATE: Final = "from before touches that were let go of (they are kept 90 days)"
UNDECIDED: Final = Decision("", None)
"""Differs from every decision."""


class ContactGroup:
    """The facts of the contacts of one key group."""

    def __init__(
        self,
        timeline_of: Callable[[str], Timeline],
        erasures: Erasures,
        forget_after_ms: int = FORGET_AFTER_MS_DEFAULT,
        tables: TablesFor = no_tables,
    ) -> None:
        """`timeline_of`: an account's settings as the settings file gives them.

        `forget_after_ms`: see `state.retention`. `tables`: where the messages of many contacts are kept.
        """
        self._tables = tables
        self._timeline_of = timeline_of
        self._forget_after_ms = forget_after_ms
        self.erasures = erasures
        self.accounts: dict[str, AccountFacts] = {}

    def account(self, name: str) -> AccountFacts:
        """What is known of an account; made when it is first heard of."""
        facts = self.accounts.get(name)
        if facts is None:
            messages = restored_messages(NO_MESSAGES, self._tables)
            facts = self.accounts[name] = AccountFacts(self._timeline_of(name), messages=messages)
        return facts

    def add_touches(self, touches: PackedTouches, changes: Changes) -> None:
        """Add touches of one account, and decide anew the orders that they can matter to."""
        account = touches.account
        if self.erasures.until(account) != NEVER:
            touches = self._renamed(touches)
        facts = self.account(account)
        retention = facts.retention
        added = facts.messages.add(touches, retention.clock, retention.floor, facts.timeline, facts.orders)
        for day, counted in added.counted:
            changes.counted.setdefault((account, day), []).append(counted)
        if added.tags:
            note_tags(changes.tags.setdefault(account, {}), added.tags)
        for index in added.too_late:
            changes.too_late.append(_too_late(touches.unpacked(), index, TOO_LATE))
        for index in added.with_care:
            self._add_with_care(facts, touches.unpacked(), index, added, changes)
        self.advance(account, facts, added.clock, changes)
        if added.recheck:
            self._decide_orders(facts, added.recheck, changes)
        facts.move_to_tables(self._tables)

    def _renamed(self, touches: PackedTouches) -> PackedTouches:
        """Touches as erasures leave them."""
        account, erasures, unpacked = touches.account, self.erasures, touches.unpacked()
        contacts, entries = list(unpacked.contacts), list(unpacked.entries)
        for index, (contact, time) in enumerate(zip(unpacked.contacts, unpacked.times, strict=True)):
            name = erasures.name(account, contact, time)
            if name != contact:
                message = packed_messages.unpack_entry(entries[index][1:])
                renamed = message._replace(message=erasures.message(account, contact, message.message))
                contacts[index], entries[index] = name, packed_messages.pack(renamed)
        if contacts == unpacked.contacts:
            return touches
        return PackedTouches(pack_touches(msgspec.structs.replace(unpacked, contacts=contacts, entries=entries)))

    def _add_with_care(
        self, facts: AccountFacts, touches: Touches, index: int, added: AddedTouches, changes: Changes
    ) -> None:
        """Any touch at all."""
        contact, entry = touches.contacts[index], touches.entries[index]
        touch = packed_messages.unpack_entry(entry[1:])
        [(letter, [time])] = touch.times.items()
        if touch.tags:
            # Also where the touch is beyond a bound: which one is depends on the order of arrival.
            note_tags(changes.tags.setdefault(touches.account, {}), dict.fromkeys(touch.tags, time))
        key = packed_messages.entry_key(touch.channel, touch.campaign, touch.message)
        known = facts.messages.get(contact, b"")
        changed = packed_messages.add(known, key, letter, time, list(touch.tags))
        if changed.after is None:
            detail = f"beyond what is kept of a contact ({MESSAGES_MOST} messages a channel, 17 times an event)"
            changes.too_late.append(_too_late(touches, index, detail))
        if changed.packed is not known:
            facts.messages[contact] = changed.packed
        if changed.pushed_out:
            changes.pushed_out["time" if changed.before else "message"] += changed.pushed_out
        if changed.after is not None and changed.after is not changed.before:
            count_message(touches.account, facts.timeline, changed.before, changed.after, changes)
        before, after = changed.before, changed.after
        # A message's tags concern its earlier touches, too.
        since = NEVER if before is not None and after is not None and before.tags != after.tags else time
        if since <= facts.orders.latest and contact in facts.orders:
            added.matters(contact, since)

    def messages_of(self, assigned: Sequence[Assigned]) -> list[bytes]:
        """The packed messages of the contacts of orders."""
        by_account: dict[str, list[str]] = {}
        for one in assigned:
            by_account.setdefault(one.order.account, []).append(one.contact or "")
        found = {
            account: iter(self.account(account).messages.get_all(contacts)) for account, contacts in by_account.items()
        }
        return [next(found[one.order.account]) for one in assigned]

    def place(self, assigned: Assigned, changes: Changes, messages: bytes | None = None) -> None:
        """An order as the stage by order says it is now. `messages`: its contact's; None: they are looked up."""
        order = assigned.order
        facts = self.account(order.account)
        contact = assigned.contact or ""
        before = facts.orders.find(contact, order.order)
        if before is not None and before.sequence > assigned.sequence:
            return
        self._decide(facts, contact, before, assigned, changes, cause=assigned.cause, messages=messages)
        self.advance(order.account, facts, order.time, changes)

    def hear(self, heard: Heard, changes: Changes) -> None:
        """Of an order that is not known yet, an event was read."""
        self.advance(heard.account, self.account(heard.account), heard.time, changes)

    def withdraw(self, withdrawn: Withdrawn) -> None:
        """An order that has left a contact. What it counted is taken back where it comes to: in one step."""
        self.account(withdrawn.account).orders.drop(withdrawn.contact or "", withdrawn.order)

    def forget(self, forgotten: Forgotten, changes: Changes) -> None:
        """An order that has grown too old. The word goes on behind whatever was decided of it."""
        self.account(forgotten.account).orders.drop(forgotten.contact or "", forgotten.order)
        changes.pushed_out["order"] += 1
        changes.outcomes.append(forgotten)

    def _decide_orders(self, facts: AccountFacts, since: Mapping[str, int], changes: Changes) -> None:
        """Decide anew the orders of contacts, for touches of these. `since`: contact → ms: those made then or later."""
        found = facts.orders.since_all(since)
        known = facts.messages.get_all([contact for contact, _ in found])
        for (contact, orders), messages in zip(found, known, strict=True):
            for placed in orders:
                self._decide(facts, contact, placed, placed, changes, cause="touch", messages=messages)

    def _decide(
        self,
        facts: AccountFacts,
        contact: str,
        before: OrderAtContact | None,
        placed: Assigned | OrderAtContact,
        changes: Changes,
        *,
        cause: str,
        old_timeline: Timeline | None = None,
        messages: bytes | None = None,
    ) -> None:
        """Decide an order; nothing comes of it where it stands as before, but for a resend.

        `messages`: the contact's; None: they are looked up.
        """
        order, candidate = placed.order, None if before is None else before.candidate
        known = facts.messages.get(contact, b"") if messages is None else messages
        decision = decide(order, known, facts.timeline, candidate)
        remembered = candidate if decision.touch is None else None
        after = OrderAtContact(placed.sequence, order, decision, remembered)
        at = facts.timeline.hour_of(order.ordered_at)
        if before == after and not (isinstance(placed, Assigned) and placed.resend):
            old_at = at if old_timeline is None else old_timeline.hour_of(order.ordered_at)
            if old_at == at:
                return
        facts.orders.keep(contact, before, after)
        declared = facts.people.get(contact)
        shown = order if declared is None else people.shown(order, people.unpack(declared))
        changes.outcomes.append(Outcome(after.sequence, shown, decision, *at, cause, read_ms=changes.read_ms))

    def advance(self, account: str, facts: AccountFacts, time: int, changes: Changes) -> None:
        """The clock of an account has come this far: say so, and let go of touches that have grown too old."""
        retention = facts.retention
        if time <= retention.clock:
            return
        retention.advance(time, changes.now_ms, self._forget_after_ms)
        self._see(account, facts, changes)
        reached = retention.due(changes.now_ms, self._forget_after_ms)
        if reached is not None:
            changes.pushed_out["touch"] += facts.let_go_of_messages(reached - TOUCH_RETENTION_MS)

    @staticmethod
    def _see(account: str, facts: AccountFacts, changes: Changes) -> None:
        clock, versions = facts.retention.clock, facts.timeline.versions
        # What a settings file says needs no word before anything has come.
        if clock != NEVER or len(versions) > 1:
            changes.seen[account] = Seen(clock, versions[-1])

    def change_settings(self, account: str, timeline: Timeline, changes: Changes) -> None:
        """Other settings for an account: count and decide anew all that is kept of it, and give the difference."""
        facts = self.account(account)
        old = facts.timeline
        if old == timeline:
            return
        for key, amount in changed_settings.of_messages(account, facts, timeline):
            changes.add(key, amount)
        facts.timeline = timeline
        for contact in facts.orders.contacts():
            for placed in facts.orders.of(contact):
                self._decide(facts, contact, placed, placed, changes, cause="settings", old_timeline=old)
        self._see(account, facts, changes)

    def add_settings(self, change: SettingsChange, changes: Changes) -> None:
        """One version of an account's settings more."""
        facts = self.account(change.account)
        self.change_settings(change.account, facts.timeline.with_version(version_of(change)), changes)

    def declare(self, contact: Contact, changes: Changes) -> None:
        """A contact says who it is; the rows of its orders show it."""
        if self.erasures.name(contact.account, contact.contact, contact.time) != contact.contact:
            return
        facts = self.account(contact.account)
        known = people.unpack(facts.people.get(contact.contact))
        person = known.declared(contact)
        if person is known:
            return
        facts.people[contact.contact] = people.pack(person)
        for placed in facts.orders.of(contact.contact):
            changes.outcomes.append(self._as_decided(facts, contact.contact, placed, publishes_record=False))

    def erase(self, account: str, contact: str, time: int, changes: Changes) -> None:
        """A contact is forgotten: what it did until `time` is its pseudonym's, and what it declared until then goes.

        Its orders come to the pseudonym by way of the stage by order.
        """
        if not self.erasures.add(account, contact, time):
            return
        facts = self.account(account)
        was = self.erasures.next_name(account, contact, time)
        name = self.erasures.nobody(account, contact, time)
        if was in facts.people:
            facts.people[was] = people.pack(people.unpack(facts.people[was]).since(time))
        split_messages(account, facts, self.erasures, was, name, time, changes, renamed=was == contact)
        for changed in (was, name):
            self._forget_credits(facts, changed, time, changes)

    def _forget_credits(self, facts: AccountFacts, contact: str, until: int, changes: Changes) -> None:
        """Decide the orders of a contact anew, without what they remember of touches up to `until`."""
        for placed in facts.orders.of(contact):
            credit = placed.candidate
            remembered = credit if credit is not None and credit.touched_at > until else None
            forgotten = msgspec.structs.replace(placed, decision=UNDECIDED, remembered=remembered)
            # Even if it stands as before: its history holds ids of messages.
            self._decide(facts, contact, forgotten, forgotten, changes, cause="erasure")

    def emit_all(self, changes: Changes) -> None:
        """Every order once more, as it stands (for a view that was lost)."""
        for name, facts in self.accounts.items():
            self._see(name, facts, changes)
            for contact in facts.orders.contacts():
                for placed in facts.orders.of(contact):
                    changes.outcomes.append(self._as_decided(facts, contact, placed, publishes_record=True))

    @staticmethod
    def _as_decided(facts: AccountFacts, contact: str, placed: OrderAtContact, *, publishes_record: bool) -> Outcome:
        """An order as it stands."""
        shown = people.shown(placed.order, people.unpack(facts.people.get(contact)))
        at = facts.timeline.hour_of(shown.ordered_at)
        return Outcome(placed.sequence, shown, placed.decision, *at, publishes_record=publishes_record)


def _too_late(touches: Touches, index: int, detail: str) -> TooLate:
    return TooLate(touches.line(index), touches.at(index), detail)
