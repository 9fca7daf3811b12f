"""What a key group of contacts keeps of an account: messages, orders with their last decisions, and people."""

from __future__ import annotations

from dataclasses import dataclass, field

from state.contact_orders import ContactOrders
from state.retention import Retention
from state.timeline import Timeline


@dataclass(slots=True)
class AccountFacts:
    """What a group knows of one account."""

    timeline: Timeline
    retention: Retention = field(default_factory=Retention)
    """How far its touches go back. Orders stay until the stage by order says that they are forgotten."""
    messages: dict[str, bytes] = field(default_factory=dict)
    """Contact → packed messages (`state.messages`)."""
    orders: ContactOrders = field(default_factory=ContactOrders)
    people: dict[str, bytes] = field(default_factory=dict)
    """Contact → what it declared of itself (`state.people`)."""
