"""Reading ahead of the dataflow: everything once and in its order, and a position that never runs ahead of it."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import pickle
import signal
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import UserError
from config.kernels_switch import KERNELS
from config.stopping import StopRequest
from connectors.decoding import place
from connectors.decoding.decoder import Decoded, DecodedItem, unpack_touches
from connectors.decoding.place import LINES_MIN, LINES_MIN_WITH_KERNELS, Decoding
from connectors.decoding.process import DecodingFailed, DecodingProcess
from connectors.decoding.read_ahead import AHEAD_OF_PARTITION_MAX, DecodedPartition, DecodedSource
from connectors.decoding.read_together import ReadTogether
from connectors.decoding.refused_share import RefusedShare, TooManyRefused
from connectors.files import source as file_source
from connectors.files.positions import partition_of as partition_of_file
from connectors.files.positions import source_of
from connectors.files.source import JsonLinesSource
from connectors.kafka.positions import partition_of as partition_of_topic
from connectors.kafka.source import KafkaSource
from connectors.kafka.topics import TopicNames
from connectors.sources.positioned import PositionedPartition
from connectors.sources.raw_lines import SOURCE_PARTITIONS, Lines
from connectors.sources.replay import EmitGroup, ReplayFinished, Start
from state.key_groups import GROUPS
from tests.connectors.files.file_runs import Notes
from tests.connectors.kafka.kafka_topics import make_topic, positions, produce, standing_still
from tests.waiting import PATIENCE_S, await_that

LINES = 60


def touch(number: int) -> bytes:
    event = {"type": "touch", "account": "acme", "contact": f"c{number}", "channel": "email", "event": "sent"}
    return json.dumps(event | {"campaign": "k", "message": "m", "time": "2025-03-01T10:00:00Z"}).encode()


CONTENT = b"".join(touch(number) + b"\n" for number in range(LINES))


@pytest.fixture(scope="module")
def process() -> Iterator[DecodingProcess]:
    with closing(DecodingProcess()) as shared:
        await_that(lambda: shared.is_ready, "a decoding process that is ready")
        yield shared


@pytest.fixture(params=["sent", "asked"])
def all_ahead(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Even the smallest batch is decoded beside the worker, and even the smallest file is asked for there."""
    monkeypatch.setattr(place, "LINES_MIN", 1)
    if request.param == "asked":
        monkeypatch.setattr(file_source, "LARGE_BYTES", 0)


def with_process(process: DecodingProcess) -> Decoding:
    """Decoding in a process that is ready, and goes on after this."""
    decoding = Decoding(ahead=True)
    decoding._process = process
    decoding.open()
    return decoding


def file_part(
    file: Path, state: Any = None, stop: StopRequest | None = None, chunk_bytes: int = 500
) -> PositionedPartition[Any]:
    source = JsonLinesSource([file], notes=Notes(), stop=stop or StopRequest(), chunk_bytes=chunk_bytes)
    return source.build_part("in", partition_of_file(source_of(file)), state)


def decoded_part(
    inner: PositionedPartition[Any], decoding: Decoding, share: RefusedShare | None = None
) -> DecodedPartition[Any]:
    return DecodedPartition(inner, decoding, ReadTogether(Notes()), share)


def contacts(items: Sequence[DecodedItem]) -> list[int]:
    """The numbers of the touches in the order in which their batches came."""
    numbers: list[int] = []
    for item in items:
        if isinstance(item, Decoded):
            numbers += sorted(int(name[1:]) for _, lot in item.touches for name in unpack_touches(lot).touches.contacts)
    return numbers


def to_the_end(part: DecodedPartition[Any]) -> list[DecodedItem]:
    items: list[DecodedItem] = []

    def has_ended() -> bool:
        try:
            items.extend(part.next_batch())
        except StopIteration:
            return True
        return False

    await_that(has_ended, "the end")
    return items


@pytest.mark.usefixtures("all_ahead")
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(polls=st.lists(st.integers(1, 12), max_size=5), chunk_bytes=st.integers(100, 3_000))
def test_every_event_once_and_in_its_order_wherever_a_run_is_stopped(
    tmp_path: Path, process: DecodingProcess, polls: list[int], chunk_bytes: int
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(CONTENT)
    items: list[DecodedItem] = []
    state: bytes | None = None
    for count in polls:
        inner = file_part(file, state and pickle.loads(state), chunk_bytes=chunk_bytes)
        with closing(decoded_part(inner, with_process(process))) as part:
            try:
                for _ in range(count):
                    items += part.next_batch()
            except StopIteration:
                pass
            state = pickle.dumps(part.snapshot())
    inner = file_part(file, state and pickle.loads(state), chunk_bytes=chunk_bytes)
    with closing(decoded_part(inner, with_process(process))) as part:
        items += to_the_end(part)
    assert contacts(items) == list(range(LINES))


@pytest.mark.usefixtures("all_ahead")
def test_the_position_is_that_of_the_last_batch_handed_on(tmp_path: Path, process: DecodingProcess) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(CONTENT)
    with closing(decoded_part(file_part(file), with_process(process))) as part:
        at_start = part.snapshot()
        with standing_still(process._process.pid):
            begun = [part.next_batch() for _ in range(10)]
            assert contacts([item for items in begun for item in items]) == []
            assert part.snapshot() == at_start
            assert len(part._on_their_way) == AHEAD_OF_PARTITION_MAX
        await_that(lambda: bool(contacts(part.next_batch())), "events")
        assert part.snapshot() != at_start


@pytest.mark.usefixtures("all_ahead")
@pytest.mark.parametrize("ahead", [False, True])
def test_how_far_it_is_read_is_noted_before_it_is_handed_on(
    tmp_path: Path, process: DecodingProcess, *, ahead: bool
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"{}\n" * 1_000)
    notes = Notes()
    source = JsonLinesSource([file], notes=notes, stop=StopRequest(), chunk_bytes=150)
    inner = source.build_part("in", partition_of_file(source_of(file)), None)
    decoding = with_process(process) if ahead else Decoding(ahead=False)
    read = 0
    with closing(DecodedPartition(inner, decoding, ReadTogether(notes))) as part:
        while read < 3_000:
            read += 3 * sum(item.events for item in part.next_batch() if isinstance(item, Decoded))
            assert notes.high_water(source_of(file)) == read


def test_what_is_said_between_batches_stays_between_them(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(CONTENT)
    said = {}
    for ahead in (False, True):
        source = DecodedSource(JsonLinesSource([file], notes=Notes(), stop=StopRequest(), chunk_bytes=500), ahead=ahead)
        said[ahead] = {name: to_the_end(source.build_part("in", name, None)) for name in source.list_parts()}
        source.end()
    assert said[True] == said[False]
    assert said[True][SOURCE_PARTITIONS[0]][0] == Start(rebuild=False)
    assert all(ReplayFinished(name) in items for name, items in said[True].items())


def test_a_rebuild_emits_one_key_group_at_a_time_and_all_before_the_replay_has_finished(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(CONTENT)
    inner = JsonLinesSource([file], notes=Notes(), stop=StopRequest(), rebuild=True, chunk_bytes=500)
    source = DecodedSource(inner, ahead=False)
    for name in source.list_parts():
        with closing(source.build_part("in", name, None)) as part:
            if name == SOURCE_PARTITIONS[0]:
                beginning = [part.next_batch() for _ in range(1 + GROUPS)]
                assert beginning == [[Start(rebuild=True)], *([EmitGroup(number)] for number in range(GROUPS))]
            rest = to_the_end(part)
            assert rest[0] == ReplayFinished(name)
            assert not [item for item in rest if isinstance(item, Start | EmitGroup)]


def test_small_batches_need_no_process(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(CONTENT)
    decoding = Decoding(ahead=True)
    with closing(decoded_part(file_part(file), decoding)) as part:
        assert contacts(to_the_end(part)) == list(range(LINES))
        assert decoding._process is None


def test_without_a_core_to_spare_great_batches_need_no_process_either() -> None:
    decoding = Decoding(ahead=False)
    lines = [touch(number) for number in range(LINES_MIN_WITH_KERNELS)]
    decoded = decoding.begin(Lines("touches", 0, lines, range(len(lines))))
    decoding.end()
    assert isinstance(decoded, Decoded)
    assert contacts([decoded]) == list(range(len(lines)))
    assert decoding._process is None


def test_with_kernels_only_greater_batches_of_touches_are_handed_to_the_process(
    process: DecodingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KERNELS, "on")
    decoding = with_process(process)
    great = [touch(number) for number in range(LINES_MIN_WITH_KERNELS)]

    def is_handed_over(lines: list[bytes]) -> bool:
        begun = decoding.begin(Lines("touches", 0, lines, range(len(lines))))
        if isinstance(begun, Decoded):
            return False
        await_that(lambda: decoding.is_done(begun), "a batch that is decoded")
        decoding.take(begun)
        return True

    assert is_handed_over(great[:LINES_MIN])
    assert not is_handed_over(great[: LINES_MIN - 1])  # and kernels are loaded
    few = Lines("touches", 0, great[: LINES_MIN - 1], range(LINES_MIN - 1))
    await_that(lambda: decoding._here.has_kernels_for(few), "kernels that are loaded")
    assert not is_handed_over(great[:-1])
    assert is_handed_over(great)
    assert is_handed_over([b"{}"] * LINES_MIN)
    decoding._loader.close()


@pytest.mark.usefixtures("all_ahead")
def test_the_last_partition_that_closes_ends_the_process(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(CONTENT)
    decoding = Decoding(ahead=True)
    first, second = (decoded_part(file_part(file), decoding) for _ in range(2))
    first.next_batch()  # says that it has passed
    first.next_batch()
    assert decoding._process is not None
    first.close()
    assert decoding._process is not None
    second.close()
    assert decoding._process is None


@pytest.mark.parametrize("own", [0, 1, 3, 9, 1_000])
def test_a_file_goes_on_in_the_process_as_soon_as_that_is_ready(
    tmp_path: Path, process: DecodingProcess, monkeypatch: pytest.MonkeyPatch, own: int
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(CONTENT)
    looks = itertools.count()
    monkeypatch.setattr(file_source, "LARGE_BYTES", 0)
    monkeypatch.setattr(Decoding, "reads_files", property(lambda _: next(looks) >= own))
    inner = file_part(file)
    with closing(decoded_part(inner, with_process(process))) as part:
        assert contacts(to_the_end(part)) == list(range(LINES))
        state = pickle.dumps(part.snapshot())
    with closing(decoded_part(file_part(file, pickle.loads(state)), with_process(process))) as part:
        assert contacts(to_the_end(part)) == []


def files_of_one_partition(folder: Path, count: int) -> list[Path]:
    paths = (folder / f"{number}.jsonl" for number in itertools.count())
    mine = (path for path in paths if partition_of_file(source_of(path)) == SOURCE_PARTITIONS[3])
    return list(itertools.islice(mine, count))


@pytest.mark.usefixtures("all_ahead")
@pytest.mark.parametrize("large_bytes", [0, 1_000])
def test_files_large_and_small_follow_each_other(
    tmp_path: Path, process: DecodingProcess, monkeypatch: pytest.MonkeyPatch, large_bytes: int
) -> None:
    monkeypatch.setattr(file_source, "LARGE_BYTES", large_bytes)
    paths, at = [], 0
    for path, lines in zip(files_of_one_partition(tmp_path, 7), (9, 2, 20, 0, 1, 1, 27), strict=True):
        path.write_bytes(b"".join(touch(number) + b"\n" for number in range(at, at + lines)))
        at += lines
        paths.append(path)
    source = JsonLinesSource(paths, notes=Notes(), stop=StopRequest(), chunk_bytes=500)
    inner = source.build_part("in", SOURCE_PARTITIONS[3], None)
    with closing(decoded_part(inner, with_process(process))) as part:
        assert contacts(to_the_end(part)) == list(range(LINES))
        state = part.snapshot()
    assert isinstance(state, dict)
    assert len(state["files"]) == len(paths)


@pytest.mark.usefixtures("all_ahead")
def test_what_was_read_before_an_error_comes_before_it(tmp_path: Path, process: DecodingProcess) -> None:
    file = tmp_path / "events.jsonl.gz"
    damaged = gzip.compress(os.urandom(50_000).hex().encode())[:-2_000]
    file.write_bytes(gzip.compress(CONTENT) + damaged)
    items: list[DecodedItem] = []
    part = decoded_part(file_part(file), with_process(process))
    with closing(part), pytest.raises(UserError, match="ends in the middle"):
        while True:
            items += part.next_batch()
    assert contacts(items)[:LINES] == list(range(LINES))


@pytest.mark.usefixtures("all_ahead")
def test_what_was_read_before_a_stop_is_handed_on(tmp_path: Path, process: DecodingProcess) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(CONTENT)
    stop = StopRequest()
    with closing(decoded_part(file_part(file, stop=stop), with_process(process))) as part:
        with standing_still(process._process.pid):
            begun = [item for _ in range(10) for item in part.next_batch()]
            stop.requested = True
        told = contacts([*begun, *to_the_end(part)])
        assert 0 < len(told) < LINES
        assert told == list(range(len(told)))
        state = part.snapshot()
    with closing(decoded_part(file_part(file, state), with_process(process))) as part:
        assert contacts(to_the_end(part)) == list(range(len(told), LINES))


@pytest.mark.usefixtures("all_ahead")
def test_a_process_that_dies_fails_the_run(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(CONTENT)
    own = DecodingProcess()
    await_that(lambda: own.is_ready, "a decoding process that is ready")
    with closing(decoded_part(file_part(file), with_process(own))) as part:
        os.kill(own._process.pid, signal.SIGKILL)
        with pytest.raises(DecodingFailed, match="status -9"):
            to_the_end(part)


@pytest.mark.kafka
@pytest.mark.usefixtures("all_ahead")
def test_the_group_hears_only_of_what_was_handed_on(
    kafka_bootstrap: str, topics: TopicNames, process: DecodingProcess
) -> None:
    topic = make_topic(kafka_bootstrap, topics.touches)
    produce(kafka_bootstrap, topic, [touch(number) for number in range(10)])
    group = f"group-{topic}"
    source = KafkaSource(kafka_bootstrap, [topic], group=group, notes=Notes(), stop=StopRequest())
    inner = source.build_part("in", partition_of_topic(topic, 0), None)
    with closing(decoded_part(inner, with_process(process))) as part:
        with standing_still(process._process.pid):
            await_that(lambda: part.next_batch() == [] and inner.position() == {f"{topic}:0": 10}, "all read")
            assert positions(part.snapshot()) == {}
            part.snapshot()
        await_that(lambda: bool(contacts(part.next_batch())), "events")
        assert positions(part.snapshot()) == {f"{topic}:0": 10}
        assert committed(kafka_bootstrap, group, topic) < 0
        part.snapshot()
        await_that(
            lambda: part.next_batch() == [] and committed(kafka_bootstrap, group, topic) == 10, "the offset committed"
        )


def committed(bootstrap: str, group: str, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "log_level": 0})
    [position] = consumer.committed([TopicPartition(topic, 0)], timeout=PATIENCE_S)
    consumer.close()
    return position.offset


def test_too_many_refused_events_stop_the_run_once_their_letters_are_written(tmp_path: Path) -> None:
    """Written they are once an epoch has closed behind them: when the state is asked for the second time."""
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"no event\n" * 200)
    share = RefusedShare(0.5, "dead-letters.jsonl")
    with closing(decoded_part(file_part(file), Decoding(ahead=False), share)) as part:
        handed_on: list[DecodedItem] = []
        while not share.is_exceeded():
            handed_on += part.next_batch()
        assert sum(len(item.dead) for item in handed_on if isinstance(item, Decoded)) >= 100
        for _ in range(2):
            assert part.next_batch() == []
            part.snapshot()
        with pytest.raises(TooManyRefused, match="bad_json"):
            part.next_batch()
