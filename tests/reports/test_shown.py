"""Reports as people, programs and spreadsheets get them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from reports.campaigns import CampaignRow, CampaignsReport, CampaignsTotal
from reports.channels import ChannelRow, ChannelsReport, Earned
from reports.columns import lay_out, numbers, texts
from reports.orders import Counted, OrderEntry, OrdersReport, OrdersTotals
from reports.purchases import Purchase, PurchasesReport
from reports.render import Report, as_csv, as_json
from reports.tables import print_table
from state.touch_text import TouchText

NONE = Counted(0, "0.00")
EXPECTED = TouchText("sms", "flash", "m9", "delivered", "2026-01-01", "24h")


def a_campaign(identifier: str = "k1", purchases: int = 7, expected: int = 0, name: str | None = None) -> CampaignRow:
    return CampaignRow(
        *("email", identifier, name, purchases, "25.21", "176.50", expected, "60.00" if expected else "0.00"),
        *(2000, 1900, 900, 300, "0.0078", None),
    )


def campaigns(*rows: CampaignRow) -> CampaignsReport:
    return CampaignsReport(
        account="acme",
        channel=None,
        from_="2026-01-01",
        to="2026-01-31",
        currency="EUR",
        time_zone="Europe/Kyiv",
        total=CampaignsTotal(len(rows), 7, "25.21", "176.50", 2, "60.00"),
        campaigns=list(rows),
        as_of="2026-01-31T10:00:00.000Z",
        catching_up=True,
    )


def channels() -> ChannelsReport:
    return ChannelsReport(
        account="acme",
        from_="2026-01-01",
        to="2026-01-31",
        currency="EUR",
        time_zone="UTC",
        channels=[ChannelRow("sms", 2, "1.50", "3.00", 4, "8.00")],
        unattributed=Earned(1, "9.00", 0, "0.00"),
        total=Earned(3, "12.00", 4, "8.00"),
        as_of=None,
        catching_up=False,
    )


def orders(*lines: OrderEntry, following: str | None = None, rows_from: str | None = None) -> OrdersReport:
    return OrdersReport(
        account="acme",
        from_="2026-01-01",
        to="2026-01-31",
        currency="EUR",
        time_zone="Europe/Kyiv",
        totals=OrdersTotals(Counted(3, "12.00"), NONE, NONE, NONE, NONE, NONE, Counted(1, "5.55")),
        orders=list(lines),
        next=following,
        rows_from=rows_from,
        as_of=None,
        catching_up=False,
    )


def an_order(
    order: str = "o1", contact: str | None = "c1", status: str = "DELIVERED", expected: TouchText | None = None
) -> OrderEntry:
    return OrderEntry(
        *(order, contact, "o@example.org", None, "Олена", None, status, "12.00", "EUR", "2026-01-01T22:30:00.000Z"),
        *(None, None, None, None, "no_eligible_touch", expected),
    )


def purchases(*rows: Purchase, following: str | None = None) -> PurchasesReport:
    return PurchasesReport(
        account="acme",
        campaign="k1",
        from_="2026-01-01",
        to="2026-01-31",
        currency="EUR",
        purchases=list(rows),
        next=following,
        rows_from=msgspec.UNSET,
        as_of=None,
        catching_up=False,
    )


def a_purchase(**values: str | None) -> Purchase:
    unknown: dict[str, str | None] = dict.fromkeys(Purchase.__struct_fields__)
    bought = {"order": "o1", "amount": "12.00", "currency": "EUR", "ordered_at": "2026-01-01T22:30:00.000Z"}
    touched = {"event": "clicked", "touched_at": "2026-01-01T21:59:59.999Z"}
    return msgspec.convert(unknown | bought | touched | values, Purchase)


def table(report: Report, time_zone: str = "Europe/Kyiv") -> str:
    out = io.StringIO()
    print_table(report, time_zone, out)
    return out.getvalue()


def rows_of_csv(report: Report) -> list[list[str]]:
    return list(csv.reader(io.StringIO(as_csv(report).decode())))


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda columns: monkeypatch.setenv("COLUMNS", str(columns))


def test_json_is_one_line_and_ends_with_how_fresh_it_is() -> None:
    text = as_json(orders(an_order())).decode()

    assert text.endswith(',"next":null,"rows_from":null,"as_of":null,"catching_up":false}\n')
    assert text.count("\n") == 1


def test_rows_from_stands_behind_next() -> None:
    assert b'"next":null,"rows_from":"2026-01-05","as_of":null' in as_json(orders(rows_from="2026-01-05"))


def test_csv_has_the_names_of_the_json_and_its_rows() -> None:
    assert rows_of_csv(campaigns(a_campaign(expected=2, name="Перша"))) == [
        [
            *(
                "channel",
                "campaign",
                "name",
                "purchases",
                "average_check",
                "revenue",
                "expected_purchases",
                "expected_revenue",
                "sent",
                "delivered",
                "opened",
                "clicked",
            ),
            *("purchase_to_open_rate", "purchase_to_click_rate"),
        ],
        ["email", "k1", "Перша", "7", "25.21", "176.50", "2", "60.00", "2000", "1900", "900", "300", "0.0078", ""],
    ]


def test_the_csv_of_orders_has_a_column_for_each_field_of_where_one_is_expected() -> None:
    names, on_the_way, other = rows_of_csv(orders(an_order(expected=EXPECTED), an_order(contact=None)))
    assert names == [
        *("order", "contact", "email", "phone", "first_name", "last_name", "status", "amount", "currency"),
        *("ordered_at", "campaign", "channel", "event", "touched_at", "reason"),
        *("expected_channel", "expected_campaign", "expected_message", "expected_event", "expected_touched_at"),
        "expected_window",
    ]
    assert on_the_way[-7:] == ["no_eligible_touch", *("sms", "flash", "m9", "delivered", "2026-01-01", "24h")]
    assert other == [
        *("o1", "", "o@example.org", "", "Олена", "", "DELIVERED", "12.00", "EUR", "2026-01-01T22:30:00.000Z"),
        *("", "", "", "", "no_eligible_touch", *[""] * 6),
    ]


def test_the_csv_of_channels_says_what_none_of_them_earned() -> None:
    assert rows_of_csv(channels()) == [
        ["channel", "purchases", "average_check", "revenue", "expected_purchases", "expected_revenue"],
        ["sms", "2", "1.50", "3.00", "4", "8.00"],
        ["(unattributed)", "1", "", "9.00", "0", "0.00"],
    ]


@given(
    st.sampled_from("=+-@\t\r\n＝＋－＠"),
    st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text)),
)
def test_no_cell_of_a_csv_begins_a_formula(sign: str, rest: str) -> None:
    report = purchases(a_purchase(order=sign + rest, phone="+380441234567", first_name=sign))

    (row,) = list(csv.DictReader(io.StringIO(as_csv(report).decode(), newline="")))

    assert row["order"] == f"'{sign}{rest}"
    assert row["phone"] == "+380441234567"
    assert row["first_name"] == f"'{sign}"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text[0].isalnum()))
def test_any_other_text_comes_back_from_a_csv_as_it_was(text: str) -> None:
    (row,) = list(csv.DictReader(io.StringIO(as_csv(orders(an_order(text))).decode(), newline="")))

    assert row["order"] == text


def test_a_table_says_whose_it_is_of_when_in_what_and_how_fresh() -> None:
    first, second, *_, last = table(campaigns(a_campaign())).splitlines()

    assert first == "Campaigns of acme, all channels, 2026-01-01 to 2026-01-31"
    assert second == "EUR, days and times of Europe/Kyiv"
    assert last == "as of 2026-01-31T10:00:00.000Z, catching up: newer figures follow"


def test_a_table_of_campaigns_on_a_wide_terminal(wide: Callable[[int], None]) -> None:
    wide(120)

    assert table(campaigns(a_campaign(expected=2, name="Spring sale"))).splitlines()[3:10] == [
        "                      Pur- Average          Expected Expected      Deliv-                   Per     Per",
        "Channel Campaign    chases   check Revenue purchases  revenue Sent   ered Opened Clicked opened clicked",
        "───────────────────────────────────────────────────────────────────────────────────────────────────────",
        "email   k1               7   25.21  176.50         2    60.00 2000   1900    900     300 0.0078       –",
        "        Spring sale",
        "───────────────────────────────────────────────────────────────────────────────────────────────────────",
        "Total   1 in all         7   25.21  176.50         2    60.00",
    ]


def test_a_table_of_campaigns_where_80_columns_must_do() -> None:
    assert table(campaigns(a_campaign("spring-sale-2026-for-everybody", expected=2))).splitlines()[3:12] == [
        "                               Pur-",
        "                             chases Average Revenue      Deliv-   Opened Clicked",
        "Channel Campaign             (exp.)   check  (exp.) Sent   ered   (rate)  (rate)",
        "────────────────────────────────────────────────────────────────────────────────",
        "email   spring-sale-2026-for      7   25.21  176.50 2000   1900      900     300",
        "        -everybody              (2)         (60.00)             (0.0078)     (–)",
        "────────────────────────────────────────────────────────────────────────────────",
        "Total   1 in all                  7   25.21  176.50",
        "                                (2)         (60.00)",
    ]


def test_a_number_is_never_broken_however_narrow_the_terminal(wide: Callable[[int], None]) -> None:
    wide(20)

    lines = table(campaigns(a_campaign(purchases=123_456_789_012_345))).splitlines()

    assert any("123456789012345" in line for line in lines)


def test_a_long_text_is_broken_into_lines_and_all_of_it_shown() -> None:
    lines = table(orders(an_order("0123456789" * 20, contact="привіт" * 10))).splitlines()

    assert max(map(len, lines)) <= 80
    assert sum(line.count("и") for line in lines) == 10
    assert sum(line.count("7") for line in lines) == 20


def test_a_pipe_gets_no_colour_codes() -> None:
    shop = (campaigns(a_campaign()), channels(), orders(an_order()), purchases(a_purchase()))

    assert all("\x1b" not in table(report) for report in shop)


def test_an_id_cannot_steer_the_terminal_or_the_layout() -> None:
    shown = table(orders(an_order("\x1b[31mred", contact="a\nb\u202e", status="DELIVERED")))

    assert "\\x1b[31mred" in shown
    assert "a\\nb\\u202e" in shown


def test_brackets_and_colons_in_an_id_are_no_markup(wide: Callable[[int], None]) -> None:
    wide(120)
    assert "[bold]:smile:[/]" in table(orders(an_order("[bold]:smile:[/]")))


def test_an_order_on_the_way_is_shown_with_where_it_is_expected_and_any_other_with_why_not(
    wide: Callable[[int], None],
) -> None:
    wide(140)
    shown = table(orders(an_order(status="IN_PROGRESS", expected=EXPECTED), an_order("o2")))
    on_the_way, other = (line for line in shown.splitlines() if "2026-01-02 00:30" in line)
    assert on_the_way.endswith("sms     expected: flash")
    assert other.endswith("–       (no eligible touch)")
    assert "Contact unknown" in shown


def test_times_are_the_accounts() -> None:
    assert "2026-01-02 00:30" in table(orders(an_order()))
    assert "2026-01-01 22:30" in table(orders(an_order()), "UTC")


def test_statuses_are_words() -> None:
    assert "Abandoned" in table(orders(an_order(status="ABANDONED_SHOPPING_CART")))


def test_a_table_says_how_to_get_the_next_page_and_what_has_gone() -> None:
    shown = table(orders(an_order(), following="WzFd", rows_from="2026-01-05"))

    assert "more: --cursor WzFd\n" in shown
    assert "orders before 2026-01-05 are no longer listed\n" in shown


def test_an_empty_list_says_so() -> None:
    assert "no orders here" in table(orders())
    assert "no orders here" in table(purchases())


def test_who_bought_is_shown_with_what_is_known_of_them() -> None:
    shown = table(purchases(a_purchase(first_name="Олена", email="o@example.org", phone="+380441234567")))

    assert "Олена" in shown
    assert "o@example.org" in shown
    assert "+380441234567" in shown
    assert "2026-01-01 23:59" in shown


def test_a_table_of_channels_ends_with_its_total() -> None:
    lines = [line.split() for line in table(channels(), "UTC").splitlines()]

    assert ["sms", "2", "1.50", "3.00", "4", "8.00"] in lines
    assert ["(unattributed)", "1", "–", "9.00", "0", "0.00"] in lines
    assert ["Total", "3", "12.00", "4", "8.00"] in lines


@given(st.lists(st.text("ab \nя🎉", max_size=30), max_size=5), st.integers(40, 120))
def test_no_line_is_wider_than_asked_when_texts_can_be_broken(names: list[str], columns: int) -> None:
    rows = [[name, "1234", name] for name in names]
    layout = lay_out((*texts("A"), *numbers("B"), *texts("C")), rows, None, columns)

    assert max(cell_len(line) for line in (*layout.head, *layout.body)) <= layout.width <= columns
    shown = "".join("".join(layout.body).split())
    assert len(shown) == sum(len("".join("".join(row).split())) for row in rows)
