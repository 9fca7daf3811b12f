"""The tables of a worker, by what they hold, and what else kernels do for its stages."""

from __future__ import annotations

from kernels.byte_table import Shared
from kernels.loading import Kernels
from kernels.message_table import MessageTable
from kernels.order_summing import OrderSums
from kernels.order_table import OrderRoom, OrderTable
from kernels.placed_table import PlacedTable
from kernels.placed_values import PlacingRoom
from kernels.published_table import PublishedTable, PublishingRoom
from kernels.word_dealing import WordDealing
from state.contact_orders import ContactOrderDict


class Tables(Shared):
    """Makes the tables of a worker."""

    def __init__(self, kernels: Kernels) -> None:
        super().__init__(kernels)
        self._order_room = OrderRoom()
        self._publishing = PublishingRoom()
        self.sum_orders = OrderSums(kernels)
        self.deal_words = WordDealing(kernels)
        self._placing_room = PlacingRoom()

    def messages(self, packed: bytes) -> MessageTable:
        """A table of these messages: a packed map, contact → packed messages."""
        return MessageTable(self, packed)

    def orders(self, packed: bytes, account: str, groups: int) -> OrderTable:
        """A table of these orders of an account: a packed map, order → packed `state.order_state.OrderState`.

        `groups`: how many key groups of contacts there are.
        """
        return OrderTable(self, self._order_room, packed, account, groups)

    def published(self, account: str, packed: bytes) -> PublishedTable:
        """A table of what was published of an account's orders: a packed map, order → packed `PublishedOrder`."""
        return PublishedTable(self, self._publishing, account, packed)

    def orders_at_contacts(self, orders: ContactOrderDict) -> PlacedTable:
        """A table of these orders."""
        return PlacedTable(self, self._placing_room, orders)
