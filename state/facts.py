"""What a key group of contacts keeps of an account: messages, orders with their last decisions, and people."""

from __future__ import annotations

from dataclasses import dataclass, field

from state import messages as packed_messages
from state.contact_messages import ContactMessages, MessageDict, TablesFor
from state.contact_orders import ContactOrderDict, ContactOrders
from state.retention import Retention
from state.timeline import Timeline


@dataclass(slots=True)
class AccountFacts:
    """What a group knows of one account."""

    timeline: Timeline
    retention: Retention = field(default_factory=Retention)
    """How far its touches go back. Orders stay until the stage by order says that they are forgotten."""
    messages: ContactMessages = field(default_factory=MessageDict)
    """Contact → packed messages (`state.messages`)."""
    orders: ContactOrders = field(default_factory=ContactOrderDict)
    people: dict[str, bytes] = field(default_factory=dict)
    """Contact → what it declared of itself (`state.people`)."""

    def move_to_tables(self, tables_for: TablesFor) -> None:
        """Where there are tables for so many contacts. Orders go with the messages that they are decided by."""
        is_message_dict, is_order_dict = (
            isinstance(self.messages, MessageDict),
            isinstance(self.orders, ContactOrderDict),
        )
        tables = tables_for(len(self.messages)) if is_message_dict or is_order_dict else None
        if tables is None:
            return
        if is_message_dict:
            self.messages = tables.messages(self.messages.packed())
        if isinstance(self.orders, ContactOrderDict):
            self.orders = tables.orders_at_contacts(self.orders)

    def let_go_of_messages(self, kept_from: int) -> int:
        """Let go of messages without a touch at `kept_from` (ms) or later; what they counted stays (contract §2).

        How many touches left.
        """
        gone = 0
        for contact, packed in list(self.messages.items()):
            kept, newest = packed_messages.without_older(packed, kept_from)
            if kept is packed:
                continue
            self.retention.let_go(newest)
            gone += packed_messages.touches_in(packed) - packed_messages.touches_in(kept)
            if kept:
                self.messages[contact] = kept
            else:
                del self.messages[contact]
        return gone
