"""A worker's kernels are loaded beside its work, when somebody first wants them."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.errors import UserError
from config.kernels_switch import KERNELS
from connectors.decoding.kernel_loader import KernelLoader
from kernels import compiled_file
from tests.house.sources import ROOT
from tests.waiting import await_that


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the shell that runs the tests says of kernels is not for these."""
    monkeypatch.delenv(KERNELS, raising=False)


@contextmanager
def opened() -> Iterator[KernelLoader]:
    loader = KernelLoader()
    yield loader
    loader.close()


def test_they_are_loaded_once_they_are_wanted() -> None:
    with opened() as loader:
        assert loader.loaded is None
        assert loader._loading is None
        loader.wanted()
        await_that(lambda: loader.loaded is not None, "kernels that are loaded")
        assert loader.wanted() is loader.loaded


def test_kernels_that_are_not_compiled_yet_are_so_by_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are, but are not found the first time."""
    compiled = compiled_file.path()
    looked_at = iter([tmp_path / "kernels.o"])
    monkeypatch.setattr(compiled_file, "path", lambda: next(looked_at, compiled))
    with opened() as loader:
        loader.wanted()
        await_that(lambda: loader.loaded is not None, "kernels that are loaded")
        assert loader._compiling is not None
        assert loader._compiling.returncode == 0


def test_a_worker_that_ends_does_not_wait_until_kernels_are_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a copy of them that has never been compiled. Ctrl-C, which reaches the compiling process too, does not end it
    before the worker does: the worker would compile."""
    shutil.copytree(ROOT / "kernels", tmp_path / "kernels", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.syspath_prepend(tmp_path)
    compiled = tmp_path / "kernels" / "__pycache__" / compiled_file.path().name
    monkeypatch.setattr(compiled_file, "path", lambda: compiled)
    with opened() as loader:
        assert loader.wanted() is None
        await_that(lambda: loader._compiling is not None, "a process that compiles")
        assert loader._compiling is not None
        loader._compiling.send_signal(signal.SIGINT)
    assert loader._loading is not None
    loader._loading.join()
    assert loader._compiling.returncode == -signal.SIGKILL
    assert not compiled.exists()


def test_off_loads_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KERNELS, "off")
    with opened() as loader:
        assert loader.wanted() is None
        assert loader._loading is None


def test_any_other_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KERNELS, "maybe")
    with pytest.raises(UserError, match="LASTTOUCH_KERNELS: 'maybe' is neither on nor off"):
        KernelLoader()
