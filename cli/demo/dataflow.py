"""The demo's dataflow: `lasttouch run`."""

from __future__ import annotations

import redis

from cli.demo.child import CommandProcess
from connectors.view.layout import CATCHING_UP, RUN_KEY


class DataflowProcess(CommandProcess):
    """A `lasttouch run` from Kafka."""

    name = "the dataflow"
    command = "run"

    def is_ready(self, client: redis.Redis) -> bool:
        """Whether it reads its topics as fast as they fill. Raises `Unavailable` when it does not come to that."""
        self.check()
        # It says so in Redis: "1" from its start until it has read as far as the topics went then.
        if client.hget(RUN_KEY, CATCHING_UP) in {b"0", "0"}:
            return True
        self.check_start()
        return False
