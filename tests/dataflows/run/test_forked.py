"""A forked worker hears of a request to end from its first instruction on, and not only once it knows what to do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from config.child_process import python_environment
from dataflows.run.worker_process import ORPHANED_STATUS
from tests.house.sources import ROOT

# Of its own, for only a process without threads forks workers. One that is never told what to do is an orphan.
PROGRAM = """
import os, signal
from dataflows.run.forked import blank_workers

with blank_workers(1) as [blank]:
    os.kill(blank.process.pid, signal.{number})
    blank.process.stdin.close()
    print(blank.process.wait())
"""


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_a_signal_that_comes_before_it_knows_what_to_do_does_not_end_it(number: str) -> None:
    command = [sys.executable, "-c", PROGRAM.format(number=number)]
    ended = subprocess.run(command, cwd=ROOT, env=python_environment(), capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == (f"{ORPHANED_STATUS}\n", "")
