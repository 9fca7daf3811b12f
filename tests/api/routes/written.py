"""What the application has written to the topic of profiles."""

from __future__ import annotations

from connectors.kafka.record_lines import lines_of, runs_of
from connectors.kafka.topic_tail import messages_since
from state.event_json import Event, read_line
from tests.api.asking import Asker
from tests.reference.values import moment_ms

_FAR: int = moment_ms("2100-01-01T00:00:00Z")


def profiles(asker: Asker) -> list[Event]:
    """All events, the latest last."""
    kafka = asker.doors.kafka
    assert kafka is not None
    return [
        read_line(line, _FAR)[1]
        for messages in messages_since(kafka, asker.doors.topics.profiles, {}, "written")
        for run in runs_of(messages, single=False)
        for line in lines_of(run).lines
    ]
