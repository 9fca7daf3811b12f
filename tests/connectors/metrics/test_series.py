"""Series as a scrape shows them: counters from 0 on, cumulative histograms, no series twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest

from config import metric_names as names
from config.metric_names import Kind, Metric
from connectors.metrics.series import Counts, Histogram, gauge, registry
from connectors.metrics.stream import READ_TIMES_MAX, StreamMetrics, add_read_times
from tests.connectors.metrics.scraped import Series, parsed, series

SECONDS = Metric("waited_seconds", Kind.HISTOGRAM, "How long.", buckets=(0.1, 1.0))


def shown(*counted: Counts | Histogram) -> dict[Series, float]:
    return parsed(generate_latest(registry(lambda: [one.family() for one in counted])).decode())


def test_a_counter_begins_at_0_with_every_series_that_is_known_beforehand() -> None:
    reasons = Counts(names.DECISIONS)
    reasons.add("last_touch")
    reasons.add_all({"last_touch": 2, "not_delivered": 4})
    found = shown(reasons, Counts(names.EPOCHS))
    assert found[series("lasttouch_decisions_total", reason="last_touch")] == 3
    assert found[series("lasttouch_decisions_total", reason="sales_hidden")] == 0
    assert found[series("lasttouch_epochs_total")] == 0


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0]), st.integers(1, 5)), max_size=20))
def test_a_histogram_counts_what_was_at_most_each_bound(observed: list[tuple[float, int]]) -> None:
    waited = Histogram(SECONDS)
    for value, times in observed:
        waited.observe(value, times=times)
    found = shown(waited)
    for bound in (0.1, 1.0, float("inf")):
        at_most = sum(times for value, times in observed if value <= bound)
        text = "+Inf" if bound == float("inf") else str(bound)
        assert found[series("waited_seconds_bucket", le=text)] == at_most
    assert found[series("waited_seconds_count")] == sum(times for _, times in observed)
    assert found[series("waited_seconds_sum")] == pytest.approx(sum(value * times for value, times in observed))


def test_any_text_of_a_label_comes_out_as_it_went_in() -> None:
    account = 'a "shop"\\of\nours'
    text = generate_latest(registry(lambda: [gauge(names.AS_OF, {(account,): 1.5})])).decode()
    assert parsed(text) == {series("lasttouch_as_of_timestamp_seconds", account=account): 1.5}


@given(st.lists(st.dictionaries(st.integers(1, 3 * READ_TIMES_MAX), st.integers(1, 9), max_size=40), max_size=40))
def test_times_of_reading_are_bounded_and_no_event_is_lost(batches: list[dict[int, int]]) -> None:
    known: dict[int, int] = {}
    for batch in batches:
        add_read_times(known, batch)
        assert len(known) <= READ_TIMES_MAX
    assert sum(known.values()) == sum(sum(batch.values()) for batch in batches)


def test_more_times_of_reading_than_are_kept_apart_are_taken_for_the_oldest() -> None:
    known = dict.fromkeys(range(5, 5 + READ_TIMES_MAX), 1)
    add_read_times(known, {2: 3})
    assert known == {2: READ_TIMES_MAX + 3}


def test_the_snapshots_of_an_epoch_are_one_observation_and_another_start_holds_nothing_of_the_one_before() -> None:
    stream = StreamMetrics()
    stream.epoch_closes()
    stream.snapshotted(1, {}, 0.2)
    stream.snapshotted(2, {}, 0.3)
    stream.epoch_closes()
    found = parsed(generate_latest(registry(stream.families)).decode())
    assert found[series("lasttouch_epochs_total")] == 2
    assert found[series("lasttouch_snapshot_seconds_sum")] == pytest.approx(0.5)
    assert found[series("lasttouch_snapshot_seconds_bucket", le="0.25")] == 1
