"""Whatever a step raises in a cluster, and in whichever step: the workers' parent learns that very reason."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from config.child_process import python_environment
from connectors.embedded.server_process import free_port
from dataflows.run.causes import Cause, Kind, most_telling
from tests.dataflows.run.failing_cluster import ERRORS, STEPS
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


def causes_of_two_workers(folder: Path, step: str, error: str) -> list[Cause]:
    addresses = ",".join(f"127.0.0.1:{free_port()}" for _ in range(2))
    reports = [folder / f"worker-{index}.json" for index in range(2)]
    program = [sys.executable, "-m", "tests.dataflows.run.failing_cluster"]
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                subprocess.Popen(
                    [*program, str(index), addresses, step, error, str(report)],
                    cwd=ROOT,
                    env=python_environment(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
            for index, report in enumerate(reports)
        ]
        for worker in workers:
            # The worker that fails may abort; what it has found out is not lost by it.
            worker.wait(PATIENCE_S)
    return [msgspec.json.decode(report.read_bytes(), type=Cause) for report in reports if report.exists()]


@pytest.mark.parametrize("error", [error.__name__ for error in ERRORS])
def test_every_reason_is_learnt(error: str, tmp_path: Path) -> None:
    cause = most_telling(causes_of_two_workers(tmp_path, "sink", error))
    assert cause.kind is KINDS[error]
    assert "the very reason" in cause.text


@pytest.mark.parametrize("step", [step for step in STEPS if step != "sink"])
def test_it_is_learnt_from_every_step(step: str, tmp_path: Path) -> None:
    cause = most_telling(causes_of_two_workers(tmp_path, step, "UserError"))
    assert (cause.kind, cause.text) == (Kind.WRONG_INPUT, "the very reason")


def test_the_other_worker_has_none(tmp_path: Path) -> None:
    causes = causes_of_two_workers(tmp_path, "sink", "Fenced")
    assert {cause.kind for cause in causes} == {Kind.FENCED, Kind.PEER_DIED}
