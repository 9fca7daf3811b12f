"""How far a worker has read by the times at which records were written, and whom it waits for."""

from __future__ import annotations

from connectors.kafka.watermark import EVER, SILENT_S_MAX, Watermark


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_what_is_read_least_far_says_how_far_it_is() -> None:
    watermark = Watermark()
    assert watermark.value_ms() == EVER
    watermark.begin("touches:0")
    watermark.begin("touches:1")
    assert watermark.value_ms() == 0
    watermark.read("touches:0", 2_000)
    assert watermark.value_ms() == 0
    watermark.read("touches:1", 1_000)
    assert watermark.value_ms() == 1_000
    watermark.read("touches:1", 3_000)
    assert watermark.value_ms() == 2_000


def test_a_record_that_was_written_earlier_than_the_one_before_takes_nothing_back() -> None:
    watermark = Watermark()
    watermark.read("touches:0", 2_000)
    watermark.read("touches:0", 1_000)
    assert watermark.value_ms() == 2_000


def test_a_partition_at_its_end_is_not_waited_for_until_it_brings_more() -> None:
    watermark = Watermark()
    watermark.read("touches:0", 1_000)
    watermark.read("touches:1", 5_000)
    watermark.ended(["touches:0", "never begun"])
    assert watermark.value_ms() == 5_000
    watermark.read("touches:0", 2_000)
    assert watermark.value_ms() == 2_000


def test_a_partition_whose_records_say_no_time_is_not_waited_for() -> None:
    watermark = Watermark()
    watermark.read("touches:0", -1)
    assert watermark.value_ms() == EVER


def test_a_partition_that_brings_nothing_for_a_second_is_not_waited_for_until_it_brings_something() -> None:
    clock = Clock()
    watermark = Watermark(clock)
    watermark.begin("touches:0")
    watermark.read_nothing("touches:0")
    clock.now_s += SILENT_S_MAX
    watermark.read_nothing("touches:0")
    assert watermark.value_ms() == 0
    clock.now_s += 0.01
    watermark.read_nothing("touches:0")
    assert watermark.value_ms() == EVER
    watermark.read_nothing("touches:0")
    assert watermark.value_ms() == EVER
    watermark.read("touches:0", 1_000)
    assert watermark.value_ms() == 1_000


def test_a_worker_that_is_busy_for_long_has_not_found_anything_silent() -> None:
    clock = Clock()
    watermark = Watermark(clock)
    watermark.read("touches:0", 1_000)
    clock.now_s += 10 * SILENT_S_MAX
    watermark.read_nothing("touches:0")
    assert watermark.value_ms() == 1_000
    clock.now_s += 10 * SILENT_S_MAX
    watermark.read("touches:0", 2_000)
    watermark.read_nothing("touches:0")
    assert watermark.value_ms() == 2_000
