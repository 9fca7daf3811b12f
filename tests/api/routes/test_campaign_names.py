"""What a campaign is called, said over HTTP."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from config.tokens_file import Role
from state.events import CampaignName
from state.times import parse_time
from tests.api.asking import Asker
from tests.api.routes.written import profiles


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ADMIN])
def test_a_name_is_an_event(writing: Asker, role: Role) -> None:
    campaign = "весна/2026 %2F?"
    answer = writing.ask("PUT", f"/v1/campaigns/sms/{quote(campaign, safe='')}", role, json={"name": "Весна"})
    assert answer.status_code == 202
    taken = answer.json()
    assert (taken["channel"], taken["campaign"], taken["name"]) == ("sms", campaign, "Весна")
    assert profiles(writing)[-1] == CampaignName("acme", "sms", campaign, "Весна", parse_time(taken["time"]))


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("sms/k", {"name": ""}, "name"),
        ("sms/k", {"name": "x" * 257}, "name"),
        ("sms/k", {"name": 7}, "name"),
        ("sms/k", {}, "name"),
        ("sms/k", {"name": "n", "colour": "red"}, "colour"),
        ("SMS!/k", {"name": "n"}, "channel"),
        ("sms/" + "k" * 257, {"name": "n"}, "campaign"),
    ],
)
def test_what_is_wrong_is_named(writing: Asker, path: str, body: object, field: str) -> None:
    answer = writing.ask("PUT", f"/v1/campaigns/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_who_may_not(writing: Asker, api: Asker) -> None:
    for role in (Role.VIEWER, Role.INGEST):
        assert writing.ask("PUT", "/v1/campaigns/sms/k", role, json={"name": "n"}).status_code == 403
    answer = api.ask("PUT", "/v1/campaigns/sms/k", json={"name": "n"})
    assert (answer.status_code, answer.json()["away"]) == (503, "no_kafka")
