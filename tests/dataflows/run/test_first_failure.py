"""Whatever a step raises in a cluster, and in whichever step: the workers' parent learns that very reason."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import msgspec
import pytest

from config.child_process import python_environment
from dataflows.run.causes import Cause, Kind, most_telling
from tests.dataflows.run.failing_cluster import ERRORS, STEPS, WORKERS, report_of
from tests.house.sources import ROOT
from tests.waiting import PATIENCE_S

KINDS = {
    "UserError": Kind.WRONG_INPUT,
    "Fenced": Kind.FENCED,
    "ViewLost": Kind.VIEW_LOST,
    "OffsetLost": Kind.OFFSET_LOST,
    "DeliveryFailed": Kind.DELIVERY_FAILED,
    "BrokerUnavailable": Kind.AWAY,
    "Stopped": Kind.STOPPED,
    "KeyError": Kind.FAILED,
}


CASES = [*(("sink", error.__name__) for error in ERRORS), *((step, "UserError") for step in STEPS if step != "sink")]

Learnt = Callable[[str, str], list[Cause]]
"""What the two workers found out whose step raised that error."""


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    folder = tmp_path_factory.mktemp("causes")
    program = [sys.executable, "-m", "tests.dataflows.run.failing_cluster", str(folder), *map(":".join, CASES)]
    ended = subprocess.run(
        program,
        cwd=ROOT,
        env=python_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=PATIENCE_S,
    )
    assert ended.returncode == 0

    def causes(step: str, error: str) -> list[Cause]:
        reports = [report_of(folder, step, error, index) for index in range(WORKERS)]
        return [msgspec.json.decode(report.read_bytes(), type=Cause) for report in reports if report.exists()]

    return causes


@pytest.mark.parametrize("error", [error.__name__ for error in ERRORS])
def test_every_reason_is_learnt(error: str, learnt: Learnt) -> None:
    cause = most_telling(learnt("sink", error))
    assert cause.kind is KINDS[error]
    assert "the very reason" in cause.text


@pytest.mark.parametrize("step", [step for step in STEPS if step != "sink"])
def test_it_is_learnt_from_every_step(step: str, learnt: Learnt) -> None:
    cause = most_telling(learnt(step, "UserError"))
    assert (cause.kind, cause.text) == (Kind.WRONG_INPUT, "the very reason")


def test_the_other_worker_has_none(learnt: Learnt) -> None:
    assert {cause.kind for cause in learnt("sink", "Fenced")} == {Kind.FENCED, Kind.PEER_DIED}
