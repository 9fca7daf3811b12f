"""Questions take what time the stream leaves, and of a busy worker's a small share."""

from __future__ import annotations

from connectors.questions.allowance import SAVED_S_MAX, SHARE, Allowance

WAKE_S = 0.01
COST_S = 0.002
BATCH_S = 0.2
"""What a busy worker does between two looks at the questions."""


def answered(seconds: float, busy_s: float) -> float:
    """How much time a flood of questions takes of a worker whose every turn has so much else to do."""
    now_s = spent_s = 0.0
    allowance = Allowance(now_s)
    while now_s < seconds:
        allowance.wakes_at(now_s + WAKE_S)
        now_s += max(busy_s, WAKE_S)
        if allowance.allows(now_s):
            for _ in range(16):
                allowance.spend(COST_S)
                spent_s += COST_S
                now_s += COST_S
    return spent_s / seconds


def test_a_busy_worker_gives_a_small_share() -> None:
    assert 0 < answered(60, BATCH_S) < SHARE * 1.1 + SAVED_S_MAX / 60


def test_a_worker_with_nothing_else_to_do_answers_what_it_is_asked() -> None:
    assert answered(60, 0.0) > 0.5


def test_a_worker_whose_events_wait_for_the_answers_is_busy() -> None:
    allowance = Allowance(0.0)
    allowance.allows(0.0)
    allowance.spend(1.0)
    allowance.wakes_at(1.01)
    assert not allowance.allows(1.01, events_wait=True)
    allowance.wakes_at(1.02)
    assert allowance.allows(1.02)


def test_what_was_answered_in_idle_times_is_no_debt() -> None:
    allowance = Allowance(0.0)
    allowance.allows(0.0)
    allowance.spend(30.0)
    allowance.wakes_at(30.01)
    assert allowance.allows(30.01)
    allowance.wakes_at(30.02)
    assert allowance.allows(30.3)


def test_one_long_answer_is_made_up_for() -> None:
    allowance = Allowance(0.0)
    allowance.wakes_at(0.01)
    assert allowance.allows(0.2)
    allowance.spend(1.0)
    waited = []
    for turn in range(1, 200):
        allowance.wakes_at(turn * BATCH_S)
        waited.append(allowance.allows(1.2 + turn * BATCH_S))
    assert waited.index(True) * BATCH_S > 1.0 / SHARE * 0.8
