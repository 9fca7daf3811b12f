"""`lasttouch rebuild`: Redis anew from the dataflow's state, while the stream runs or stands (contract §7)."""

from __future__ import annotations

from pathlib import Path

import typer

from cli.options import RecoveryDir, RedisUrl, ReplaceView, RowDays, row_days
from cli.progress import count_progress
from config import addresses
from config.logs import configure_logs
from config.stopping import StopRequest
from connectors.view.run_status import SINK_PARTITIONS
from dataflows.run.plan import Plan
from dataflows.run.rebuilding import rebuild as rebuild_view


def rebuild(
    redis_url: RedisUrl = addresses.REDIS_URL_DEFAULT,
    recovery_dir: RecoveryDir = Path(addresses.RECOVERY_DIR_DEFAULT),
    row_retention_days: RowDays = addresses.ROW_RETENTION_DAYS_DEFAULT,
    replace_view: ReplaceView = False,
) -> int:
    """Build the view in Redis anew from what the dataflow retains, after Redis lost it or to be sure of it.

    A run that uses the recovery directory does it by its own flags and goes on; without one it is done here. Readers
    see each key go from its old to its final value.
    """
    configure_logs()
    plan = Plan(
        redis_url=redis_url,
        kafka=None,
        settings=None,
        recovery_dir=str(recovery_dir),
        row_days=row_days(row_retention_days),
        rebuild=True,
        replace_view=replace_view,
    )
    stop = StopRequest()
    with count_progress("rebuild", len(SINK_PARTITIONS)) as tell:
        done = rebuild_view(plan, tell, stop)
    if done is None:
        return plan.stopped_status(stop.by)
    by = "by the run that uses it" if done.by_live_run else "no run was using it"
    typer.echo(f"view rebuilt from {recovery_dir} in {done.seconds:.1f} s ({by})")
    return 0
