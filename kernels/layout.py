"""The arrays that the kernels hand on to each other: their records, field by field, and the room behind a text.

Numbers are all of 64 bits and signed, so that no sum of two of them becomes a fraction. Indexes of inner loops are made
unsigned: of one with a sign, Numba looks at the sign. `..._at` is an offset in bytes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

PLACE_BYTES_MOST: Final = 9
"""Of a number that says where a line stood, packed."""
SLACK: Final = 16
"""Bytes behind a text or a list of places that may be read, and mean nothing: words are read eight bytes at once."""

FIELDS: Final = ("type", "account", "contact", "channel", "event", "campaign", "message", "time", "tags", "automated")
"""The fields of a touch (`state.events.Touch`); a field's number is its place here."""

TOUCH: Final = np.dtype(
    [
        ("line", "i8"),  # which line of the batch, from 0
        ("start", "i8"),  # where its text begins
        ("length", "i8"),  # and how long it is
        ("account_at", "i8"),
        ("account_length", "i8"),
        ("contact_at", "i8"),
        ("contact_length", "i8"),
        ("channel_at", "i8"),
        ("channel_length", "i8"),
        ("campaign_at", "i8"),
        ("campaign_length", "i8"),
        ("message_at", "i8"),
        ("message_length", "i8"),
        ("tags_at", "i8"),  # behind the bracket
        ("tags_length", "i8"),  # up to the other bracket; 0: none
        ("event", "i8"),  # number in `state.settings.EVENTS`
        ("automated", "i8"),  # 0 or 1
        ("time", "i8"),  # ms since the epoch
        ("part", "i8"),  # number of its part; set by `kernels.parts`
    ]
)
"""A usual touch: a line's fields as ranges of the batch's text."""

ORDER_FIELDS: Final = (
    *("type", "account", "order", "contact", "status", "amount", "currency", "ordered_at", "time"),
    *("refunded", "email", "phone", "external_customer_id", "first_name", "last_name"),
)
"""The fields of a usual order event (`state.events.Order`), in the order in which they are packed."""

ORDER_LINE: Final = np.dtype(
    [
        ("line", "i8"),  # which line of the batch, from 0
        ("account_at", "i8"),  # of one that is the same as the line's before, where that one stands
        ("account_length", "i8"),
        ("group", "i8"),  # key group
        ("at", "i8"),  # where its packed event begins
        ("length", "i8"),  # and how many bytes it is
    ]
)
"""A line that is a usual order event."""
ORDER_HEADS_BYTES: Final = 128
"""More than stands before the texts of a packed order event, with its numbers and where it stood."""

RANGE: Final = np.dtype([("at", "i8"), ("length", "i8")])
"""Where the value of a field stands."""

LINE: Final = np.dtype([("line", "i8"), ("start", "i8"), ("length", "i8")])
"""A line that is left to Python: which one of the batch, and its range of the text."""

PART: Final = np.dtype(
    [
        ("account_at", "i8"),
        ("account_length", "i8"),
        ("group", "i8"),  # key group
        ("touches", "i8"),  # how many
        ("first", "i8"),  # where its touches begin in the order of all
        ("contacts", "i8"),  # packed bytes of its contacts, without what heads the column; so the others, too
        ("entries", "i8"),
        ("times", "i8"),
        ("kinds", "i8"),
        ("lines", "i8"),
        ("ats", "i8"),
        ("at", "i8"),  # where its columns begin in the packed bytes of all
        ("length", "i8"),  # how many bytes they are
    ]
)
"""The touches of one account for one key group."""

ORDER_EVENT: Final = np.dtype(
    [
        ("batch_at", "i8"),  # where its batch begins
        ("head_end", "i8"),  # where that of it ends that all its events have in common
        ("read_ms", "i8"),  # of the batch
        ("at", "i8"),  # where it begins, with its line and where that stood
        ("end", "i8"),  # and where it ends
        ("order_at", "i8"),  # where the event itself begins, packed
        ("order_end", "i8"),
        ("id_at", "i8"),  # of the order
        ("id_length", "i8"),
        ("contact_at", "i8"),  # packed
        ("ordered_at", "i8"),  # ms
        ("time_at", "i8"),  # packed
        ("time", "i8"),  # ms
        ("hash", "i8"),  # of the order's id
        ("is_usual", "i8"),  # 0 or 1: a whole event that names a contact and no pseudonym
    ]
)
"""An event of an order; what stands only in whole ones is anything for others."""

SLOT: Final = np.dtype(
    [
        ("hash", "u4"),
        ("at", "u4"),  # where its block begins, in units of `UNIT_BYTES`; 0: there is no id here
        ("length", "u4"),  # of its value; 0: it has none
        ("id_length", "u2"),
        ("block", "u2"),  # class of its block
    ]
)
"""An id of a table (`kernels.id_table`), of a contact for example; small, for there is one of each."""

OUTCOME: Final = np.dtype(
    [
        ("tag", "i8"),  # of `state.changes.Outcome`, or of `Forgotten`, of which only account and order are given
        ("sequence", "i8"),  # where it stands in the text; so the others, too
        ("account", "i8"),
        ("order", "i8"),
        ("contact", "i8"),
        ("status", "i8"),
        ("amount", "i8"),
        ("currency", "i8"),
        ("ordered_at", "i8"),
        ("refunded", "i8"),
        ("email", "i8"),
        ("phone", "i8"),
        ("external_customer_id", "i8"),
        ("first_name", "i8"),
        ("last_name", "i8"),
        ("items", "i8"),
        ("reason", "i8"),
        ("credit", "i8"),
        ("expected", "i8"),
        ("day", "i8"),
        ("hour", "i8"),
        ("cause", "i8"),
        ("publishes_record", "i8"),
        ("read_ms", "i8"),
        ("end", "i8"),
    ]
)
"""Where the values of a packed decision begin, each with what heads it."""

ORDER_SUM: Final = np.dtype(
    [
        ("hash", "i8"),
        ("kind", "i8"),  # where in the text the first `state.ledger.OrderKind` begins that it is of; 0: it is free
        ("orders", "i8"),
        ("amount", "i8"),  # minor units
        ("refunded", "i8"),  # likewise
    ]
)
"""What orders of a kind add up to (`kernels.order_sums`)."""

KIND: Final = np.dtype(
    [
        ("hash", "i8"),
        ("at", "i8"),  # where its packed text begins
        ("count", "i8"),  # of touches
    ]
)
"""A kind of touches (`state.ledger.touch_kind`) that is counted (`kernels.touch_kinds`)."""
KINDS, KIND_BYTES = range(2)
"""Of what is counted so far: how many kinds there are, and bytes of their packed texts."""

UNIT_BYTES: Final = 4
"""Blocks of an arena begin at multiples of this."""
BLOCK_CLASSES: Final = 256
"""More than there are up to the longest that a table can hold."""

SLOTS_FOR_A_FREE_ONE: Final = 5
"""Of so many slots of a table one stays free, so that a search ends soon."""

UNCOUNTED, COUNTED, ELSEWHERE, WITH_CARE, TOO_LATE, MATTERING, TAGS = range(7)
"""What touches became (`kernels.table_touches.add_touches`), and where it is added up in a table's counts; behind it,
how many of them may matter to orders, and how many tags they have."""
UNCHANGED, TAKEN, LEFT, EVENTS, OUT_END = range(5)
"""What events of orders became (`kernels.table_orders.take_orders`), and where it is added up; how many there are, and
where ends what is told of them."""
CLOCK, ARENA_END, USED_BYTES, CLAIMED, IDS, ID_BYTES, MESSAGES, VALUE_BYTES = range(7, 15)
"""Of a table's counts: ms of the newest touch or order event; where the arena's unused end begins; bytes of blocks in
use; slots that are taken; ids with a value, and bytes of these ids; in tables of messages, how many these are; bytes of
all values."""
TABLE_COUNTS: Final = 15

IGNORED, UNSETTLED = 1, -1
"""Whether machines' touches are ignored: always, or it depends on when they were made; 0: they never are."""

TAG: Final = np.dtype(
    [
        ("at", "i8"),  # where it stands in the text
        ("length", "i8"),
        ("time", "i8"),  # ms of the latest touch that has it
    ]
)
"""A tag that touches have."""
TAGS_MOST: Final = 64
"""So many different tags of touches that are added together; a touch that has one more is Python's."""

PUBLISHED, ENTRIES, ENTRIES_END, READINGS, CORRECTIONS, REASONS = 0, 1, 2, 3, 4, 9
"""Of the counts of decisions: how many were published; changes of the ledger, and bytes that they are packed to; how
many times of reading follow each other; from here on, by cause, credits that were taken back or moved, and by reason,
decisions that a record is published of."""
PUBLISHED_COUNTS: Final = 14

RULE: Final = np.dtype(
    [
        ("channel_at", "i8"),  # its name, as it stands in messages
        ("channel_length", "i8"),
        ("human", "i8"),  # the letter of people's touches that connect the channel to a sale
        ("machine", "i8"),  # likewise of machines'; the same where theirs do not count
        ("window_ms", "i8"),
        ("event_at", "i8"),  # packed, as it stands in a credit
        ("event_length", "i8"),
        ("window_at", "i8"),  # likewise
        ("window_length", "i8"),
    ]
)
"""What connects a channel to a sale; what it names stands in a text beside it."""

TO_PYTHON, PLACED, FOREIGN = range(3)
"""What orders became (`kernels.placed_orders.place_orders`): left to Python, placed, or another account's."""
LATEST_ORDER, NEWEST_EVENT, OLDEST_READING, OUTCOME_COUNT, OUTCOME_BYTES = range(5)
"""What placing orders leads to: the latest time of an order, and of an order's event (ms); wall clock of the oldest
reading (ms; 0: of none); how many outcomes there are, and how many bytes."""
PLACING_RESULTS: Final = 5

MARKS: Final = 4_096
"""Once a word of an order was left to Python, a mark by the order's hash leaves those that follow, too: of some dozens
of orders that are left, hardly any is mistaken for another."""

ROW: Final = np.dtype(
    [
        ("at", "i8"),  # where it stands, packed
        ("length", "i8"),
        ("next", "i8"),  # number of the next of its lot; -1: it is the last
    ]
)
"""An order's row on a day, or that it is taken from it."""

LOT: Final = np.dtype(
    [
        ("account_at", "i8"),
        ("account_length", "i8"),
        ("day", "i8"),  # an ordinal
        ("rows", "i8"),  # how many, with those that are taken
        ("taken", "i8"),  # how many of them are taken from the day
        ("first", "i8"),  # number of its first row
        ("last", "i8"),
    ]
)
"""The rows of an account's day."""

ROW_BYTES_MOST: Final = 1_024
"""More than what is made of a decision is long, but for the texts of the decision, each of which is in it five times at
most."""

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]
Record = Any
"""One of them, with the fields of its array."""
