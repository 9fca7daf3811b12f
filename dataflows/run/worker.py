"""One worker: the dataflow of a run, built and executed in this process."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import IO, Any, Final

import redis
from bytewax.testing import cluster_main, run_main

from config.cores import usable_cores
from config.settings_file import SettingsFile, load_settings_file
from config.stopping import StopRequest
from connectors.decoding.kernel_loader import KernelLoader
from connectors.decoding.read_ahead import DecodedSource
from connectors.decoding.refused_share import RefusedShare
from connectors.files.dead_letters import DeadLetterFile, dead_letter_file
from connectors.files.source import JsonLinesSource
from connectors.kafka.lag import Lag
from connectors.kafka.published_records import TopicOfRecords
from connectors.kafka.sink import KafkaSink
from connectors.kafka.source import KafkaSource
from connectors.kafka.topics import topic_plans
from connectors.metrics.stream import StreamMetrics
from connectors.questions.allowance import Allowance
from connectors.questions.answers import AnswerSink
from connectors.questions.source import QuestionSource
from connectors.sources.clock import Clock
from connectors.sources.positioned import PositionedSource
from connectors.sources.precedence import Precedence
from connectors.sources.rebuild import RebuildSource
from connectors.sources.resend import ResendSource
from connectors.view.client import soon_given_up_client, writing_client
from connectors.view.read_positions import Positions
from connectors.view.run_status import Mode, RunStatus
from connectors.view.sink import RedisSink
from connectors.view.unsettled import unsettled_rows
from dataflows.flow.order_texts import PublishedTexts
from dataflows.flow.revenue import Desk, Ends, build
from dataflows.run.causes import RunFailed, cause_of
from dataflows.run.first_failure import FirstFailure, Observer
from dataflows.run.measuring import DEAD_LETTERS_STEP, READ_STEP, Measuring, all_of, probes
from dataflows.run.plan import Plan, Started
from dataflows.run.source_epochs import go_on_together
from dataflows.run.tally import Counts, Tally
from dataflows.store.parts import files_of
from dataflows.store.short_logs import logs_kept_short
from dataflows.store.store import Store, open_store
from dataflows.store.worker_tables import WorkerTables
from state.settings import canonical, from_canonical
from state.timeline import Timeline, of_file

FileProgress = Callable[[Path, int, int], None]
"""Told of a file, the bytes of it that were read, and its size."""

GC_THRESHOLDS: Final = (100_000, 50, 1_000)
"""Facts are bytes and make no cycles; the collector would only walk over them."""
ENGINE_TEXT_MAX: Final = 4_000


def execute(
    plan: Plan,
    started: Started,
    stop: StopRequest,
    *,
    index: int = 0,
    addresses: Sequence[str] = (),
    on_progress: FileProgress | None = None,
    metrics: StreamMetrics | None = None,
) -> Counts:
    """Run the dataflow until its input ends or a stop is requested, and return what it counted.

    Raises `RunFailed` for what went wrong inside it, and what opening its ends raises. `index` and `addresses`
    ("host:port" of every worker) place this worker in its cluster; none: it is alone. `metrics`: of this process; None:
    nobody looks.
    """
    base = load_settings_file(Path(plan.settings) if plan.settings else None)
    store = open_store(Path(plan.recovery_dir))
    lag = Lag(plan.kafka, plan.topic_names.inputs) if metrics and plan.kafka and not plan.files else None
    loader = KernelLoader()
    if started.mode is Mode.RESUME:
        loader.wanted()  # so that what the store has of many contacts comes into tables
    ends = _ends(plan, started, store, stop, on_progress, metrics, lag, loader)
    flow = build(
        ends,
        _timelines(base),
        store.secret,
        keeps_settings=plan.rebuild,
        forget_after_ms=plan.forget_after_ms,
        tables=WorkerTables(loader.wanted),
        texts=PublishedTexts(loader.wanted),
    )
    first, tally = FirstFailure(), Tally()
    looking: list[dict[str, Observer]] = [{READ_STEP: tally.read, DEAD_LETTERS_STEP: tally.write_letters}]
    measuring = None
    if metrics is not None:
        measuring = Measuring(metrics)
        looking.append(measuring.observers())
        by_topic = lag.by_topic if lag is not None else None
        client = soon_given_up_client(plan.redis_url)
        metrics.begin(probes(plan, started, index, view=ends.view, client=client, lag=by_topic))
    first.guard(flow, all_of(looking), measuring)
    epoch = timedelta(seconds=plan.epoch_s)
    go_on_together(flow, epoch)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    files = files_of(store.directory, *plan.place_at_store(index))
    with logs_kept_short(files), _engine_noise() as noise:
        try:
            if addresses:
                cluster_main(flow, list(addresses), index, epoch_interval=epoch, recovery_config=store.config())
            else:
                run_main(flow, epoch_interval=epoch, recovery_config=store.config())
        except BaseException as error:
            if isinstance(first.error, KeyboardInterrupt):
                raise first.error from error
            noise.seek(0)
            said = noise.read()[-ENGINE_TEXT_MAX:]
            disk = dead_letter_file(store.directory) if first.step == DEAD_LETTERS_STEP else None
            cause = cause_of(error, store=store.directory, first=first.error, disk=disk, engine=said, worker=index)
            raise RunFailed(cause, tally.counts()) from error
        finally:
            loader.close()
            if isinstance(ends.source, DecodedSource):
                ends.source.end()
    return tally.counts()


def _ends(
    plan: Plan,
    started: Started,
    store: Store,
    stop: StopRequest,
    on_progress: FileProgress | None,
    metrics: StreamMetrics | None,
    lag: Lag | None,
    loader: KernelLoader,
) -> Ends:
    client = writing_client(plan.redis_url)
    status = RunStatus(client, stop)
    precedence = Precedence(is_alone=plan.workers == 1 and not plan.addresses)
    view = RedisSink(client, status, stop, started.run, started.store, started.mode, plan.row_days, metrics)
    if plan.rebuild:
        nothing = ResendSource(None, lambda: iter(()), stop, lists=False, ends=True)
        return Ends(RebuildSource(stop), view, None, None, nothing)
    notes = Positions(client, stop, started.targets)
    source: PositionedSource[Any]
    if plan.files:
        paths = [Path(file) for file in plan.files]
        source = JsonLinesSource(paths, notes=notes, stop=stop, rebuild=started.rebuild, on_progress=on_progress)
    else:
        assert plan.kafka is not None
        source = KafkaSource(
            plan.kafka,
            plan.topic_names.inputs,
            notes=notes,
            stop=stop,
            rebuild=started.rebuild,
            on_progress=_tell_progress(status),
            lag=lag,
            dear_topics=(plan.topic_names.orders,),
            precedence=precedence,
        )
    share = _refused_share(plan, store)
    decoded: DecodedSource[Any] = DecodedSource(
        source, ahead=_has_core_to_spare(plan), share=share, notes_time=metrics is not None, loader=loader
    )
    if plan.kafka is None:
        letters = DeadLetterFile(dead_letter_file(store.directory), store.secret)
        return Ends(decoded, view, letters, None, resend=_resend(plan, started, client, stop))
    names = plan.topic_names
    plans = {topic.name: topic for topic in topic_plans(names)}
    return Ends(
        decoded,
        view,
        KafkaSink(plan.kafka, names.dead_letters, stop=stop, plan=plans[names.dead_letters]),
        KafkaSink(plan.kafka, names.attributions, stop=stop, plan=plans[names.attributions]),
        _resend(plan, started, client, stop),
        None if plan.files else Clock(stop),
        None if plan.files else _desk(started, client, stop, precedence),
    )


def _desk(started: Started, client: redis.Redis, stop: StopRequest, precedence: Precedence) -> Desk:
    """Where questions come from. A run over files has an end, and is not asked."""
    allowance = Allowance(time.monotonic())
    questions = QuestionSource(client, stop, started.store, allowance, precedence)
    return Desk(questions, AnswerSink(client, precedence), allowance)


def _refused_share(plan: Plan, store: Store) -> RefusedShare | None:
    if plan.dead_letters_max is None:
        return None
    letters = str(dead_letter_file(store.directory)) if plan.kafka is None else f"topic {plan.topic_names.dead_letters}"
    return RefusedShare(plan.dead_letters_max, letters)


def _resend(plan: Plan, started: Started, client: redis.Redis, stop: StopRequest) -> ResendSource:
    """What earlier runs published since the last snapshot; where a view is replaced, everything is told anyway."""
    records = TopicOfRecords(plan.kafka, plan.topic_names.attributions) if plan.kafka is not None else None
    return ResendSource(
        records,
        partial(unsettled_rows, client, stop),
        stop,
        lists=started.mode is Mode.RESUME,
        ends=bool(plan.files),
    )


def _has_core_to_spare(plan: Plan) -> bool:
    """Whether each worker can have a process beside it."""
    return plan.decode_ahead and usable_cores() > plan.workers


def _tell_progress(status: RunStatus) -> Callable[[str, bool], None]:
    def tell(partition: str, caught_up: bool) -> None:  # noqa: FBT001 - the source calls it so
        (status.caught_up if caught_up else status.behind)([f"source:{partition}"])

    return tell


def _timelines(base: SettingsFile) -> Callable[[str], Timeline]:
    """Account → its settings as the file gives them; one object for accounts that share them."""

    @cache
    def of_text(text: bytes) -> Timeline:
        return of_file(from_canonical(text))

    return lambda account: of_text(canonical(base.of(account)))


@contextmanager
def _engine_noise() -> Iterator[IO[str]]:
    """Keep from stderr what the engine writes there itself when a step fails: panics, in many lines.

    Python's own stderr goes on as it was. Yields where the rest went.
    """
    with tempfile.TemporaryFile("w+", errors="replace") as noise:
        sys.stderr.flush()
        real = os.dup(2)
        own = sys.stderr
        os.dup2(noise.fileno(), 2)
        try:
            with open(real, "w", buffering=1, encoding=own.encoding, closefd=False) as sys.stderr:
                yield noise
        finally:
            sys.stderr = own
            os.dup2(real, 2)
            os.close(real)
