"""Whether the broker answers, which topics it has, and the making of those that are missing."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Final, cast

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from config.addresses import KAFKA_BOOTSTRAP_SERVERS
from config.errors import Unavailable, UserError
from connectors.kafka.client import RECORD_BYTES_MAX, error_of, quiet_config
from connectors.kafka.record_lines import unit_of
from connectors.patience import despite_standstill

_log = structlog.get_logger("kafka")

_REQUEST_TIMEOUT_S: Final = 5.0
_VISIBLE_POLL_S: Final = 0.05
_LATE_S: Final = 1.0
"""The client says that the broker's time is up; by then it has."""
_BROKER_DEFAULT: Final = -1
_NAME: Final = re.compile(r"[a-zA-Z0-9._-]{1,249}")
"""What Kafka takes as the name of a topic; it also refuses `.` and `..`."""
_NAME_SIGNS: Final = "a-z, A-Z, 0-9, dot, underscore and hyphen"
_CLIENT_STATE: Final = re.compile(r" \((after \d+ms )?in state .*\)")

FIRST_OFFSET: Final = 0
"""Of any partition. Who begins here, and not at what the broker tells as the first, misses nothing where it tells too
high a one (`connectors.embedded.servers.EmbeddedKafka`), and is sent on where retention took it."""

_NOT_SUPPORTED: Final = frozenset(
    {
        KafkaError.INVALID_CONFIG,
        KafkaError.INVALID_REQUEST,
        KafkaError.INVALID_REPLICATION_FACTOR,
        KafkaError.POLICY_VIOLATION,
        KafkaError.UNSUPPORTED_VERSION,
        KafkaError.UNKNOWN,
    }
)


class BrokerUnavailable(Unavailable):
    """No Kafka broker answers at the given address."""


class MissingTopic(UserError):
    """A topic that is to be read or written does not exist."""


class TopicRefused(UserError):
    """The broker does not let this client make a topic."""


@dataclass(frozen=True, slots=True)
class TopicNames:
    """The topics of contract §1 and §6, by role; the names can be changed (§7).

    Raises `UserError`, which names the flag, for a name that Kafka does not take and for one that two roles have.
    """

    touches: str = "touches"
    orders: str = "orders"
    profiles: str = "profiles"
    attributions: str = "attributions"
    dead_letters: str = "dead-letters"
    segments: str = "segments"

    def __post_init__(self) -> None:
        roles: dict[str, str] = {}
        for role in fields(self):
            flag, name = topic_flag(role.name), getattr(self, role.name)
            if _NAME.fullmatch(name) is None or name in {".", ".."}:
                raise UserError(f'{flag}: "{name[:300]}" is no name of a Kafka topic; give 1 to 249 of {_NAME_SIGNS}')
            if name in roles:
                raise UserError(f'{flag}: "{name}" is the topic of {roles[name]} already; give each a topic of its own')
            roles[name] = flag

    @property
    def inputs(self) -> tuple[str, str, str]:
        """The topics that events come in by."""
        return (self.touches, self.orders, self.profiles)


def topic_flag(role: str) -> str:
    """The flag for the topic of a role, which is a field of `TopicNames`."""
    return f"--topic-{role.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic as it is to be made: its name, and broker settings that differ from the broker's defaults."""

    name: str
    config: Mapping[str, str] = field(default_factory=dict)


def topic_plans(names: TopicNames, *, with_segments: bool = False) -> tuple[TopicPlan, ...]:
    """How lasttouch wants its topics; that of segments only where it is asked for.

    Profiles are kept without end, and always the last attribution of an order (contract §1, §6.2) and the last
    segment of a contact; touches and orders for as long as the broker keeps things.
    """
    long_records = {"max.message.bytes": str(RECORD_BYTES_MAX)}
    compacted = {"cleanup.policy": "compact"}
    segments = (TopicPlan(names.segments, compacted),) if with_segments else ()
    return (
        TopicPlan(names.touches, long_records),
        TopicPlan(names.orders, long_records),
        TopicPlan(names.profiles, {**long_records, "retention.ms": "-1", "retention.bytes": "-1"}),
        TopicPlan(names.attributions, compacted),
        TopicPlan(names.dead_letters, long_records),
        *segments,
    )


def check_broker(bootstrap: str, timeout_s: float = _REQUEST_TIMEOUT_S) -> None:
    """Return when a broker answers at `bootstrap` within `timeout_s`. Raises `BrokerUnavailable`, one line."""
    topics_there(bootstrap, timeout_s)


def require_topics(bootstrap: str, names: Iterable[str], timeout_s: float = _REQUEST_TIMEOUT_S) -> dict[str, int]:
    """The partition count of each of `names`. Raises `MissingTopic` (names the first and how to make it) and
    `BrokerUnavailable`."""
    wanted = tuple(names)
    there = topics_there(bootstrap, timeout_s)
    for name in wanted:
        if name not in there:
            raise MissingTopic(
                f'Kafka topic "{name}" does not exist at {bootstrap}: make it with '
                f"`kafka-topics.sh --bootstrap-server {bootstrap} --create --topic {name}`, or correct its name"
            )
    return {name: there[name] for name in wanted}


def ensure_topics(
    bootstrap: str, plans: Sequence[TopicPlan], partitions: int = 1, timeout_s: float = _REQUEST_TIMEOUT_S
) -> None:
    """Make those of `plans` that are missing, with `partitions` each, and wait until the broker shows them.

    Topics that exist are left as they are. What a broker does not support of a plan's settings is left out with a
    warning. Raises `BrokerUnavailable` and `TopicRefused`.
    """
    there = topics_there(bootstrap, timeout_s)
    missing = [plan for plan in plans if plan.name not in there]
    if not missing:
        return
    admin = AdminClient(quiet_config(bootstrap, []))
    for plan in missing:
        _create(admin, bootstrap, plan, partitions, timeout_s)
    _await_visible(bootstrap, {plan.name for plan in missing}, timeout_s)


def _create(admin: AdminClient, bootstrap: str, plan: TopicPlan, partitions: int, timeout_s: float) -> None:
    """Make one topic as planned, or as near to it as the broker allows."""
    error = _try_create(admin, NewTopic(plan.name, partitions, _BROKER_DEFAULT, config=dict(plan.config)), timeout_s)
    if error is not None and error.code() in _NOT_SUPPORTED:
        _log.warning("topic_settings_not_supported", topic=plan.name, settings=dict(plan.config), error=error.str())
        error = _try_create(admin, NewTopic(plan.name, partitions, 1), timeout_s)
    if error is None:
        return
    if error.code() in (KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError.REQUEST_TIMED_OUT):
        raise BrokerUnavailable(f"Kafka at {bootstrap} stopped answering: {error.str()}")
    raise TopicRefused(f'Kafka at {bootstrap} does not let topic "{plan.name}" be made: {error.str()}')


def _try_create(admin: AdminClient, topic: NewTopic, timeout_s: float) -> KafkaError | None:
    """None when the topic is there afterwards, whoever made it."""
    [created] = admin.create_topics([topic], request_timeout=timeout_s).values()
    try:
        created.result(timeout_s + _LATE_S)
    except TimeoutError:
        # So where this process stood still.
        return KafkaError(KafkaError._TIMED_OUT)
    except KafkaException as failure:
        error = error_of(failure)
        return None if error.code() == KafkaError.TOPIC_ALREADY_EXISTS else error
    return None


def _await_visible(bootstrap: str, names: set[str], timeout_s: float) -> None:
    """Metadata lags behind creation by a moment."""
    deadline = time.monotonic() + timeout_s
    while hidden := names - topics_there(bootstrap, timeout_s).keys():
        if time.monotonic() > deadline:
            raise BrokerUnavailable(f"Kafka at {bootstrap} made topic {min(hidden)} but does not show it")
        time.sleep(_VISIBLE_POLL_S)


def topics_there(bootstrap: str, timeout_s: float) -> dict[str, int]:
    """Partition counts of all topics.

    All are asked for: a broker with `auto.create.topics.enable` makes a topic that it is asked for by name.
    """
    said: list[KafkaError] = []
    admin = AdminClient(quiet_config(bootstrap, said))
    try:
        metadata = despite_standstill(partial(admin.list_topics, timeout=timeout_s), timeout_s, KafkaException)
    except KafkaException as failure:
        admin.poll(0)  # brings the connection's own words ("Connection refused"), which say more
        words = next((error for error in said if error.code() != KafkaError._ALL_BROKERS_DOWN), error_of(failure))
        raise BrokerUnavailable(
            f"Kafka at {bootstrap} cannot be reached within {timeout_s:g} s: {_reason(words)}; "
            f"start it or correct {KAFKA_BOOTSTRAP_SERVERS}"
        ) from failure
    return {name: len(topic.partitions) for name, topic in metadata.topics.items() if topic.error is None}


def partition_count(client: Consumer, topic: str, timeout_s: float) -> int:
    """How many partitions a topic has, by a client that is there already; 0: there is no such topic.

    Raises `KafkaException`.
    """
    metadata = despite_standstill(partial(client.list_topics, topic, timeout_s), timeout_s, KafkaException)
    found = metadata.topics[topic]
    return len(found.partitions) if found.error is None else 0


def _reason(error: KafkaError) -> str:
    """librdkafka's words without the client's states: "Connect to ipv4#127.0.0.1:1 failed: Connection refused"."""
    return _CLIENT_STATE.sub("", error.str()).split("/bootstrap: ", 1)[-1]


def earliest_spec() -> OffsetSpec:
    """Asks for the first offset that a partition still has."""
    return cast("OffsetSpec", OffsetSpec.earliest())  # type: ignore[no-untyped-call]  # untyped in confluent-kafka


def latest_spec() -> OffsetSpec:
    """Asks for the offset of the record that comes next."""
    return cast("OffsetSpec", OffsetSpec.latest())  # type: ignore[no-untyped-call]  # untyped in confluent-kafka


def end_positions(bootstrap: str, topics: Iterable[str], timeout_s: float = _REQUEST_TIMEOUT_S) -> dict[str, int]:
    """By "topic:partition", the offset of the next record, as the broker tells it (Tansu tells too low a one).

    Raises `MissingTopic` and `BrokerUnavailable`.
    """
    counts = require_topics(bootstrap, topics, timeout_s)
    return despite_standstill(partial(_told_ends, bootstrap, counts, timeout_s), timeout_s, BrokerUnavailable)


def _told_ends(bootstrap: str, counts: Mapping[str, int], timeout_s: float) -> dict[str, int]:
    """`end_positions` of topics with so many partitions. Raises `BrokerUnavailable`."""
    latest = {TopicPartition(topic, n): latest_spec() for topic, count in counts.items() for n in range(count)}
    # Kept: answers never come once their client is collected.
    admin = AdminClient(quiet_config(bootstrap, []))
    asked = admin.list_offsets(latest, request_timeout=timeout_s)
    try:
        return {unit_of(tp.topic, tp.partition): int(answer.result(timeout_s).offset) for tp, answer in asked.items()}
    except (KafkaException, TimeoutError) as error:
        reason = str(error) or "no answer in time"
        raise BrokerUnavailable(f"no Kafka broker answers at {bootstrap}: {reason}") from error
