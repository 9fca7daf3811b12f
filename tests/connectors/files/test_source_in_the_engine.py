"""The source under Bytewax itself, with its recovery store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from bytewax.dataflow import Dataflow
from bytewax.operators import input as input_step
from bytewax.operators import output as output_step
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import TestingSink, cluster_main

from config.errors import UserError
from config.stopping import StopRequest
from connectors.files.source import JsonLinesSource
from connectors.sources.raw_lines import SOURCE_PARTITIONS, Lines
from connectors.sources.replay import ReplayFinished, SourceItem, Start


class NoNotes:
    """A first run: nobody has read anything."""

    def high_water(self, unit: str) -> int:
        return 0

    def read_to(self, positions: Mapping[str, int]) -> None:
        """Nobody asks later."""


def run(store: Path, files: Sequence[Path], *, workers: int = 1, epoch_ms: int = 0) -> list[SourceItem]:
    items: list[SourceItem] = []
    flow = Dataflow("files")
    source = JsonLinesSource(files, notes=NoNotes(), stop=StopRequest(), chunk_bytes=50)
    output_step("out", input_step("in", flow, source), TestingSink(items))
    cluster_main(
        flow,
        [],
        0,
        worker_count_per_proc=workers,
        epoch_interval=timedelta(milliseconds=epoch_ms),
        recovery_config=RecoveryConfig(str(store)),
    )
    return items


def lines_of(items: Sequence[SourceItem]) -> list[bytes]:
    return sorted(line for item in items if isinstance(item, Lines) for line in item.lines)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "recovery"
    folder.mkdir()
    init_db_dir(folder, 1)
    return folder


def numbered_file(folder: Path, name: str) -> tuple[Path, list[bytes]]:
    lines = [b'{"file":"%s","n":%03d}' % (name.encode(), number) for number in range(200)]
    (folder / name).write_bytes(b"\n".join(lines))
    return folder / name, lines


def test_runs_with_other_files_and_other_numbers_of_workers_continue_each_other(tmp_path: Path, store: Path) -> None:
    a, lines_of_a = numbered_file(tmp_path, "a.jsonl")
    b, lines_of_b = numbered_file(tmp_path, "b.jsonl")
    first = run(store, [a])
    assert lines_of(first) == lines_of_a
    assert [item for item in first if isinstance(item, Start)] == [Start(rebuild=False)]
    assert sorted(item.partition for item in first if isinstance(item, ReplayFinished)) == list(SOURCE_PARTITIONS)
    assert lines_of(run(store, [b], workers=3)) == lines_of_b
    assert lines_of(run(store, [a, b], workers=2)) == []
    c, lines_of_c = numbered_file(tmp_path, "c.jsonl")
    assert lines_of(run(store, [a, b, c], epoch_ms=10_000)) == lines_of_c


def test_a_damaged_file_ends_the_run_with_the_line_at_the_root_of_the_error(tmp_path: Path, store: Path) -> None:
    file = tmp_path / "plain.gz"
    file.write_bytes(b"{}\n")
    with pytest.raises(BaseException) as raised:  # the engine wraps what the source raised
        run(store, [file])
    error: BaseException | None = raised.value
    chain = []
    while error is not None:
        chain.append(error)
        error = error.__cause__
    assert any(isinstance(each, UserError) and str(file) in str(each) for each in chain)
