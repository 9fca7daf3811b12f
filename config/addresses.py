"""The environment variables that say where things are, and what holds without them (contract §7)."""

from __future__ import annotations

from typing import Final

PORT_MAX: Final = 65_535
"""Of any server."""

REDIS_URL: Final = "LASTTOUCH_REDIS_URL"
"""Redis or Valkey, by itself, behind sentinels or as a cluster (`config.redis_url`); flag `--redis-url`."""
REDIS_URL_DEFAULT: Final = "redis://localhost:6379/0"
REDIS_USERNAME: Final = "LASTTOUCH_REDIS_USERNAME"
REDIS_PASSWORD: Final = "LASTTOUCH_REDIS_PASSWORD"  # noqa: S105 - its name
"""Of the ACL user, where the URL has none; no flags, because a process list shows them."""
REDIS_SENTINEL_USERNAME: Final = "LASTTOUCH_REDIS_SENTINEL_USERNAME"
REDIS_SENTINEL_PASSWORD: Final = "LASTTOUCH_REDIS_SENTINEL_PASSWORD"  # noqa: S105 - its name
"""The same of the sentinels."""

KAFKA_BOOTSTRAP_SERVERS: Final = "LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS"
"""host:port of some brokers, comma-separated; flag `--kafka-bootstrap-servers`."""
KAFKA_BOOTSTRAP_SERVERS_DEFAULT: Final = "localhost:9092"

TOPIC_TOUCHES: Final = "LASTTOUCH_TOPIC_TOUCHES"
TOPIC_ORDERS: Final = "LASTTOUCH_TOPIC_ORDERS"
TOPIC_PROFILES: Final = "LASTTOUCH_TOPIC_PROFILES"
TOPIC_ATTRIBUTIONS: Final = "LASTTOUCH_TOPIC_ATTRIBUTIONS"
TOPIC_DEAD_LETTERS: Final = "LASTTOUCH_TOPIC_DEAD_LETTERS"
TOPIC_SEGMENTS: Final = "LASTTOUCH_TOPIC_SEGMENTS"
"""The Kafka topic of each role; flags `--topic-touches` and so on. Without them a topic is called as its role is."""

SETTINGS: Final = "LASTTOUCH_SETTINGS"
"""The accounts' settings, a TOML file; flag `--settings`. Without it the defaults hold for everybody."""

DEAD_LETTERS_MAX: Final = "LASTTOUCH_DEAD_LETTERS_MAX"
ROW_RETENTION_DAYS: Final = "LASTTOUCH_ROW_RETENTION_DAYS"
"""How many days of order rows stay in Redis; flag `--row-retention-days`. Counters stay for good."""
ROW_RETENTION_DAYS_DEFAULT: Final = 400

FORGET_AFTER: Final = "LASTTOUCH_FORGET_AFTER"
"""How long after it was read (wall clock) an event may make older ones too old to be kept; flag `--forget-after`."""
FORGET_AFTER_DEFAULT: Final = "24h"

RECOVERY_DIR: Final = "LASTTOUCH_RECOVERY_DIR"
"""The folder of the recovery store; flag `--recovery-dir`."""
RECOVERY_DIR_DEFAULT: Final = "lasttouch-recovery"
"""Below the current folder."""

PROCESS: Final = "LASTTOUCH_PROCESS"
"""Which process of a cluster of several machines this is, from 0; flag `--process`."""
ADDRESSES: Final = "LASTTOUCH_ADDRESSES"
"""host:port of every process of the cluster, comma-separated, the same for all; flag `--addresses`."""
