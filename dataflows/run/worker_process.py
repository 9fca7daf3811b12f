"""The program of one worker process of a cluster; `dataflows.run.workers` starts it and tells it what to do."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from types import FrameType
from typing import Final

import msgspec

from config.errors import UserError
from config.logs import configure_logs
from config.stopping import StopRequest
from connectors.view.writes import Fenced, ViewLost
from dataflows.run.worker import execute
from dataflows.run.workers import Orders

FAILED_STATUS: Final = 1
ORPHANED_STATUS: Final = 3


def main() -> int:
    """Do what the line on stdin says, and say on stdout why it failed if it did."""
    configure_logs()
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    stop = StopRequest()

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.requested = True

    signal.signal(signal.SIGTERM, handle)
    # Ctrl-C reaches the whole foreground group; the parent says what is to be done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(stop,), name="parent-watch", daemon=True).start()
    try:
        execute(orders.plan, orders.started, stop, index=orders.index, addresses=orders.addresses)
    except UserError as error:
        return _say("user", str(error))
    except Fenced as error:
        return _say("fenced", str(error))
    except ViewLost as error:
        return _say("view lost", str(error))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is told
        return _say("failed", f"{type(error).__name__}: {' '.join(str(error).split())}"[:2_000])
    return 0


def _end_with_parent(stop: StopRequest) -> None:
    """A worker without its parent is watched by nobody and would write beside the next run: it ends at once."""
    while sys.stdin.buffer.read(1):
        pass
    if not stop.requested:
        os._exit(ORPHANED_STATUS)


def _say(kind: str, error: str) -> int:
    sys.stdout.write(json.dumps({"kind": kind, "error": error}) + "\n")
    sys.stdout.flush()
    return FAILED_STATUS


if __name__ == "__main__":
    # What the engine left running must not hold up the end.
    status = main()
    sys.stdout.flush()
    os._exit(status)
