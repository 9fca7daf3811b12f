"""The realistic events' totals, contact by contact, are those of all events at once, and lasttouch comes to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.realistic_events import reference_totals
from benchmarks.totals import Earned
from generator import stream
from tests.reference.reference import WHOLE, expected

ACME = {"account": "acme"}
CLICK = {"type": "touch", **ACME, "channel": "email", "event": "clicked", "message": "m1"}
ORDER = {"type": "order", **ACME, "currency": "EUR", "ordered_at": "2026-01-05T10:00:00Z"}
NOW_MS = stream.START_MS + 30 * 86_400_000


def written(path: Path, *events: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def test_each_contact_s_orders_are_credited_to_its_own_touches(tmp_path: Path) -> None:
    events: list[dict[str, Any]] = [
        {**CLICK, "contact": "c1", "campaign": "k1", "time": "2026-01-05T09:00:00Z"},
        {**CLICK, "contact": "c1", "campaign": "k2", "time": "2026-01-05T09:30:00Z", "automated": True},
        {**CLICK, "contact": "c2", "campaign": "k3", "time": "2026-01-05T09:45:00Z"},
        *(
            {**ORDER, "contact": contact, "order": order, "status": status, "amount": amount, "time": time, **other}
            for contact, order, status, amount, time, other in [
                ("c1", "o1", "DELIVERED", "10.01", "2026-01-06T10:00:00Z", {}),
                ("c1", "o1", "DELIVERED", "10.01", "2026-01-06T10:00:00Z", {}),
                ("c2", "o2", "DELIVERED", "5.00", "2026-01-06T10:00:00Z", {}),
                ("c2", "o2", "CANCELLED", "5.00", "2026-01-07T10:00:00Z", {}),
                ("c3", "o3", "DELIVERED", "7.00", "2026-01-06T10:00:00Z", {}),
                ("c1", "o4", "DELIVERED", "700", "2026-01-06T10:00:00Z", {"currency": "JPY"}),
            ]
        ),
    ]
    totals = reference_totals(written(tmp_path / "events.jsonl", *events))
    assert totals == {"k1": Earned(1, 1_001), "(none)": Earned(1, 700)}


def test_contact_by_contact_comes_to_the_same_as_all_at_once(tmp_path: Path) -> None:
    lines = list(stream.events(4_000, 400, 1))
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(lines))
    totals = reference_totals(path)
    view = expected(lines, {}, NOW_MS, **WHOLE)
    delivered = [row for row in view.rows.values() if (row["status"], row["currency"]) == ("DELIVERED", "EUR")]
    counted = {name: sum((row["campaign"] or "(none)") == name for row in delivered) for name in totals}
    assert sum(total.purchases for total in totals.values()) == len(delivered) > 10
    assert counted == {name: total.purchases for name, total in totals.items()}
    total = view.redis["lasttouch:{acme}:total"]
    credited = sum(total.revenue for name, total in totals.items() if name != "(none)")
    assert credited == int(total["revenue:EUR"])
    assert totals["(none)"].revenue == int(total["unattributed:revenue:EUR"])
