"""What campaigns are called, as the view has it."""

from __future__ import annotations

from contextlib import closing

import redis

from connectors.view.sink import TotalsWrite
from state.events import CampaignName
from tests.connectors.view.view_writes import contents, partition


def test_a_campaigns_name_is_written_and_stays_until_it_is_said_otherwise(valkey: redis.Redis) -> None:
    with closing(partition(valkey)) as part:
        for name in ("Spring sale", "Весняний розпродаж"):
            part.write_batch([[TotalsWrite([], {}, [CampaignName("acme", "email", "spring/1", name, 5)])]])
            part.snapshot()
            assert contents(valkey)["lasttouch:{acme}:names"] == {"email:spring%2F1": name}
