"""What a message counts for, by the touches that are kept of it and the settings at their times."""

from __future__ import annotations

import pytest

from state.counted_messages import counted_events
from state.messages import unpack
from state.settings import Settings, canonical
from state.timeline import Version, of_file
from tests.state.added_touches import One, at_times, with_touches


def counted(*ones: One, ignore: bool = True) -> dict[str, int]:
    [message] = unpack(with_touches(ones))
    return counted_events(message, of_file(Settings(ignore_automated=ignore)))


def test_a_message_counts_once_for_each_event_at_its_first_time() -> None:
    touched = [*at_times("sent", [7]), *at_times("opened", [30, 10, 20])]
    assert counted(*touched) == {"sent": 7, "opened": 10}


@pytest.mark.parametrize("event", ["opened", "clicked"])
def test_a_machine_that_opens_or_clicks_does_not_count_where_machines_are_ignored(event: str) -> None:
    machine = One("email", "spring", "m1", event, 5, automated=True)
    human = One("email", "spring", "m1", event, 9)
    assert counted(machine) == {}
    assert counted(machine, human) == {event: 9}
    assert counted(machine, human, ignore=False) == {event: 5}


@pytest.mark.parametrize("event", ["sent", "delivered"])
def test_sent_and_delivered_count_whoever_did_it(event: str) -> None:
    machine = One("email", "spring", "m1", event, 5, automated=True)
    human = One("email", "spring", "m1", event, 9)
    assert counted(machine) == counted(machine, human) == {event: 5}


def test_whether_a_machines_open_counts_goes_by_the_settings_at_its_own_time() -> None:
    heeded = Version(100, 0, canonical(Settings(ignore_automated=False)))
    again = Version(200, 0, canonical(Settings()))
    timeline = of_file(Settings()).with_version(heeded).with_version(again)
    machine = [One("email", "spring", "m1", "opened", ms, automated=True) for ms in (99, 150, 100, 200)]
    [message] = unpack(with_touches(machine))
    assert counted_events(message, timeline) == {"opened": 100}
