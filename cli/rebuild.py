"""`lasttouch rebuild`: Redis anew from the dataflow's state, while the stream runs or stands (contract §7)."""

from __future__ import annotations

from pathlib import Path

import typer

from cli.options import RecoveryDir, RedisUrl
from cli.progress import count_progress
from config import addresses
from config.logs import configure_logs
from connectors.view.run_status import SINK_PARTITIONS
from dataflows.run.plan import Plan
from dataflows.run.rebuilding import rebuild as rebuild_view

INTERRUPTED_STATUS = 130


def rebuild(
    redis_url: RedisUrl = addresses.REDIS_URL_DEFAULT,
    recovery_dir: RecoveryDir = Path(addresses.RECOVERY_DIR_DEFAULT),
) -> int:
    """Build the view in Redis anew from what the dataflow retains, after Redis lost it or to be sure of it.

    A run that uses the recovery directory does it and goes on; without one it is done here. Readers see each key go
    from its old to its final value.
    """
    configure_logs()
    plan = Plan(redis_url=redis_url, kafka=None, settings=None, recovery_dir=str(recovery_dir), rebuild=True)
    with count_progress("rebuild", len(SINK_PARTITIONS)) as tell:
        done = rebuild_view(plan, tell)
    if done is None:
        return INTERRUPTED_STATUS
    by = "by the run that uses it" if done.by_live_run else "no run was using it"
    typer.echo(f"view rebuilt from {recovery_dir} in {done.seconds:.1f} s ({by})")
    return 0
