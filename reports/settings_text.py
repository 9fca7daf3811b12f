"""Settings, and what a change of them would do, in words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from textwrap import wrap
from typing import Final

from reports.columns import lay_out, numbers, texts
from reports.explanation import ExplainedSettings
from reports.settings_preview import BeforeAndAfter, SettingsPreview
from reports.terminal_text import shown
from state.settings import DEFAULT, Settings

_PREVIEW: Final = (*texts("Channel", "Campaign"), *numbers("Purchases\nnow", "then", "±", "Revenue\nnow", "then", "±"))
_UNATTRIBUTED: Final = "(unattributed)"
_NAME_WIDTH: Final = max(map(len, Settings.__struct_fields__)) + 2


def version_lines(version: ExplainedSettings, width: int, *, is_current: bool) -> Iterator[str]:
    """A version of the settings; what is as it is by default is marked so."""
    since = f"from {version.effective_from}" if version.effective_from else "from the beginning"
    yield f"In force {since}{', now' if is_current else ''}:"
    for name in Settings.__struct_fields__:
        value = getattr(version, name)
        mark = " (default)" if value == getattr(DEFAULT, name) else ""
        lines = wrap(shown(f"{_value(value)}{mark}"), max(width - _NAME_WIDTH - 2, 20)) or [""]
        yield f"  {name:{_NAME_WIDTH}}{lines[0]}"
        yield from (f"  {'':{_NAME_WIDTH}}{line}" for line in lines[1:])


def _value(value: object) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case dict():
            rules = (f"{name} {rule.event} within {rule.window}" for name, rule in sorted(value.items()))
            return "; ".join(rules) or "none"
        case tuple():
            return ", ".join(value) or "none"
        case _:
            return str(value)


def preview_lines(preview: SettingsPreview, width: int) -> Iterator[str]:
    """A table of the campaigns that change, then everything together."""
    yield shown(f"Sales of {preview.account} from {preview.from_} to {preview.to}, as they are and as they would be")
    since = preview.settings.effective_from
    yield f"with other settings from {since} on; nothing has been changed"
    yield ""
    if not (preview.campaigns or preview.unattributed.changes or preview.total.changes):
        yield "nothing would change"
        return
    before, after = preview.currency_before, preview.currency_after
    is_one = before == after
    currencies = before if is_one else f"{before} now, {after} then"
    yield f"{currencies}; in brackets what is expected of orders on the way"
    rows = [[shown(row.channel), shown(row.campaign), *_cells(row, is_one=is_one)] for row in preview.campaigns]
    of_all = (_UNATTRIBUTED, preview.unattributed), ("Total", preview.total)
    endings = [[name, "", *_cells(of, is_one=is_one)] for name, of in of_all]
    layout = lay_out(_PREVIEW, [*rows, *endings], None, width)
    yield from layout.head
    yield "─" * layout.width
    yield from layout.body


def _cells(of: BeforeAndAfter, *, is_one: bool) -> list[str]:
    """Figures now, then, and what lies between; what is expected in brackets below, where there is any.

    `is_one`: the currency stays, so that amounts can be compared.
    """
    credited = [
        *_three(of.purchases_before, of.purchases_after),
        *_three(of.revenue_before, of.revenue_after, is_comparable=is_one),
    ]
    if not (of.expected_purchases_before or of.expected_purchases_after):
        return credited
    expected = [
        *_three(of.expected_purchases_before, of.expected_purchases_after),
        *_three(of.expected_revenue_before, of.expected_revenue_after, is_comparable=is_one),
    ]
    return [f"{cell}\n({below})" if below else cell for cell, below in zip(credited, expected, strict=True)]


def _three(before: int | str, after: int | str, *, is_comparable: bool = True) -> list[str]:
    """Now, then, and the difference with its sign; nothing where nothing changes."""
    difference = f"{Decimal(after) - Decimal(before):+}" if is_comparable and before != after else ""
    return [str(before), str(after), difference]
