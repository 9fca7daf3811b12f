"""An explanation for programs and for people."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from reports.explanation import Explained, ExplanationReport, explanation_report
from reports.explanation_text import explanation_lines
from reports.touch_words import span_words
from state.explanation import Explanation, explained
from state.settings import Settings
from state.touch_text import TouchText
from tests.state.shop import DAY, HOUR, MINUTE, Fact, Shop, at, order, touch

TOUCHES = (
    touch("clicked", "03-01 11:00"),
    touch("clicked", "03-01 10:00", message="m2", tags=["service", "vip"]),
    touch("clicked", "02-28 08:48", message="m3"),
    touch("opened", "03-01 11:30", automated=True),
)


def explanation(*facts: Fact, contact: str = "ann", **table: Any) -> Explanation:
    shop = Shop(Settings(**table))
    shop.receive(*facts)
    kept = shop.contacts.accounts["acme"]
    placed = kept.orders.find(contact, "o1")
    assert placed is not None
    return explained(
        placed,
        kept.messages.get(contact, b""),
        kept.timeline,
        shop.published.history("acme", "o1"),
    )


def report_of(explanation: Explanation) -> ExplanationReport:
    return explanation_report(Explained(explanation, at("03-02 08:00"), catching_up=True))


def text(*facts: Fact, width: int = 80, **table: Any) -> str:
    return "\n".join(explanation_lines(explanation(*facts, **table), width))


def test_for_programs() -> None:
    report = report_of(explanation(*TOUCHES, order(refunded=250), excluded_tags=("service",)))
    shown = json.loads(msgspec.json.encode(report))
    credit = {
        "channel": "email",
        "campaign": "spring",
        "message": "m1",
        "event": "clicked",
        "touched_at": "2026-03-01T11:00:00.000Z",
        "window": "24h",
    }
    assert shown == shown | {
        "account": "acme",
        "order": "o1",
        "contact": "ann",
        "moved": False,
        "status": "DELIVERED",
        "amount": "10.00",
        "currency": "EUR",
        "refunded": "2.50",
        "ordered_at": "2026-03-01T12:00:00.000Z",
        "credited": True,
        "reason": "last_touch",
        "credit": credit,
        "time_zone": "UTC",
        "as_of": "2026-03-02T08:00:00.000Z",
        "catching_up": True,
    }
    assert shown["settings"]["effective_from"] is None
    assert shown["settings"]["channels"]["sms"] == {"event": "delivered", "window": "48h"}
    assert shown["settings"]["excluded_tags"] == ["service"]
    assert [(one["message"], one["why"], one["off_by_ms"], one["words"]) for one in shown["candidates"]] == [
        ("m1", "wrong_event", None, "wrong event: only clicked counts"),
        ("m1", "credited", None, "credited"),
        ("m2", "excluded_tag", None, "excluded tag service"),
        ("m3", "outside_window", 3 * HOUR + 12 * MINUTE, "outside the 24h window by 3h 12m"),
    ]
    assert [(one["cause"], one["reason"], one["credit"]) for one in shown["history"]] == [
        ("order", "last_touch", credit)
    ]


def test_in_words() -> None:
    lines = text(*TOUCHES, order(), excluded_tags=("service",)).splitlines()
    assert lines[:2] == [
        "Order o1 of account acme, 10.00 EUR, of contact ann",
        "ordered 2026-03-01 12:00:00, delivered since 2026-03-01 13:00:00 (UTC)",
    ]
    assert " ".join(" ".join(lines[3:5]).split()) == (
        "Credited to campaign spring (email): message m1 was clicked 2026-03-01 11:00:00, 1h before the order. It is "
        "the only eligible touch."
    )
    assert "2026-03-01 11:00:00 email clicked" in "\n".join(lines)
    (credited,) = (line for line in lines if "→" in line)
    assert credited.startswith("2026-03-01 11:00:00")
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize(
    ("facts", "table", "words"),
    [
        ([order(status="IN_PROGRESS")], {}, "only delivered orders are, and this one is in progress"),
        ([order(status="IN_PROGRESS")], {}, "once delivered, either: the contact has no eligible touch"),
        ([order(status="INITIALIZED")], {"show_sales": False}, "once delivered, either: sales are hidden"),
        ([order(status="ABANDONED_SHOPPING_CART")], {}, "this one is abandoned"),
        ([order()], {"show_sales": False}, "show_sales off"),
        ([order()], {"associate_with_last_message": False}, "associate_with_last_message off"),
        ([order()], {}, "the contact has no touches"),
        ([order(), touch("sent", "03-01 11:00")], {}, "none of the contact's 1 touches is eligible"),
        ([order(), touch("clicked", "03-01 11:00")], {"channels": {}}, "no channel earns anything"),
        ([order(status="CANCELLED"), touch("clicked", "03-01 11:00")], {}, "would be credited"),
        ([order(), touch("clicked", "03-01 11:00", automated=True)], {}, "automated, so it is ignored"),
    ],
)
def test_whatever_the_decision_is_its_reason_is_said(facts: list[Fact], table: dict[str, Any], words: str) -> None:
    assert words in " ".join(text(*facts, width=200, **table).split())


def test_an_order_on_the_way_says_where_it_is_expected() -> None:
    facts = (*TOUCHES, order("03-01 12:00", status="IN_PROGRESS"))
    words = " ".join(text(*facts, width=400).split())
    assert (
        "Expected at campaign spring (email): message m1 was clicked 2026-03-01 11:00:00, 1h before the order. It is "
        "the latest of 2 eligible touches. It is in progress, and credited to nobody until it is delivered."
    ) in words
    assert "→ will be credited once the order is delivered" in words
    assert "expected at spring, m1 (email clicked)" in words
    report = report_of(explanation(*facts))
    assert (report.credited, report.credit, report.reason) == (False, None, "not_delivered")
    assert report.expected == TouchText("email", "spring", "m1", "clicked", "2026-03-01T11:00:00.000Z", "24h")
    assert [told.expected for told in report.history] == [report.expected]


def test_it_is_said_that_older_messages_may_have_been_pushed_out() -> None:
    many = [touch("sent", "03-01 10:00", message=f"m{n}") for n in range(64)]
    said = "Of email the contact's 64 latest messages are kept: older ones may have been pushed out."
    assert said in text(*many, order(), width=120)
    assert "pushed out" not in text(*many[1:], order(), width=120)
    assert report_of(explanation(*many, order())).full_channels == ["email"]


def test_a_pending_order_says_what_it_waits_for() -> None:
    pending = explanation(order(contact=None, phone="+380501234567"), contact="")
    words = " ".join(" ".join(explanation_lines(pending, 80)).split())
    assert "of a contact that is not known yet" in words
    assert "no contact has declared its external_customer_id, email or phone yet" in words
    assert "+380501234567" not in words
    report = report_of(pending)
    assert (report.contact, report.credit, report.candidates) == (None, None, [])


def test_times_are_those_of_the_accounts_zone() -> None:
    assert "ordered 2026-03-01 14:00:00" in text(order(), time_zone="Europe/Kyiv")


def test_of_many_touches_those_that_could_never_count_are_numbered() -> None:
    many = [touch("opened", f"03-01 {hour:02}:{minute:02}") for hour in (9, 10) for minute in range(0, 60, 8)]
    elsewhere = [touch("clicked", f"03-01 10:{minute:02}", channel="telegram") for minute in range(17)]
    words = " ".join(text(*many, *elsewhere, *TOUCHES, order()).split())
    assert "Not listed (--format json has all): 17 of an event that does not connect its channel to a sale" in words
    assert "16 email opened" not in words
    assert "17 of a channel that the settings do not have: 17 telegram clicked." in words
    assert "→ credited" in words


def test_what_an_id_holds_cannot_steer_the_terminal() -> None:
    shown = text(touch("clicked", "03-01 11:00", campaign="a\x1b[31m\nb"), order())
    assert "\x1b" not in shown
    assert "a\\x1b[31m\\nb" in "".join(shown.split())


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0ms"),
        (999, "999ms"),
        (1_000, "1s"),
        (61_000, "1m 1s"),
        (HOUR, "1h"),
        (HOUR + 1_000, "1h"),
        (2 * DAY + 5 * HOUR + 59 * MINUTE, "2d 5h"),
        (400 * DAY, "400d"),
    ],
)
def test_spans(ms: int, words: str) -> None:
    assert span_words(ms) == words
