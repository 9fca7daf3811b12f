"""What was published of an order, told as it was: packed or not, and to the twentieth change back."""

from __future__ import annotations

from typing import Final

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from state.attribution import Credit, Decision, Reason
from state.decision_history import CAUSES, CHANGES_KEPT, NO_HISTORY, DecisionChange, DecisionHistory, without_message
from state.events import STATUSES

TOUCHES: Final = st.builds(
    Credit,
    st.sampled_from(("email", "sms")),
    st.just("spring"),
    st.sampled_from(("m1", "m2", "m3")),
    st.just("clicked"),
    st.integers(0, 2),
    st.just("24h"),
)
DECISIONS: Final = st.builds(Decision, st.sampled_from(Reason), st.none() | TOUCHES, st.none() | TOUCHES)
CHANGES: Final = st.lists(
    st.tuples(st.integers(0, 2**63), st.sampled_from(CAUSES), st.sampled_from(STATUSES), DECISIONS, st.booleans()),
    max_size=2 * CHANGES_KEPT,
)
"""Decisions, with their time, cause and status; and whether the order has come from another contact."""


def shorn(change: DecisionChange) -> DecisionChange:
    """Without the ids of messages."""
    credit, expected = (None if one is None else without_message(one) for one in (change.credit, change.expected))
    return msgspec.structs.replace(change, credit=credit, expected=expected)


@given(changes=CHANGES)
def test_the_latest_changes_are_told_as_they_were_each_touch_kept_once(
    changes: list[tuple[int, str, str, Decision, bool]],
) -> None:
    history, model = NO_HISTORY, list[DecisionChange]()
    for at_ms, cause, status, decision, has_moved in changes:
        if has_moved:
            history, model = history.without_messages(), [shorn(change) for change in model]
        history = history.with_decision(at_ms, cause, status, decision)
        change = DecisionChange(at_ms, cause, status, decision.reason, decision.credit, decision.expected)
        if not model or msgspec.structs.replace(model[-1], at_ms=at_ms, cause=cause) != change:
            model = [*model, change][-CHANGES_KEPT:]
        assert history.last_credit() == model[-1].credit
    assert list(history.all()) == model
    named = {one for change in model for one in (change.credit, change.expected)} - {None}
    assert {msgspec.msgpack.decode(touch, type=Credit) for touch in history.touches} == named
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(history), type=DecisionHistory) == history


def test_the_same_decision_again_is_no_change() -> None:
    history = NO_HISTORY.with_decision(1, "order", "DELIVERED", Decision(Reason.NO_ELIGIBLE_TOUCH, None))
    assert history.with_decision(2, "touch", "DELIVERED", Decision(Reason.NO_ELIGIBLE_TOUCH, None)) is history
