"""kill -9 in the middle of everything or of one worker, and a Redis that dies: the view ends as if nothing had been."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import redis

from connectors.embedded.servers import EmbeddedValkey
from tests.e2e.conftest import Undisturbed
from tests.e2e.running import Running, Runs, await_epochs, kill_on_the_way, positions, read_share
from tests.e2e.shop_files import CAMPAIGNS, TOTAL, cut, generated, growing, write
from tests.e2e.views import Contents, differences, out_of_balance, view, watching, went_back
from tests.waiting import await_that

EPOCH_S = 0.2
EVENTS = 20_000
BAD_EVERY = 50
BUYERS = 4_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a line that is no event every now and then."""
    path = generated(tmp_path_factory.mktemp("shop") / "week.jsonl", EVENTS)
    lines = path.read_bytes().splitlines()
    for number in range(0, len(lines), BAD_EVERY):
        lines[number] = b"no event %d" % number
    return write(path, lines)


@pytest.fixture(scope="module")
def right(shop: Path, undisturbed: Undisturbed) -> dict[str, Contents]:
    """What a run that nothing happens to shows."""
    return undisturbed(shop)


def _kill_on_the_way(runs: Runs, client: redis.Redis, files: list[Path], start: Callable[[], Running]) -> None:
    """Kill runs over files in the middle of them; the next run reads them to the end."""

    def read_on(running: Running, share: float) -> None:
        runs.read_to(running, client, files, share)

    runs.pause_at(files, 0)
    kill_on_the_way(start, read_on, runs.recovery_dir())
    assert read_share(client, files) < 1
    runs.go_on()


def test_killed_again_and_again(runs: Runs, valkey: redis.Redis, shop: Path, right: dict[str, Contents]) -> None:
    """The view is whole, and every dead letter came, if not only once."""
    _kill_on_the_way(runs, valkey, [shop], lambda: runs.start(shop, epoch_seconds=EPOCH_S))
    runs.run(shop, epoch_seconds=EPOCH_S)
    assert not differences(view(valkey), right)
    letters = [json.loads(letter) for letter in runs.dead_letters().read_bytes().splitlines()]
    found = {(letter["file"], letter["line"], letter["raw"]) for letter in letters}
    assert found == {(str(shop), number + 1, f"no event {number}") for number in range(0, EVENTS, BAD_EVERY)}


def test_killed_at_one_size_and_resumed_at_another(
    runs: Runs, valkey: redis.Redis, shop: Path, right: dict[str, Contents]
) -> None:
    files = cut(shop, 3)
    sizes = iter([2, 1, 3, 2])
    _kill_on_the_way(runs, valkey, files, lambda: runs.start(*files, workers=next(sizes), epoch_seconds=EPOCH_S))
    runs.run(*files, workers=next(sizes))
    assert not differences(view(valkey), right)


def _two_are_new(running: Running, before: set[int]) -> bool:
    return len(set(running.workers()) - before) == 2


def test_one_killed_worker_takes_the_cluster_with_it_and_all_start_again(
    runs: Runs, valkey: redis.Redis, shop: Path, right: dict[str, Contents]
) -> None:
    runs.pause_at([shop], 0)
    running = runs.start(shop, workers=2, epoch_seconds=EPOCH_S)
    for victim, share in enumerate((0.3, 0.7)):
        runs.read_to(running, valkey, [shop], share - 0.2)
        await_epochs(runs.recovery_dir())
        runs.read_to(running, valkey, [shop], share)
        before = running.workers()
        assert len(before) == 2
        os.kill(before[victim], signal.SIGKILL)
        _await_two_others(running, before)
        assert read_share(valkey, [shop]) < 1
    runs.go_on()
    assert running.wait().status == 0
    assert not differences(view(valkey), right)


def _await_two_others(running: Running, before: list[int]) -> None:
    await_that(partial(_two_are_new, running, set(before)), "two new workers")


def test_a_killed_decoding_process_takes_the_run_with_it_and_all_starts_again(
    runs: Runs, valkey: redis.Redis, shop: Path, right: dict[str, Contents]
) -> None:
    """A worker has one beside it where there is a core to spare."""
    runs.pause_at([shop], 0)
    running = runs.start(shop, epoch_seconds=EPOCH_S)
    runs.read_to(running, valkey, [shop], 0.3)
    # While it rests: what it has still to read takes less than a second.
    for decoding in running.workers():
        os.kill(decoding, signal.SIGKILL)
    runs.go_on()
    assert running.wait().status == 0
    assert not differences(view(valkey), right)


def test_a_worker_that_a_native_library_ends_says_so_and_starts_again(
    runs: Runs, valkey: redis.Redis, shop: Path
) -> None:
    runs.pause_at([shop], 0)
    running = runs.start(shop, workers=2, epoch_seconds=EPOCH_S)
    runs.read_to(running, valkey, [shop], 0.1)
    before = running.workers()
    os.kill(before[0], signal.SIGSEGV)
    _await_two_others(running, before)
    runs.go_on()
    ended = running.wait()
    assert ended.status == 0
    # What stands below it is as much of the threads' stacks as can still be read: a thread that runs changes its own.
    assert "Fatal Python error: Segmentation fault" in ended.stderr


@pytest.mark.parametrize("workers", [1, 2])
def test_no_reader_sees_a_total_go_back(workers: int, runs: Runs, valkey: redis.Redis, tmp_path: Path) -> None:
    """Each run is killed when readers have seen more of all orders, and it has read on since."""
    file = growing(tmp_path / "growing.jsonl", BUYERS)
    content = file.read_bytes()

    def start() -> Running:
        """And let readers see all that is read, which is more than at the kill before."""
        before = positions(valkey).get(str(file), 0)
        running = runs.start(file, workers=workers, epoch_seconds=EPOCH_S)
        runs.read_to(running, valkey, [file], before / len(content) + 0.04)
        read = positions(valkey)[str(file)]
        assert before < read < len(content)
        delivered = content.count(b"DELIVERED", 0, read)
        await_that(lambda: int(valkey.hget(TOTAL, "orders:DELIVERED:EUR") or 0) == delivered, "all shown that was read")
        return running

    keys = [TOTAL, *(f"lasttouch:{{acme}}:campaign:email:{campaign}" for campaign in CAMPAIGNS)]
    with watching(runs.redis_url, keys) as seen:
        _kill_on_the_way(runs, valkey, [file], start)
        runs.run(file, workers=workers, epoch_seconds=EPOCH_S)
    for key in keys:
        assert len(seen[key]) > 3, key
        assert not went_back(seen[key]), key
    assert not out_of_balance(seen[TOTAL])
    assert seen[TOTAL][-1]["orders:DELIVERED:EUR"] == BUYERS


@pytest.fixture
def mortal() -> Iterator[EmbeddedValkey]:
    """A Redis of the test's own; what it held is gone when it dies."""
    with EmbeddedValkey() as server:
        yield server


@pytest.mark.parametrize("workers", [1, 2])
def test_a_redis_that_dies_and_comes_back_empty(
    workers: int, mortal: EmbeddedValkey, tmp_path: Path, shop: Path, right: dict[str, Contents]
) -> None:
    runs = Runs(tmp_path, mortal.url)
    with redis.Redis.from_url(mortal.url) as client:
        runs.pause_at([shop], 0)
        running = runs.start(shop, workers=workers, epoch_seconds=EPOCH_S)
        try:
            runs.read_to(running, client, [shop], 0.4)
            mortal.kill()
            mortal.restart()
            runs.go_on()
            assert running.wait().status == 0
        finally:
            running.end()
        assert not differences(view(client), right)
        assert client.hget("lasttouch:run", "catching_up") == b"0"


def test_a_redis_that_stands_still_for_a_while(
    runs: Runs, valkey: redis.Redis, shop: Path, right: dict[str, Contents]
) -> None:
    runs.pause_at([shop], 0)
    running = runs.start(shop, epoch_seconds=EPOCH_S)
    runs.read_to(running, valkey, [shop], 0.4)
    valkey.client_pause(1_000)
    runs.go_on()
    assert running.wait().status == 0
    assert not differences(view(valkey), right)
