"""`lasttouch demo --webhooks`: the shop's events in the forms of other systems come to what they come to without."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest

from api.intake import contract_events, sendgrid, yespo_orders
from api.intake.elements import Accepted, Element
from api.intake.identities import Declaration, contact_events
from api.intake.request import AccountValues, Request
from cli.demo import webhooks
from cli.demo.sent_forms import Form, SentForms
from cli.demo.session import SETTINGS
from cli.demo.shop import LINES_AT_ONCE
from cli.demo.webhooks import WebhookWriter
from config.errors import Unavailable
from config.stopping import StopRequest
from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from generator import stream
from generator.shop import WEEK_MS
from tests.api.serving import serving
from tests.cli.test_demo import check_reports, started
from tests.reference.reference import Facts, facts_of, read_all
from tests.reference.reports import Report
from tests.servers.ports import own_port

END_MS: Final = stream.START_MS + WEEK_MS
CONTACTS: Final = 400
MAPS: Final[Mapping[str, Callable[[Request], list[Element]]]] = {
    "/v1/events": contract_events.map_request,
    "/v1/hooks/sendgrid": sendgrid.map_request,
    "/api/v1/orders": yespo_orders.map_request,
}
ACCOUNT: Final = AccountValues("acme", "EUR", "Europe/Kyiv")


@cache
def lines_of_a_week() -> tuple[bytes, ...]:
    return tuple(stream.live(6_000, CONTACTS, 3, start_ms=stream.START_MS, end_ms=END_MS, mail_in_seconds=True))


def forms() -> list[Form]:
    sent, lines = SentForms(CONTACTS), iter(lines_of_a_week())
    return [form for batch in iter(lambda: list(islice(lines, LINES_AT_ONCE)), []) for form in sent.of(batch)]


def accepted(form: Form) -> list[bytes]:
    """The events that come of a request, all of which is taken."""
    headers = {"content-type": "application/json"}
    elements = MAPS[form.path](Request(headers, "", form.body, ACCOUNT, END_MS))
    events: list[bytes] = []
    declared: list[Declaration] = []
    for element in elements:
        assert isinstance(element, Accepted), element
        events += element.events
        declared += element.declares
    return events + contact_events("acme", declared)


def facts(lines: Sequence[bytes]) -> Facts:
    return facts_of(read_all(lines, END_MS), tomllib.loads(SETTINGS)["accounts"], erase_unnamed=True)


def rows(report: Report) -> list[dict[str, Any]]:
    """The orders, but for the addresses that Yespo's orders all have."""
    return [{name: value for name, value in row.items() if name != "email"} for row in report.orders()["orders"]]


def test_what_is_sent_comes_to_the_same_reports() -> None:
    """By the reference: every credit, every count, every refund."""
    sent = forms()
    assert {form.path for form in sent} == MAPS.keys()
    period = ("acme", "2026-01-01", "2026-01-31")
    plain = Report(facts(lines_of_a_week()), *period)
    sent_on = Report(facts([event for form in sent for event in accepted(form)]), *period)
    assert sent_on.campaigns() == plain.campaigns()
    assert sent_on.channels() == plain.channels()
    assert sent_on.orders()["totals"] == plain.orders()["totals"]
    assert plain.orders()["totals"]["refunded"]["orders"] > 0
    assert rows(sent_on) == rows(plain)


def test_mails_go_through_sendgrid_but_for_what_it_has_no_word_for() -> None:
    others = [event for form in forms() if form.path == "/v1/events" for event in json.loads(form.body)]
    mails = [event for event in others if event.get("channel") == "email"]
    assert {(mail["event"], mail["automated"]) for mail in mails} == {("clicked", True)}
    assert not [event for event in others if event["type"] == "order" and "refunded" not in event]


def test_a_week_of_the_shop_over_http_ends_with_reports_that_agree(tmp_path: Path) -> None:
    with started(tmp_path / "tmp", "--webhooks", "--seconds", "5", "--events-per-second", "500") as demo:
        assert demo.wait() == 0, demo.err
    assert not demo.err
    assert "its mails come in as SendGrid's webhooks, its orders as Yespo's" in demo.out
    check_reports(demo.out)


def test_a_server_that_does_not_take_events_is_told_of_with_its_own_words(
    tmp_path: Path, valkey_server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "PATIENCE_S", 0.0)
    with serving(tmp_path, valkey_server.url) as served:
        wrong = WebhookWriter(served.url, "lt_wrong", CONTACTS, StopRequest())
        with pytest.raises(Unavailable, match=r"did not take /v1/events: 401 .*unauthorized"):
            wrong.write(lines_of_a_week()[:LINES_AT_ONCE])
        right = WebhookWriter(served.url, served.tokens["acme", Role.INGEST], CONTACTS, StopRequest())
        with pytest.raises(Unavailable, match=r"did not take /v1/events within 0 s: 503 .*unavailable"):
            right.write(lines_of_a_week()[:LINES_AT_ONCE])
    nobodys = f"http://127.0.0.1:{own_port()}"
    with pytest.raises(Unavailable, match=r"did not take /v1/events within 0 s: .*refused"):
        WebhookWriter(nobodys, "lt_wrong", CONTACTS, StopRequest()).write(lines_of_a_week()[:LINES_AT_ONCE])
