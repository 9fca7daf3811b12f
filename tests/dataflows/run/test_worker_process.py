"""What a worker process says on stderr: nothing that the engine's threads panic of when its run is over."""

from __future__ import annotations

import subprocess
import sys

import pytest

from config.child_process import python_environment
from tests.house.sources import ROOT

# A thread of the engine that panics after the end of a cluster, as those do whose peers are gone.
PROGRAM = """
import threading
from contextlib import suppress

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, cluster_main, run_main

from tests.servers.ports import own_port
from dataflows.run.worker_process import leave_out_late_panics


def flow(step):
    made = Dataflow("flow")
    op.output("out", op.map("step", op.input("in", made, TestingSource([1])), step), TestingSink([]))
    return made


def panic():
    with suppress(BaseException):
        run_main(flow(lambda item: item / 0))


{before}
cluster_main(flow(lambda item: item), [f"127.0.0.1:{{own_port()}}"], 0)
thread = threading.Thread(target=panic)
thread.start()
thread.join()
raise ValueError("said by the process itself")
"""


@pytest.mark.parametrize(("before", "panics"), [("leave_out_late_panics()", False), ("", True)], ids=["worker", "else"])
def test_only_what_is_its_own(before: str, panics: bool) -> None:
    program = [sys.executable, "-c", PROGRAM.format(before=before)]
    ended = subprocess.run(program, cwd=ROOT, env=python_environment(), capture_output=True, text=True)
    assert ended.stderr.splitlines()[-1] == "ValueError: said by the process itself"
    assert ("ZeroDivisionError" in ended.stderr) is panics
