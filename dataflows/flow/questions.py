"""Questions on their way through the stages, and their answers out of the flow (`state.inquiries`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol, TypeVar

import structlog

from connectors.questions.allowance import Allowance
from state.inquiries import Inquiry, Stop
from state.key_groups import GROUP_KEYS

_LOG: Final = structlog.get_logger()
Group = TypeVar("Group")
Routed = list[tuple[str, Any]]


class _StageOutput(Protocol):
    """What a key group of a stage emits."""

    inquiries: list[Inquiry]


class Answering:
    """What the stages of a worker do with questions: answer, and count what that costs."""

    def __init__(self, allowance: Allowance | None = None) -> None:
        """`allowance`: of the worker; None: nobody counts."""
        self._allowance = allowance

    def at(self, step: Callable[[Group, Inquiry], Inquiry], group: Group, inquiry: Inquiry) -> list[Inquiry]:
        """What `step` makes of a question; nothing where it fails, and its asker waits in vain."""
        began = time.perf_counter()
        try:
            return [step(group, inquiry)]
        except Exception:  # noqa: BLE001 - no question ends a run
            _LOG.exception("a question is not answered", kind=type(inquiry.question).__name__)
            return []
        finally:
            if self._allowance is not None:
                self._allowance.spend(time.perf_counter() - began)


def to_stage(stop: Stop, items: Iterable[Inquiry]) -> Routed:
    """Those questions that go to a stage, to their key groups."""
    return [(GROUP_KEYS[item.group], item) for item in items if item.stop is stop]


def questions_to(stop: Stop, items: Iterable[tuple[str, _StageOutput]]) -> Routed:
    """The questions that a stage hands on to another, behind whatever else it emits to that stage."""
    return [routed for _, output in items for routed in to_stage(stop, output.inquiries)]


def answered(items: Iterable[tuple[str, _StageOutput]]) -> list[Inquiry]:
    """The questions that a stage has answered."""
    return [item for _, output in items for item in output.inquiries if item.stop is Stop.ASKER]
