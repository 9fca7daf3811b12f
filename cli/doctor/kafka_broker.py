"""Kafka: can it be reached, are the topics there, and do they keep what a run and a new recovery store need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from cli.doctor.finding import Finding, note, refused, right, wrong
from config.errors import Unavailable, UserError
from connectors.kafka.client import RECORD_BYTES_MAX, quiet_config
from connectors.kafka.topics import BrokerUnavailable, TopicNames, topics_there
from state.times import DAY_MS

TIMEOUT_S: Final = 5.0
WEEK_MS: Final = 7 * DAY_MS
"""What is kept shorter does not outlast a stop over a few holidays."""
TOUCHES_MS: Final = 90 * DAY_MS
ORDERS_MS: Final = 400 * DAY_MS
"""As long as facts are decided on (contract §2): a new recovery store is filled from the topics."""
WITHOUT_END: Final = -1

Settings = Mapping[str, str]
"""Of a topic, as the broker tells them; a broker may leave out what is its default."""


class _Wanted(NamedTuple):
    """What a topic is for."""

    role: str
    name: str
    kept_ms: int | None
    """How long its records are wanted; None: that is nobody's need."""
    is_compacted: bool = False
    is_made_by_run: bool = False


def findings(bootstrap: str, names: TopicNames) -> Iterator[Finding]:
    """What there is to say of the cluster at `bootstrap` and of the topics of `names`."""
    try:
        there = topics_there(bootstrap, TIMEOUT_S)
    except (UserError, Unavailable) as error:
        yield refused("Kafka", error)
        return
    yield right("Kafka", f"answers at {bootstrap}")
    settings: Mapping[str, Settings] = {}
    try:
        settings = _settings(bootstrap, [wanted.name for wanted in _wanted(names) if wanted.name in there])
    except BrokerUnavailable as error:
        yield note("topic settings", str(error), "look at retention.ms and cleanup.policy of the topics yourself")
    for wanted in _wanted(names):
        yield topic(wanted, bootstrap, there.get(wanted.name), settings.get(wanted.name, {}))


def topic(wanted: _Wanted, bootstrap: str, partitions: int | None, settings: Settings) -> Finding:
    """`partitions`: None where the topic is not there."""
    check = f"topic {wanted.name}"
    if partitions is None:
        return _missing(wanted, check, bootstrap)
    found = f"{partitions} partition{'s' if partitions != 1 else ''}"
    if wanted.is_compacted:
        return _compacted(check, wanted.name, found, settings, bootstrap)
    longest = settings.get("max.message.bytes")
    retention = _kept(check, wanted, found, settings, bootstrap)
    if retention.verdict == "right" and longest is not None and int(longest) < RECORD_BYTES_MAX:
        return note(
            check,
            f"{retention.found}; takes records of {int(longest):,} bytes at most",
            _alter(bootstrap, wanted.name, f"max.message.bytes={RECORD_BYTES_MAX}") + " takes the longest events",
        )
    return retention


def _wanted(names: TopicNames) -> tuple[_Wanted, ...]:
    return (
        _Wanted("touches", names.touches, TOUCHES_MS),
        _Wanted("orders", names.orders, ORDERS_MS),
        _Wanted("profiles", names.profiles, WITHOUT_END),
        _Wanted("attributions", names.attributions, None, is_compacted=True, is_made_by_run=True),
        _Wanted("dead letters", names.dead_letters, None, is_made_by_run=True),
        _Wanted("segments", names.segments, None, is_compacted=True, is_made_by_run=True),
    )


def _missing(wanted: _Wanted, check: str, bootstrap: str) -> Finding:
    if wanted.is_made_by_run:
        by = "`lasttouch serve`" if wanted.role == "segments" else "`lasttouch run`"
        return note(check, "is not there yet", f"{by} makes it when it needs it")
    make = f"kafka-topics.sh --bootstrap-server {bootstrap} --create --topic {wanted.name} --partitions 8"
    return wrong(check, "is not there, and a run refuses to start", f"make it: {make}, or by `lasttouch ingest`")


def _compacted(check: str, name: str, found: str, settings: Settings, bootstrap: str) -> Finding:
    policy = settings.get("cleanup.policy")
    if policy is None:
        return note(check, f"{found}; the broker does not tell its cleanup.policy", "it has to be compact")
    if "compact" in policy.split(",") and "delete" not in policy.split(","):
        return right(check, f"{found}, compacted")
    change = _alter(bootstrap, name, "cleanup.policy=compact")
    return wrong(check, f"{found}, cleanup.policy is {policy}: the last record of a key goes after a while", change)


def _kept(check: str, wanted: _Wanted, found: str, settings: Settings, bootstrap: str) -> Finding:
    told = settings.get("retention.ms")
    if wanted.kept_ms is None or (told is None and wanted.kept_ms != WITHOUT_END):
        return right(check, found)
    kept_ms = WITHOUT_END if told is None else int(told)
    bytes_max = int(settings.get("retention.bytes", WITHOUT_END))
    if wanted.kept_ms == WITHOUT_END:
        if told is not None and kept_ms == bytes_max == WITHOUT_END:
            return right(check, f"{found}, kept without end")
        if told is None:
            return note(check, f"{found}; the broker does not tell its retention.ms", "it has to be -1")
        change = _alter(bootstrap, wanted.name, "retention.ms=-1,retention.bytes=-1")
        return wrong(check, f"{found}, {_length(kept_ms, bytes_max)}: addresses and settings get lost", change)
    if bytes_max == WITHOUT_END and (kept_ms == WITHOUT_END or kept_ms >= wanted.kept_ms):
        return right(check, f"{found}, {_length(kept_ms, bytes_max)}")
    change = _alter(bootstrap, wanted.name, f"retention.ms={wanted.kept_ms},retention.bytes=-1")
    if kept_ms != WITHOUT_END and kept_ms < WEEK_MS:
        return wrong(check, f"{found}, {_length(kept_ms, bytes_max)}: a longer stop of the run loses events", change)
    days = wanted.kept_ms // DAY_MS
    return note(
        check,
        f"{found}, {_length(kept_ms, bytes_max)}: a new recovery store would lack the rest of {days} days",
        change,
    )


def _length(kept_ms: int, bytes_max: int) -> str:
    size = "" if bytes_max == WITHOUT_END else f" and {bytes_max:,} bytes a partition"
    if kept_ms == WITHOUT_END:
        return f"kept without end{size}"
    return f"kept for {kept_ms / DAY_MS:.3g} days{size}"


def _alter(bootstrap: str, name: str, settings: str) -> str:
    return f"kafka-configs.sh --bootstrap-server {bootstrap} --alter --topic {name} --add-config {settings}"


def _settings(bootstrap: str, names: list[str]) -> Mapping[str, Settings]:
    """By topic. Raises `BrokerUnavailable` where the broker does not tell them."""
    if not names:
        return {}
    admin = AdminClient(quiet_config(bootstrap, []))
    asked = admin.describe_configs(
        [ConfigResource(ResourceType.TOPIC, name) for name in names], request_timeout=TIMEOUT_S
    )
    try:
        answers = {resource.name: answer.result(TIMEOUT_S) for resource, answer in asked.items()}
    except (KafkaException, TimeoutError) as error:
        raise BrokerUnavailable(
            f"Kafka at {bootstrap} does not tell them: {str(error) or 'no answer in time'}"
        ) from error
    return {
        name: {entry.name: str(entry.value) for entry in entries.values() if entry.value is not None}
        for name, entries in answers.items()
    }
