"""What the stages answer is what they show, at every moment, and asking changes nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.view.order_rows import row
from reports.contact_card import read_contact_card
from reports.settings_preview import known_timeline
from state import changed_settings
from state.changes import Outcome
from state.contact_card import ORDERS_MOST, Card
from state.explanation import Explanation
from state.key_groups import GROUPS
from state.questions import (
    AccountVersions,
    Answer,
    CountedSales,
    ExplainOrder,
    FindOrder,
    OrdersSlice,
    PreviewOrders,
    Question,
    ShowContact,
    Sums,
    decode_answer,
    decode_question,
    encode_answer,
    encode_question,
)
from state.settings import canonical, parse_settings
from state.timeline import Version
from state.times import format_time
from tests.dataflows.flow.stages import Snapshot, Stages
from tests.examples import examples
from tests.reference.scenario import contact, erase, order, partial, touch
from tests.reference.strategies import EVERY_KIND, deliveries, event_sets, settings_files
from tests.reference.values import moment_ms
from tests.reports.shop import period

EXAMPLES = examples(40)


@dataclass
class Asking:
    """Asks the stages as a command does, by what travels as bytes."""

    stages: Stages

    def ask(self, question: Question) -> Answer:
        answer = self.stages.answer(decode_question(encode_question(question)))
        return decode_answer(question, encode_answer(answer))

    def ask_all(self, questions: Iterable[Question]) -> Iterator[Answer]:
        return map(self.ask, questions)

    def catching_up(self) -> bool:
        return True


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), settings_files())
def test_what_has_arrived_is_answered_as_it_is_shown(data: st.DataObject, tables: dict[str, dict[str, Any]]) -> None:
    stages = Stages(tables)
    for batch in data.draw(deliveries(data.draw(event_sets("erase", **EVERY_KIND)))):
        stages.read(batch)
        before = stages.snapshot()
        asks = Asking(stages)
        by_contact: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for (account, order_id), shown in stages.rows.items():
            found = asks.ask(FindOrder(account, order_id)).found
            assert isinstance(found, Outcome)
            assert json.loads(row(found)) == shown
            as_of, explained = asks.ask(ExplainOrder(account, order_id))
            assert isinstance(explained, Explanation)
            credit = explained.decision.credit
            assert (credit and credit.campaign, explained.decision.reason) == (shown["campaign"], shown["reason"])
            assert as_of is not None
            assert format_time(as_of) == stages.as_of[account]
            if shown["contact"] is not None:
                by_contact.setdefault((account, shown["contact"]), []).append(shown)
        for (account, name), rows in by_contact.items():
            _is_card_of(asks.ask(ShowContact(account, name)).found, name, rows)
        for account, shown_as_of in stages.as_of.items():
            assert format_time(asks.ask(AccountVersions(account)).as_of or 0) == shown_as_of
        assert _of_known_groups(stages.snapshot(), before) == before


def _of_known_groups(after: Snapshot, before: Snapshot) -> Snapshot:
    """What is snapshotted of the key groups that were there before; a question wakes others, which are empty."""
    return {stage: {key: after[stage][key] for key in groups} for stage, groups in before.items()}


def _is_card_of(card: object, name: str, rows: list[dict[str, Any]]) -> None:
    """The orders and their sums as the rows have them; none of a contact that was erased."""
    if name.startswith("erased-"):
        assert card is None
        return
    assert isinstance(card, Card)
    newest = sorted(rows, key=lambda shown: shown["order"])
    newest.sort(key=lambda shown: str(shown["ordered_at"]), reverse=True)
    assert [json.loads(row(one)) for one in card.orders] == newest
    delivered = Counter(shown["currency"] for shown in rows if shown["status"] == "DELIVERED")
    assert {one.currency: one.orders for one in card.revenue} == delivered


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(st.data(), settings_files())
def test_what_a_preview_says_is_what_the_change_then_does(
    data: st.DataObject, tables: dict[str, dict[str, Any]]
) -> None:
    """Also where the orders of a key group are looked at in many parts."""
    stages = Stages(tables)
    for batch in data.draw(deliveries(data.draw(event_sets("whole", **EVERY_KIND)))):
        stages.read(batch)
    asks = Asking(stages)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(changed_settings, "ORDERS_AT_ONCE", 1)
        for account in list(stages.as_of):
            before, difference = _counted(asks, account), _previewed(asks, account)
            assert known_timeline(asks, account) is not None
            stages.read([_change(account)])
            after = _counted(asks, account)
            before.update(difference)
            assert {name: amount for name, amount in before.items() if amount} == after
            assert not any(_previewed(asks, account).values())


CHANNELS = {"email": {"event": "opened", "window": "2w"}, "viber": {"event": "sent", "window": "3d"}}
CHANGED = {"channels": CHANNELS, "currency": "UAH", "time_zone": "Asia/Tokyo", "ignore_automated": False}
SINCE_MS, SAID_MS = moment_ms("2026-03-05T10:00:00Z"), moment_ms("2026-03-30T10:00:00Z")
VERSION = Version(SINCE_MS, SAID_MS, canonical(parse_settings(CHANGED)))
FIRST, LAST = (day.toordinal() for day in period())


def _change(account: str) -> bytes:
    since, said = format_time(VERSION.effective_from), format_time(VERSION.time)
    event = {"type": "settings", "account": account, "effective_from": since, "time": said}
    return json.dumps(event | msgspec.to_builtins(VERSION.settings)).encode()


def _counted(asks: Asking, account: str) -> Counter[tuple[str, str, str]]:
    answers = asks.ask_all(CountedSales(account, FIRST, LAST, group) for group in range(GROUPS))
    return _added_up(cast("Sums", answer.found) for answer in answers)


def _previewed(asks: Asking, account: str) -> Counter[tuple[str, str, str]]:
    sums: list[Sums] = []
    for group in range(GROUPS):
        part, parts = 0, 0
        while part <= parts - 1 or part == 0:
            found = asks.ask(PreviewOrders(account, VERSION, FIRST, LAST, group, part, parts)).found
            assert isinstance(found, OrdersSlice)
            sums.append(found.sums)
            part, parts = part + 1, found.parts
    return _added_up(sums)


def _added_up(parts: Iterable[Sums]) -> Counter[tuple[str, str, str]]:
    sums: Counter[tuple[str, str, str]] = Counter()
    for part in parts:
        for channel, campaign, field, amount in part:
            sums[channel, campaign, field] += int(amount)
    return sums


def test_a_question_comes_behind_the_events_that_were_read_before_it() -> None:
    """Whatever they are on their way to, with other batches before and behind it."""
    stages = Stages({})
    stages.queue([touch("clicked", "03-01 10:00"), order("03-01 12:00")])
    stages.ask(ExplainOrder("acme", "o1"))
    stages.queue([order("03-01 12:00", "03-21 00:00", status="CANCELLED")])
    stages.drain()
    [answered] = stages.answers
    assert isinstance(answered.answer.found, Explanation)
    assert answered.answer.as_of == moment_ms("2026-03-21T00:00:00Z")


def test_of_what_nobody_has_heard_of_nothing_is_said_and_nothing_is_kept() -> None:
    """An order with partial events only is not known yet either (contract §9)."""
    stages = Stages({})
    stages.read([partial("03-01 10:00"), touch("clicked", "03-01 10:00")])
    before = stages.snapshot()
    asks = Asking(stages)
    for account in ("acme", "other"):
        assert asks.ask(ExplainOrder(account, "o1")) == Answer(None, None)
        assert asks.ask(FindOrder(account, "o1")) == Answer(None, None)
        assert asks.ask(ShowContact(account, "bob")) == Answer(None, None)
    assert asks.ask(AccountVersions("other")) == Answer(None, None)
    assert _of_known_groups(stages.snapshot(), before) == before


def test_a_contacts_card() -> None:
    asks = Asking(Stages({}))
    asks.stages.read(
        [
            contact("ann", "03-01 09:00", email="ann@example.org", first_name="Ann", phone="+380501234567"),
            contact("ann", "03-02 09:00", email="ann@example.com"),
            touch("sent", "03-01 10:00"),
            touch("sent", "03-01 11:00", message="m2", automated=True),
            touch("opened", "03-01 12:00", automated=True),
            touch("opened", "03-01 11:30"),
            touch("clicked", "03-01 11:40", channel="viber"),
            order("03-01 12:00", order="o1"),
            order("03-02 12:00", order="o2", amount="2.50"),
            order("03-03 12:00", order="o3", status="CANCELLED"),
            order("03-03 12:00", order="o4", amount="7", currency="JPY"),
            order("03-04 12:00", order="o5", contact="bob"),
        ]
    )
    card = read_contact_card(asks, "acme", "ann")
    assert card is not None
    assert (card.email, card.phone) == ("ann@example.com", "+380501234567")
    assert (card.first_name, card.last_name, card.external_customer_id) == ("Ann", None, None)
    assert [msgspec.to_builtins(channel) for channel in card.channels] == [
        {
            "channel": "email",
            "sent_at": "2026-03-01T11:00:00.000Z",
            "delivered_at": None,
            "opened_at": "2026-03-01T11:30:00.000Z",
            "clicked_at": None,
            "opened_by_machine_at": "2026-03-01T12:00:00.000Z",
            "clicked_by_machine_at": None,
        },
        {
            "channel": "viber",
            "sent_at": None,
            "delivered_at": None,
            "opened_at": None,
            "clicked_at": "2026-03-01T11:40:00.000Z",
            "opened_by_machine_at": None,
            "clicked_by_machine_at": None,
        },
    ]
    assert [one.order for one in card.orders] == ["o3", "o4", "o2", "o1"]
    assert [(one.currency, one.orders, one.amount) for one in card.revenue] == [("EUR", 2, "12.50"), ("JPY", 1, "7")]
    assert (card.as_of, card.catching_up) == ("2026-03-20T00:00:00.000Z", True)


def test_a_card_has_the_newest_orders_and_what_all_have_brought() -> None:
    asks = Asking(Stages({}))
    asks.stages.read([order(f"03-01 {n // 60:02}:{n % 60:02}", order=f"o{n}") for n in range(150)])
    card = read_contact_card(asks, "acme", "ann")
    assert card is not None
    assert [one.order for one in card.orders] == [f"o{number}" for number in range(149, 149 - ORDERS_MOST, -1)]
    assert [(one.orders, one.amount) for one in card.revenue] == [(150, "1500.00")]


def test_of_an_erased_contact_nothing_is_said() -> None:
    """Neither its name nor its address, nor the ids of its messages; what it did later is its own again."""
    asks = Asking(Stages({}))
    asks.stages.read(
        [
            contact("hedy", "03-01 09:00", email="hedy@example.org", first_name="Hedwig"),
            touch("clicked", "03-01 10:00", contact="hedy", message="to-hedy"),
            order("03-01 12:00", contact="hedy", email="hedy@example.org", last_name="Archer"),
        ]
    )
    asks.stages.read([erase("hedy", "03-25 00:00")])
    assert asks.ask(ShowContact("acme", "hedy")).found is None
    explained = asks.ask(ExplainOrder("acme", "o1")).found
    assert isinstance(explained, Explanation)
    assert explained.order.contact is not None
    for found in (explained, asks.ask(FindOrder("acme", "o1")).found):
        assert not [word for word in (b"hedy", b"Hedwig", b"Archer") if word in encode_answer(found)]
    assert asks.ask(ShowContact("acme", explained.order.contact)).found is None
    asks.stages.read([touch("clicked", "03-26 10:00", contact="hedy", message="m9")])
    card = asks.ask(ShowContact("acme", "hedy")).found
    assert isinstance(card, Card)
    assert card.orders == []


def test_a_question_that_cannot_be_answered_ends_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    stages = Stages({})
    stages.read([order("03-01 12:00")])
    broken = VERSION._replace(text=b"not settings")
    for group in range(GROUPS):
        stages.ask(PreviewOrders("acme", broken, FIRST, LAST, group))
    stages.drain()
    assert len(stages.answers) == GROUPS - 1
    assert "a question is not answered" in capsys.readouterr().out
    assert isinstance(stages.answer(FindOrder("acme", "o1")).found, Outcome)
