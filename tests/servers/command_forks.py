"""A process that has imported every command and forks one whenever it is asked to: see `tests.servers.commands`.

    python -m tests.servers.command_forks FD        FD: a stream socket, whose other end asks

A request is a line of JSON, `{"words", "folder", "environment", "file_bytes_max": its soft and hard limit}`, with four
descriptors: standard input, output and error of the command, and where to write its exit status (negative: the signal
that ended it). The answer is a line with its process id. When the other end closes, this process ends and
takes with it what still runs: tests that were killed leave nothing behind.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any, Final

from cli.commands import _COMMANDS
from cli.main import main

_REQUEST_BYTES_MAX: Final = 1 << 20
_DESCRIPTORS: Final = 4


def serve(requests: socket.socket) -> list[str]:
    """Fork commands until the other end closes; in a forked process, the words of its command."""
    wakes, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    statuses: dict[int, int] = {}
    while True:
        readable, _, _ = select.select([requests.fileno(), wakes], [], [])
        if wakes in readable:
            os.read(wakes, 4096)
            _report_ended(statuses)
        if requests.fileno() not in readable:
            continue
        asked, descriptors = _receive(requests)
        if asked is None:
            for pid in statuses:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            raise SystemExit(0)
        *standard, status = descriptors
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            requests.close()
            for fd in (wakes, woken, status, *statuses.values()):
                os.close(fd)
            return _become(asked, standard)
        statuses[pid] = status
        for fd in standard:
            os.close(fd)
        requests.sendall(b"%d\n" % pid)


def _become(asked: dict[str, Any], standard: list[int]) -> list[str]:
    os.setpgid(0, 0)
    for number, fd in enumerate(standard):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(asked["folder"])
    resource.setrlimit(resource.RLIMIT_FSIZE, tuple(asked["file_bytes_max"]))
    os.environ.clear()
    os.environ.update(asked["environment"])
    words: list[str] = asked["words"]
    sys.argv[1:] = words
    return words


def _receive(requests: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    line, descriptors, _, _ = socket.recv_fds(requests, _REQUEST_BYTES_MAX, _DESCRIPTORS)
    if not line:
        return None, []
    while not line.endswith(b"\n"):
        line += requests.recv(_REQUEST_BYTES_MAX)
    return json.loads(line), list(descriptors)


def _report_ended(statuses: dict[int, int]) -> None:
    for pid in list(statuses):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            fd = statuses.pop(pid)
            with contextlib.suppress(BrokenPipeError):  # whoever asked has ended
                os.write(fd, b"%d\n" % os.waitstatus_to_exitcode(status))
            os.close(fd)


if __name__ == "__main__":
    for command in _COMMANDS.values():
        importlib.import_module(command.module)
    # A fork copies the locks that other threads hold.
    assert threading.active_count() == len(list(Path("/proc/self/task").iterdir())) == 1
    gc.freeze()
    sys.exit(main(serve(socket.socket(fileno=int(sys.argv[1])))))
