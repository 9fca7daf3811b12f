"""Runs of a Kafka source, of which one virtual partition at a time is driven as the engine drives it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from config.stopping import StopRequest
from connectors.kafka.positions import State
from connectors.kafka.source import KafkaSource
from connectors.sources.precedence import Precedence
from connectors.sources.raw_lines import SOURCE_PARTITIONS
from connectors.sources.replay import ReplayFinished, SourceItem
from tests.connectors.files.file_runs import Notes
from tests.connectors.kafka.kafka_topics import at_least, drive


class Run:
    """One run of a source over some topics, of which only one virtual partition is looked at."""

    def __init__(
        self, bootstrap: str, topics: list[str], notes: Notes | None = None, precedence: Precedence | None = None
    ) -> None:
        self.notes = notes or Notes()
        self.stop = StopRequest()
        self.progress: list[tuple[str, bool]] = []
        self.source = KafkaSource(
            bootstrap,
            topics,
            group=f"group-{topics[0]}",
            notes=self.notes,
            stop=self.stop,
            on_progress=lambda partition, caught_up: self.progress.append((partition, caught_up)),
            precedence=precedence,
        )
        assert self.source.list_parts() == list(SOURCE_PARTITIONS)

    def read(
        self, name: str, until: Callable[[list[SourceItem]], bool], state: State | None = None
    ) -> tuple[list[SourceItem], State]:
        with closing(self.source.build_part("in", name, state)) as part:
            items = drive(part, until)
            self.notes.read_to(part.to_note(part.position()))
            return items, part.snapshot()


def lines(*numbers: int) -> list[bytes]:
    return [b'{"n":%d}' % number for number in numbers]


def has_passed_with(count: int) -> Callable[[list[SourceItem]], bool]:
    return lambda items: at_least(count)(items) and has_passed(items)


def has_passed(items: list[SourceItem]) -> bool:
    return any(isinstance(item, ReplayFinished) for item in items)
