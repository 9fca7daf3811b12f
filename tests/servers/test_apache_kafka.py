"""The jars of a real Kafka: loaded once, whoever asks for them at the same time."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers import apache_kafka

ASKING = 4
MAVEN = """\
#!/bin/sh
for word; do case $word in -DoutputDirectory=*) folder=${word#*=};; esac; done
echo called >> "$0.calls"
sleep 0.2
mkdir -p "$folder"
echo jar > "$folder/kafka.jar"
"""


def test_processes_that_begin_together_load_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.write_text(MAVEN)
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{maven.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(apache_kafka, "CACHE", tmp_path / "cache")
    with ThreadPoolExecutor(ASKING) as pool:
        folders = list(pool.map(lambda _: apache_kafka.jars(), range(ASKING)))
    assert len(set(folders)) == 1
    assert [path.name for path in folders[0].iterdir()] == ["kafka.jar"]
    assert Path(f"{maven}.calls").read_text().split() == ["called"]
