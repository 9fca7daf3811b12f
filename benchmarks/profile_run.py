"""Where the time of a one-worker run goes: `python -m benchmarks.profile_run [--events 1000000] [--how calls]`.

The run is in this process, with recovery on, into an embedded Valkey. `samples` looks at the stack some hundred times
a second and slows nothing; a look waits for the interpreter's lock, so what long native calls cost shows at the line
after them. `calls` is cProfile: it counts calls, and makes short functions look dearer than they are.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from benchmarks.event_file import write_event_file
from benchmarks.lasttouch_runs import EPOCH_S
from benchmarks.programs import ROOT
from config.logs import configure_logs
from connectors.embedded.servers import EmbeddedValkey
from dataflows.run.plan import Plan
from dataflows.run.runner import run
from dataflows.run.worker import execute

_EVERY_S: Final = 0.004
_ROWS: Final = 35
_ENGINE_CALLER: Final = f"dataflows/run/worker.py:{execute.__qualname__}"
"""Found at work by itself when no Python is: Bytewax's native code runs, or its recovery store writes."""


class Samples:
    """How often each function was found at work, and how often it or something below it."""

    def __init__(self) -> None:
        self.total = 0
        self.own: Counter[str] = Counter()
        self.with_callees: Counter[str] = Counter()

    def add(self, frame: FrameType | None) -> None:
        """Count one stack, given by its innermost frame."""
        names = [_name(each) for each in _stack(frame)]
        if not names:
            return
        self.total += 1
        self.own[names[0]] += 1
        self.with_callees.update(set(names))

    def print(self) -> None:
        """Both lists, the dearest first."""
        for title, counts in (("by themselves", self.own), ("with what they call", self.with_callees)):
            print(f"\n{'share':>7}  functions {title} ({self.total} samples)")
            for name, count in counts.most_common(_ROWS):
                print(f"{100 * count / self.total:6.1f}%  {name}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and print where the time went."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_run", description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="how many events (default: %(default)s)")
    parser.add_argument("--how", choices=("samples", "calls"), default="samples", help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    configure_logs()
    with tempfile.TemporaryDirectory() as folder, EmbeddedValkey() as valkey:
        events_file = Path(folder) / "events.jsonl"
        write_event_file(events_file, options.events, max(1, options.events // 10), 1, lambda _written: None)
        plan = Plan(
            files=(str(events_file),),
            redis_url=valkey.url,
            kafka=None,
            settings=None,
            recovery_dir=str(Path(folder) / "recovery"),
            epoch_s=EPOCH_S,
        )
        started = time.perf_counter()
        show = _sampled(lambda: run(plan)) if options.how == "samples" else _counted(lambda: run(plan))
        seconds = time.perf_counter() - started
    print(f"{options.events:,} events in {seconds:.1f} s ({options.events / seconds:,.0f} events/s), start-up included")
    show()
    return 0


def _sampled(work: Callable[[], object]) -> Callable[[], None]:
    samples = Samples()
    with _looking(samples):
        work()
    return samples.print


def _counted(work: Callable[[], object]) -> Callable[[], None]:
    profile = cProfile.Profile()
    profile.runcall(work)
    return lambda: _print_calls(profile)


def _print_calls(profile: cProfile.Profile) -> None:
    pstats.Stats(profile).sort_stats("tottime").print_stats(_ROWS)


@contextmanager
def _looking(samples: Samples) -> Iterator[None]:
    """Take samples of this thread, on which the engine runs its one worker."""
    watched = threading.get_ident()
    done = threading.Event()

    def look() -> None:
        while not done.wait(_EVERY_S):
            samples.add(sys._current_frames().get(watched))  # noqa: SLF001 - the documented way to another thread's stack

    thread = threading.Thread(target=look, name="sampler", daemon=True)
    before = sys.getswitchinterval()
    # The engine's native code lets go of the lock; Python holds on to it for so long, and would be seen less often.
    sys.setswitchinterval(_EVERY_S / 10)
    thread.start()
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        done.set()
        thread.join()


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _name(frame: FrameType) -> str:
    path = Path(frame.f_code.co_filename)
    shown = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    name = f"{shown}:{frame.f_code.co_qualname}"
    return f"{name} (the engine)" if name == _ENGINE_CALLER else name


if __name__ == "__main__":
    sys.exit(main())
