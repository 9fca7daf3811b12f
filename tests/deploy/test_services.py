"""The services' own commands, run without an image: Valkey's server, and the script that makes the topics."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import redis

from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.topics import TopicNames, topic_plans
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from tests.deploy.compose import services, unescaped

TOOL: Final = "/opt/kafka/bin/kafka-topics.sh"


class ComposedValkey(EmbeddedValkey):
    """Valkey by the compose file's command, but on a port and in a folder of this test."""

    def command(self) -> list[str]:
        server, *arguments = services()["valkey"]["command"]
        assert server == "valkey-server"
        here = [str(self.folder) if argument == "/data" else argument for argument in arguments]
        return [super().command()[0], *here, "--bind", "127.0.0.1", "--port", str(self.port)]


def test_valkey_keeps_what_it_was_told_after_a_restart() -> None:
    with ComposedValkey() as valkey, redis.Redis.from_url(valkey.url, decode_responses=True) as client:
        client.set("lasttouch:test", "kept")
        valkey.restart()
        assert client.get("lasttouch:test") == "kept"


def test_the_topics_are_made_as_the_code_plans_them(tmp_path: Path) -> None:
    made = made_topics(tmp_path)
    plans = {plan.name: plan.config for plan in topic_plans(TopicNames(), with_segments=True)}
    assert made.keys() == plans.keys()
    for name, options in made.items():
        assert options["--bootstrap-server"] == [
            services()["worker"]["environment"]["LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS"]
        ]
        assert options["--partitions"] == [str(len(SOURCE_PARTITIONS))]
        assert "--if-not-exists" in options
        assert plans[name].items() <= dict(setting.split("=") for setting in options["--config"]).items()


def test_topics_that_cannot_be_made_stop_the_worker_from_starting(tmp_path: Path) -> None:
    assert run_script(tmp_path, "exit 1").returncode != 0
    assert services()["worker"]["depends_on"]["topics"]["condition"] == "service_completed_successfully"


def made_topics(folder: Path) -> Mapping[str, Mapping[str, list[str]]]:
    """What the script asks Kafka's tool for: the options by topic."""
    script = run_script(folder, "for word; do printf '%s\\n' \"$word\"; done; printf '\\n'")
    assert script.returncode == 0, script.stderr
    calls = [_options(call.splitlines()) for call in script.stdout.strip().split("\n\n")]
    return {options["--topic"][0]: options for options in calls}


def run_script(folder: Path, tool_does: str) -> subprocess.CompletedProcess[str]:
    """Run the script of the service `topics` with another tool in the place of Kafka's."""
    tool = folder / "kafka-topics"
    tool.write_text(f"#!/bin/sh\n{tool_does}\n")
    tool.chmod(0o700)
    service = services()["topics"]
    [script] = service["command"]
    assert TOOL in script
    command = [*service["entrypoint"], unescaped(script).replace(TOOL, shlex.quote(str(tool)))]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _options(words: list[str]) -> Mapping[str, list[str]]:
    options: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            values = options.setdefault(word, [])
        else:
            values.append(word)
    return options
