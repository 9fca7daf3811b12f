"""docs/metrics.md is what the module of names says, and the names are those that rules are written for."""

from __future__ import annotations

from typing import Final

from config import metric_names as names
from config.metrics_page import metrics_page
from tests.house.sources import ROOT

LABELS: Final = {
    "lasttouch_events_total": ("type",),
    "lasttouch_dead_letters_total": ("reason",),
    "lasttouch_decisions_total": ("reason",),
    "lasttouch_corrections_total": ("cause",),
    "lasttouch_pushed_out_total": ("kind",),
    "lasttouch_latency_seconds": (),
    "lasttouch_kafka_lag_records": ("topic",),
    "lasttouch_state_entries": ("kind",),
    "lasttouch_state_bytes": ("kind",),
    "lasttouch_snapshot_seconds": (),
    "lasttouch_epochs_total": (),
    "lasttouch_recovery_store_bytes": (),
    "lasttouch_redis_write_seconds": (),
    "lasttouch_redis_keys_written_total": (),
    "lasttouch_redis_backlog_keys": (),
    "lasttouch_redis_errors_total": (),
    "lasttouch_catching_up": (),
    "lasttouch_run_info": ("version", "run", "mode", "workers"),
    "lasttouch_restarts_total": (),
    "lasttouch_orders": ("account", "status", "currency"),
    "lasttouch_order_amount": ("account", "status", "currency"),
    "lasttouch_purchases": ("account", "channel", "currency"),
    "lasttouch_revenue": ("account", "channel", "currency"),
    "lasttouch_expected_purchases": ("account", "channel", "currency"),
    "lasttouch_expected_revenue": ("account", "channel", "currency"),
    "lasttouch_refunded_amount": ("account", "currency"),
    "lasttouch_unknown_contact_orders": ("account", "currency"),
    "lasttouch_messages": ("account", "channel", "event"),
    "lasttouch_campaign_revenue": ("account", "channel", "campaign", "currency"),
    "lasttouch_as_of_timestamp_seconds": ("account",),
    "lasttouch_account_catching_up": ("account",),
    "lasttouch_http_requests_total": ("route", "code"),
    "lasttouch_http_request_seconds": ("route", "code"),
    "lasttouch_intake_events_total": ("source", "result"),
    "lasttouch_live_readers": (),
}


def test_the_names_and_labels_are_those_that_are_promised() -> None:
    metrics = (*names.STREAM, *names.SUPERVISOR, *names.MONEY, *names.SERVER)
    assert {metric.name: metric.labels for metric in metrics} == LABELS


def test_the_page_is_made_from_the_module() -> None:
    """`python -m config.metrics_page > docs/metrics.md` makes it anew."""
    assert (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8") == metrics_page()
