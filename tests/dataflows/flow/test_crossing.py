"""What crosses to another worker arrives as it was sent."""

from __future__ import annotations

import pickle
from typing import Final

import msgspec
import pytest

from dataflows.flow.crossing import OrderEvents, OrderMessages, Outcomes, PackedMessages, PackedOutcomes
from state.attribution import Credit, Decision, Reason
from state.changes import Assigned, Forgotten, Heard, Outcome, Withdrawn
from state.events import Order
from state.order_batches import OrderBatch, OrderReceived, pack_order_batch
from state.packed_words import pack_list

TIME: Final = 1_740_830_400_000
ORDER: Final = Order("acme", "o1", "ann", "DELIVERED", 4_990, "EUR", TIME, TIME, 100, "ann@example.com", items="[]")
NOBODYS: Final = Order("acme", "o2", None, "CANCELLED", 0, "JPY", -TIME, TIME)
CREDIT: Final = Credit("email", "spring \x1f", "m1", "clicked", TIME, "24h", automated=True, tags=("vip", "ціна"))


@pytest.mark.parametrize(
    "sent",
    [
        OrderEvents(),
        OrderEvents(
            [
                pack_order_batch(OrderBatch("acme", "orders", 3, 5, [OrderReceived(ORDER, b"{\xff", 7)])),
                b"of another account",
            ]
        ),
        OrderMessages(
            [
                Assigned("ann", 7, TIME, "order", ORDER, resend=True, read_ms=TIME),
                Assigned(None, 7, TIME, "identity", NOBODYS),
                Withdrawn("acme", "ann", 7, "o1"),
                Withdrawn("acme", None, 8, "o2"),
                Forgotten("acme", None, 8, "o2"),
                Heard("acme", 9, TIME),
            ]
        ),
        Outcomes(
            [
                Outcome(TIME, ORDER, Decision(Reason.LAST_TOUCH, CREDIT), 739_311, 12, "touch", read_ms=TIME),
                Outcome(1, NOBODYS, Decision("contact_unknown", None), 739_311, 0, publishes_record=False),
                Outcome(2, ORDER, Decision("not_delivered", None, CREDIT), 739_311, 23),
                Forgotten("acme", "ann", 7, "o1"),
            ]
        ),
    ],
)
def test_it_arrives_as_it_was_sent(sent: OrderEvents | OrderMessages | Outcomes) -> None:
    there = pickle.loads(pickle.dumps(sent))
    assert type(there) is type(sent)
    assert there == sent


def test_words_that_are_packed_arrive_as_they_are() -> None:
    words = pack_list([msgspec.msgpack.encode(Assigned("ann", 7, TIME, "order", ORDER))])
    for sent in (PackedMessages(words), PackedOutcomes(words)):
        there = pickle.loads(pickle.dumps(sent))
        assert (type(there), there) == (type(sent), words)
