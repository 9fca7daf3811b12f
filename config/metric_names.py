"""Every metric of lasttouch: its name, labels and meaning. docs/metrics.md is made from this module.

Base units: seconds, bytes, major units of a currency. No label holds a contact, an order, a message or free text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, get_args

from state.bad_events import Code
from state.events import STATUSES
from state.settings import EVENTS


class Kind(StrEnum):
    """Prometheus's types."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of labels whose values are known beforehand. A counter with no other labels has all its series from the start."""
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram, but for +Inf."""

    @property
    def base_name(self) -> str:
        """The name without the `_total` of a counter."""
        return self.name.removesuffix("_total") if self.kind is Kind.COUNTER else self.name


OTHER_ACCOUNTS: Final = "(other)"
"""The account that those without series of their own are summed up as."""
UNATTRIBUTED_CHANNEL: Final = "(unattributed)"
"""The channel of what nobody earned."""
UNKNOWN_ROUTE: Final = "(unknown)"
"""The route of a request that no route answers."""

EVENT_TYPES: Final = ("touch", "order", "contact", "campaign", "settings", "erase")
REFUSALS: Final[tuple[str, ...]] = get_args(Code)
REASONS: Final = ("contact_unknown", "not_delivered", "sales_hidden", "no_eligible_touch", "last_touch")
CAUSES: Final = ("order", "touch", "settings", "identity", "erasure")
PUSHED_OUT: Final = ("message", "time", "touch", "order")
STATE_KINDS: Final = ("contacts", "messages", "orders", "addresses")
INTAKE_RESULTS: Final = ("accepted", "ignored", "rejected")

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LATENCY_S: Final = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
_LONG_S: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

# The stream: served by each worker.

EVENTS_READ: Final = Metric(
    "lasttouch_events_total",
    Kind.COUNTER,
    "Events read that fit, by type.",
    ("type",),
    {"type": EVENT_TYPES},
)
DEAD_LETTERS: Final = Metric(
    "lasttouch_dead_letters_total",
    Kind.COUNTER,
    "Events that went to the dead letters, by the code of what was wrong with them.",
    ("reason",),
    {"reason": REFUSALS},
)
DECISIONS: Final = Metric(
    "lasttouch_decisions_total",
    Kind.COUNTER,
    "Decisions of orders published, by their reason.",
    ("reason",),
    {"reason": REASONS},
)
CORRECTIONS: Final = Metric(
    "lasttouch_corrections_total",
    Kind.COUNTER,
    "Credits taken back or moved to another touch, by what changed.",
    ("cause",),
    {"cause": CAUSES},
)
PUSHED_OUT_FACTS: Final = Metric(
    "lasttouch_pushed_out_total",
    Kind.COUNTER,
    "What a bound pushed out of the state: a message or a time of a contact that has too many, a message whose touches"
    " (touch) or an order that (order) grew too old.",
    ("kind",),
    {"kind": PUSHED_OUT},
)
LATENCY: Final = Metric(
    "lasttouch_latency_seconds",
    Kind.HISTOGRAM,
    "From the reading of an event to the moment Redis shows its counter; what is held back while catching up is not"
    " among them.",
    buckets=_LATENCY_S,
)
KAFKA_LAG: Final = Metric(
    "lasttouch_kafka_lag_records",
    Kind.GAUGE,
    "Records not read yet, in all partitions of this worker.",
    ("topic",),
)
STATE_ENTRIES: Final = Metric(
    "lasttouch_state_entries",
    Kind.GAUGE,
    "What the state of this worker holds, as of its last snapshot.",
    ("kind",),
    {"kind": STATE_KINDS},
)
STATE_BYTES: Final = Metric(
    "lasttouch_state_bytes",
    Kind.GAUGE,
    "Packed size of what the state of this worker holds, as of its last snapshot, compressed as it is stored.",
    ("kind",),
    {"kind": STATE_KINDS},
)
SNAPSHOT_SECONDS: Final = Metric(
    "lasttouch_snapshot_seconds",
    Kind.HISTOGRAM,
    "How long the snapshots of an epoch held up this worker.",
    buckets=_LONG_S,
)
EPOCHS: Final = Metric(
    "lasttouch_epochs_total",
    Kind.COUNTER,
    "Epochs that this worker has completed.",
)
RECOVERY_STORE_BYTES: Final = Metric(
    "lasttouch_recovery_store_bytes",
    Kind.GAUGE,
    "Size of the recovery store's files on disk; those of one folder are shared out among its workers.",
)
REDIS_WRITE_SECONDS: Final = Metric(
    "lasttouch_redis_write_seconds",
    Kind.HISTOGRAM,
    "How long Redis took for a write; those that failed are not among them.",
    buckets=_SECONDS,
)
REDIS_KEYS_WRITTEN: Final = Metric(
    "lasttouch_redis_keys_written_total",
    Kind.COUNTER,
    "Fields, members and rows written to Redis.",
)
REDIS_BACKLOG: Final = Metric(
    "lasttouch_redis_backlog_keys",
    Kind.GAUGE,
    "Fields, members and rows that wait to be written to Redis; what is held back while catching up is not among them.",
)
REDIS_ERRORS: Final = Metric(
    "lasttouch_redis_errors_total",
    Kind.COUNTER,
    "Calls of Redis that failed, each of those that are tried again.",
)
CATCHING_UP: Final = Metric(
    "lasttouch_catching_up",
    Kind.GAUGE,
    "1 while a restart or an import is under way, else 0.",
)
RUN_INFO: Final = Metric(
    "lasttouch_run_info",
    Kind.GAUGE,
    "1; its labels say what runs: the version, the number of the run, what the view is to it, and how many workers.",
    ("version", "run", "mode", "workers"),
)

# The supervisor.

RESTARTS: Final = Metric(
    "lasttouch_restarts_total",
    Kind.COUNTER,
    "How often the workers were started again after a failure.",
)

# The money: read from the view by `lasttouch serve`, over all days. Absent until the view is whole.

ORDERS: Final = Metric(
    "lasttouch_orders",
    Kind.GAUGE,
    "Orders in each status.",
    ("account", "status", "currency"),
    {"status": STATUSES},
)
ORDER_AMOUNT: Final = Metric(
    "lasttouch_order_amount",
    Kind.GAUGE,
    "Amount of the orders in each status, in major units.",
    ("account", "status", "currency"),
    {"status": STATUSES},
)
PURCHASES: Final = Metric(
    "lasttouch_purchases",
    Kind.GAUGE,
    "Delivered orders credited to each channel; (unattributed): to none. Their sum is the delivered orders.",
    ("account", "channel", "currency"),
)
REVENUE: Final = Metric(
    "lasttouch_revenue",
    Kind.GAUGE,
    "Amount of the delivered orders credited to each channel, in major units; (unattributed): to none.",
    ("account", "channel", "currency"),
)
EXPECTED_PURCHASES: Final = Metric(
    "lasttouch_expected_purchases",
    Kind.GAUGE,
    "Orders on their way that each channel would be credited with if they were delivered; (unattributed): none.",
    ("account", "channel", "currency"),
)
EXPECTED_REVENUE: Final = Metric(
    "lasttouch_expected_revenue",
    Kind.GAUGE,
    "Amount of the orders on their way, in major units, by the channel that would be credited; (unattributed): none.",
    ("account", "channel", "currency"),
)
REFUNDED_AMOUNT: Final = Metric(
    "lasttouch_refunded_amount",
    Kind.GAUGE,
    "Amount given back, in major units; it is taken off nothing.",
    ("account", "currency"),
)
UNKNOWN_CONTACT_ORDERS: Final = Metric(
    "lasttouch_unknown_contact_orders",
    Kind.GAUGE,
    "Orders of any status that belong to no contact yet.",
    ("account", "currency"),
)
MESSAGES: Final = Metric(
    "lasttouch_messages",
    Kind.GAUGE,
    "Messages that were sent, delivered, opened and clicked.",
    ("account", "channel", "event"),
    {"event": EVENTS},
)
CAMPAIGN_REVENUE: Final = Metric(
    "lasttouch_campaign_revenue",
    Kind.GAUGE,
    "Amount credited to those campaigns that earn most on the account's day, in major units, over all days. Off unless"
    " LASTTOUCH_METRICS_CAMPAIGNS says how many.",
    ("account", "channel", "campaign", "currency"),
)
AS_OF: Final = Metric(
    "lasttouch_as_of_timestamp_seconds",
    Kind.GAUGE,
    "Event time of the newest event counted, in seconds since 1970-01-01T00:00Z.",
    ("account",),
)
ACCOUNT_CATCHING_UP: Final = Metric(
    "lasttouch_account_catching_up",
    Kind.GAUGE,
    "1 while a restart or an import is under way, so that the money of the account is not up to date, else 0.",
    ("account",),
)

# The server itself.

HTTP_REQUESTS: Final = Metric(
    "lasttouch_http_requests_total",
    Kind.COUNTER,
    "Requests answered, by route and status code.",
    ("route", "code"),
)
HTTP_REQUEST_SECONDS: Final = Metric(
    "lasttouch_http_request_seconds",
    Kind.HISTOGRAM,
    "How long answers took, to their last byte; the streams of /v1/live are not among them.",
    ("route", "code"),
    buckets=_SECONDS,
)
INTAKE_EVENTS: Final = Metric(
    "lasttouch_intake_events_total",
    Kind.COUNTER,
    "Elements of requests that other systems sent, by what came of them.",
    ("source", "result"),
    {"result": INTAKE_RESULTS},
)
LIVE_READERS: Final = Metric(
    "lasttouch_live_readers",
    Kind.GAUGE,
    "Readers connected to /v1/live.",
)

STREAM: Final = (
    EVENTS_READ,
    DEAD_LETTERS,
    DECISIONS,
    CORRECTIONS,
    PUSHED_OUT_FACTS,
    LATENCY,
    KAFKA_LAG,
    STATE_ENTRIES,
    STATE_BYTES,
    SNAPSHOT_SECONDS,
    EPOCHS,
    RECOVERY_STORE_BYTES,
    REDIS_WRITE_SECONDS,
    REDIS_KEYS_WRITTEN,
    REDIS_BACKLOG,
    REDIS_ERRORS,
    CATCHING_UP,
    RUN_INFO,
)
"""Of each worker."""
SUPERVISOR: Final = (RESTARTS,)
MONEY: Final = (
    ORDERS,
    ORDER_AMOUNT,
    PURCHASES,
    REVENUE,
    EXPECTED_PURCHASES,
    EXPECTED_REVENUE,
    REFUNDED_AMOUNT,
    UNKNOWN_CONTACT_ORDERS,
    MESSAGES,
    CAMPAIGN_REVENUE,
    AS_OF,
    ACCOUNT_CATCHING_UP,
)
SERVER: Final = (HTTP_REQUESTS, HTTP_REQUEST_SECONDS, INTAKE_EVENTS, LIVE_READERS)
