"""What is kept of an order: its events, and whose it is by them (contract §2, §5, §9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from state.addresses import without_hashes
from state.changes import UNKNOWN, Assigned
from state.erasures import is_pseudonym
from state.events import Order, PartialOrder
from state.order_events import PERSONAL, OrderEvents


class OrderState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An order's events, and whose it is by them."""

    sequence: int
    """Grows with every change of the state or the contact; begins at the event's time."""
    moved: bool
    """Whether it has ever belonged to another contact."""
    contact: str | None
    """Its state's contact, or who owns the first of its addresses that anybody owns; None: known to nobody yet."""
    contact_group: int
    """The key group of the contact; of an order without contact, that of the order."""
    whole: Order | None
    """As of `OrderEvents`."""
    partials: tuple[PartialOrder, ...] = ()
    addresses: tuple[str, ...] = ()
    """What its state is resolved by where it names no contact, in this order, as keyed hashes."""

    @property
    def events(self) -> OrderEvents:
        """What is kept of the order's events."""
        return OrderEvents(self.whole, self.partials)

    def order(self) -> Order:
        """The order as its contact has it. Of an order that is known."""
        order = self.events.state()
        if self.contact is not None and is_pseudonym(self.contact):
            return msgspec.structs.replace(order, contact=self.contact, **dict.fromkeys(PERSONAL))
        order = without_hashes(order)
        return order if order.contact == self.contact else msgspec.structs.replace(order, contact=self.contact)

    def assigned(self, order: Order, cause: str, *, resend: bool = False, read_ms: int = UNKNOWN) -> Assigned:
        """What is sent to its contact's stage. `read_ms`: wall clock, when the event was read that this comes of."""
        return Assigned(self.contact, self.contact_group, self.sequence, cause, order, resend, read_ms)


pack_order_state: Final[Callable[[OrderState], bytes]] = msgspec.msgpack.Encoder().encode
unpack_order_state: Final[Callable[[bytes], OrderState]] = msgspec.msgpack.Decoder(OrderState).decode
