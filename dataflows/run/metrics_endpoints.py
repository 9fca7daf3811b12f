"""Where a run serves its metrics: the supervisor on a port below the first worker's, worker i on that port + i.

In a cluster over several machines i is counted on each of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
from prometheus_client import ProcessCollector
from prometheus_client.registry import CollectorRegistry

from config import metric_names as names
from config.metrics_address import MetricsAddress
from connectors.metrics.endpoint import Endpoint, claim
from connectors.metrics.series import Counts, registry
from connectors.metrics.stream import StreamMetrics
from dataflows.run.plan import Plan

PORTS_BELOW: Final = 1
"""The supervisor's."""


class RunMetrics:
    """What the process of `lasttouch run` itself counts."""

    def __init__(self, plan: Plan, worker: StreamMetrics | None) -> None:
        self.plan = plan
        """With metrics only where they are served."""
        self.worker = worker
        """Of the one worker, where it is in this process and its metrics are served."""
        self.restarts = Counts(names.RESTARTS)


@contextmanager
def run_metrics(plan: Plan) -> Iterator[RunMetrics]:
    """Serve the supervisor's metrics, and those of a worker in this process.

    Raises `Unavailable` where a chosen port is taken, of whichever worker it is.
    """
    address = plan.metrics
    if address is None:
        yield RunMetrics(plan, None)
        return
    if plan.addresses:
        yield RunMetrics(_of_member(plan, address), None)
        return
    endpoints = claim(address, range(address.port - PORTS_BELOW, address.port + plan.workers))
    if not endpoints:
        yield RunMetrics(msgspec.structs.replace(plan, metrics=None), None)
        return
    supervisor, first, *others = endpoints
    is_here = plan.workers == 1
    # The workers' processes take theirs themselves.
    for endpoint in others if is_here else [first, *others]:
        endpoint.close()
    run = RunMetrics(plan, StreamMetrics() if is_here else None)
    supervisor.answer_from(registry(lambda: [run.restarts.family()]))
    if run.worker is not None:
        first.answer_from(worker_registry(run.worker))
    try:
        yield run
    finally:
        supervisor.close()
        if run.worker is not None:
            first.close()


def _of_member(plan: Plan, address: MetricsAddress) -> Plan:
    """The plan of a process of a cluster, whose supervisor is somebody else; with metrics only if its port is free."""
    port = address.port + number_on_machine(plan)
    endpoints = claim(address, range(port, port + 1))
    for endpoint in endpoints:
        endpoint.close()
    return plan if endpoints else msgspec.structs.replace(plan, metrics=None)


def number_on_machine(plan: Plan) -> int:
    """Which of the cluster's processes on its machine this is, from 0."""
    hosts = [address.rpartition(":")[0] for address in plan.addresses]
    return hosts[: plan.process].count(hosts[plan.process])


def serve_worker(address: MetricsAddress | None, index: int) -> StreamMetrics | None:
    """Serve the metrics of a worker that has this process to itself. Raises `Unavailable` where its port is taken."""
    if address is None:
        return None
    metrics = StreamMetrics()
    Endpoint(address.host, address.port + index).answer_from(worker_registry(metrics))
    return metrics


def worker_registry(metrics: StreamMetrics) -> CollectorRegistry:
    """A worker's own metrics, and what its process takes of the machine."""
    made = registry(metrics.families)
    ProcessCollector(pid=os.getpid, registry=made)
    return made
