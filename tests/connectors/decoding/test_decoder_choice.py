"""Events are decoded with kernels, or in Python where that is wanted or kernels cannot be had: the same events."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from config.errors import UserError
from config.kernels_switch import KERNELS
from connectors.decoding.decoder import Decoded, Decoder
from connectors.decoding.decoder_choice import Decode, chosen_decode
from connectors.decoding.joined_lines import joined
from connectors.decoding.kernel_decoder import KernelDecoder
from connectors.sources.raw_lines import Lines
from kernels import compiled_file, compiling
from kernels.loading import load
from tests.house.sources import ROOT

SENT: Final = (
    b'{"type": "touch", "account": "acme", "contact": "ann", "channel": "email", "event": "sent", '
    b'"campaign": "spring", "message": "m1", "time": "2025-03-01T10:00:00Z"}'
)
LINES: Final = Lines("touches", 3, [SENT, b"no event", SENT], range(3))
NO_COMPILER: Final = """
import sys
sys.modules["llvmlite"] = None
from connectors.decoding.decoder_choice import chosen_decode
from connectors.decoding.joined_lines import joined
from connectors.sources.raw_lines import Lines
print(chosen_decode()(joined(Lines("t", 0, [b"no event"], range(1)), 0)).refused)
"""


@pytest.fixture(autouse=True, scope="module")
def nothing_said() -> Iterator[None]:
    """Whatever the shell that runs the tests says of kernels is not for these."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(KERNELS, raising=False)
        yield


def is_with_kernels(decode: Decode) -> bool:
    return isinstance(getattr(decode, "__self__", None), KernelDecoder)


def decoded(decode: Decode) -> Decoded:
    return decode(joined(LINES, 7))


def test_kernels_are_on_where_nothing_is_said() -> None:
    decode = chosen_decode()
    assert is_with_kernels(decode)
    assert decoded(decode) == Decoder().decode(LINES, 7)


def test_off_decodes_in_python(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(KERNELS, "off")
    decode = chosen_decode()
    assert not is_with_kernels(decode)
    assert decoded(decode) == Decoder().decode(LINES, 7)
    assert capsys.readouterr().err == ""


def test_any_other_value_is_refused_in_one_line_by_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KERNELS, "maybe")
    with pytest.raises(UserError, match="LASTTOUCH_KERNELS: 'maybe' is neither on nor off"):
        chosen_decode()
    (tmp_path / "events.jsonl").write_bytes(SENT)
    command = [sys.executable, "-m", "cli.main", "run", str(tmp_path / "events.jsonl")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert "LASTTOUCH_KERNELS: 'maybe'" in ended.stderr


def test_a_machine_without_the_compiler_decodes_in_python_and_says_so_in_one_line() -> None:
    ended = subprocess.run([sys.executable, "-c", NO_COMPILER], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "{'bad_json': 1}\n"
    [line] = ended.stderr.splitlines()
    assert "events are decoded without kernels" in line


@pytest.fixture
def kept_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where compiled kernels are kept, by this test alone."""
    there = tmp_path / "kept" / "kernels.o"
    monkeypatch.setattr(compiled_file, "path", lambda: there)
    return there


def test_what_is_not_compiled_and_cannot_be_kept_is_not_compiled_at_every_start(
    kept_at: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiled_file, "path", lambda: kept_at.parent / "away" / "kernels.o")
    decode = chosen_decode()
    assert not is_with_kernels(decode)
    assert decoded(decode) == Decoder().decode(LINES, 7)
    [line] = capsys.readouterr().err.splitlines()
    assert "kernels are not compiled, and cannot be kept" in line
    assert "python -m kernels" in line


def test_kernels_that_are_kept_are_loaded_where_nothing_can_be_written(
    kept_at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    load()
    monkeypatch.setattr(compiled_file, "require_writable", None)
    monkeypatch.setattr(compiling, "compile_all", None)
    assert is_with_kernels(chosen_decode())


@pytest.mark.parametrize("damage", [b"", b"x", b"\x7fELF" * 1_000])
def test_a_damaged_file_is_compiled_anew_and_never_run(
    kept_at: Path, damage: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = code_of_today(monkeypatch)
    monkeypatch.setattr(compiled_file, "path", lambda: kept_at)
    monkeypatch.setattr(compiling, "compile_all", lambda _compilers: code)
    kept_at.parent.mkdir()
    kept_at.write_bytes(damage)
    assert is_with_kernels(chosen_decode())
    assert compiled_file.read(kept_at) == code


def code_of_today(monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.undo()
    load()
    code = compiled_file.read(compiled_file.path())
    assert code is not None
    return code


def test_a_compiler_that_fails_is_not_needed(
    kept_at: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_compilers: int) -> bytes:
        raise RuntimeError("no code for this processor")

    monkeypatch.setattr(compiling, "compile_all", fail)
    assert not is_with_kernels(chosen_decode())
    [line] = capsys.readouterr().err.splitlines()
    assert "RuntimeError: no code for this processor" in line
