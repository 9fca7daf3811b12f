"""Every address of the page, of an account that has something to show."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from tests.web.stack import Stack

VIEWS: Final = ("overview", "campaigns", "who_bought", "campaign", "orders", "why", "settings")


def address_of(view: str, stack: Stack, account: str = "acme") -> str:
    """Where a view is found; the campaign is the account's best, the order its newest that a campaign earned."""
    best = stack.api("/v1/reports/campaigns", account)["campaigns"][0]
    campaign = f"{quote(best['channel'], safe='')}/{quote(best['campaign'], safe='')}"
    match view:
        case "overview":
            return "#/"
        case "who_bought":
            return f"#/campaigns?period=30d&bought={quote(campaign, safe='')}"
        case "campaign":
            return f"#/campaigns/{campaign}"
        case "why":
            listed = stack.api("/v1/reports/orders", account, status="DELIVERED")
            order = next(row["order"] for row in listed["orders"] if row["campaign"] is not None)
            return f"#/orders/{quote(order, safe='')}"
        case _:
            return f"#/{view}"
