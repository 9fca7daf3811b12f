"""`lasttouch generate` as it is typed."""

from __future__ import annotations

import gzip
import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from generator import stream
from tests.waiting import PATIENCE_S, await_that

COMMAND = (sys.executable, "-m", "cli.main", "generate")
FEW = ("--events", "2000", "--contacts", "100", "--seed", "4")


def generate(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, timeout=PATIENCE_S)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def can_be_interrupted() -> Iterator[None]:
    """Children of a job in the background would ignore SIGINT, as the job does."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def few() -> bytes:
    return b"".join(line + b"\n" for line in stream.events(2_000, 100, 4))


def test_without_out_the_events_go_to_stdout_and_nothing_else_is_said(few: bytes) -> None:
    done = generate(*FEW)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == few


@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.gz", "events.jsonl.zst"])
def test_out_holds_the_same_events_compressed_as_its_name_says(tmp_path: Path, name: str, few: bytes) -> None:
    out = tmp_path / name
    done = generate(*FEW, "--out", str(out))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    content = out.read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    if name.endswith(".zst"):
        content = zstandard.ZstdDecompressor().decompressobj().decompress(content)
    assert content == few
    assert names(tmp_path) == [name]


def test_the_same_arguments_give_the_same_compressed_file(tmp_path: Path) -> None:
    digests = set()
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        generate(*FEW, "--out", str(tmp_path / name))
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_contacts_and_seed_have_defaults() -> None:
    done = generate("--events", "50")
    assert done.stdout == b"".join(line + b"\n" for line in stream.events(50, 5, 1))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--events", "0"), ("--events", "0", "at least 1")),
        (("--events", "many"), ("--events",)),
        ((), ("--events",)),
        (("--events", "5", "--contacts", "-3"), ("--contacts", "-3", "at least 1")),
        (("--events", "5", "--seed", "x"), ("--seed",)),
        (("--events", "5", "--out", "no-such-folder/x.jsonl"), ("--out", "no-such-folder", "create it")),
        (("--events", "5", "--out", "."), ("--out", "no regular file")),
        (("--events", "5", "--out", "/proc/x.jsonl"), ("--out", "/proc/x.jsonl", "cannot be written")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_arguments_end_with_one_line_that_names_them(arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    done = generate(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1
    for word in words:
        assert word in lines[0]


def test_a_closed_pipe_ends_it_without_a_word() -> None:
    with subprocess.Popen([*COMMAND, "--events", "300000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait(PATIENCE_S)


def test_an_interrupted_generate_leaves_nothing_and_the_old_file_as_it_was(
    tmp_path: Path, can_be_interrupted: None
) -> None:
    out = tmp_path / "events.jsonl"
    out.write_bytes(b"old")
    with subprocess.Popen([*COMMAND, "--events", "50000000", "--out", str(out)]) as process:
        try:
            await_that(lambda: len(names(tmp_path)) == 2, "a file beside the old one")
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 130
        finally:
            process.kill()
    assert names(tmp_path) == ["events.jsonl"]
    assert out.read_bytes() == b"old"
