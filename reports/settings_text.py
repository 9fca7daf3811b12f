"""Settings, and what a change of them would do, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from reports.columns import lay_out, numbers, texts
from reports.explanation import ExplainedSettings
from reports.settings_preview import Change, ChangedFigures, SettingsPreview
from reports.terminal_text import shown
from state.settings import DEFAULT, Settings

_PREVIEW: Final = (*texts("Channel", "Campaign"), *numbers("Purchases\nnow", "then", "±", "Revenue\nnow", "then", "±"))
_OF_ALL: Final = ("All campaigns", "(unattributed)", "Total")
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
    """A table for each currency: campaigns that change, then everything together."""
    yield shown(f"Sales of {preview.account} from {preview.from_} to {preview.to}, as they are and as they would be")
    since = preview.settings.effective_from
    yield f"with other settings from {since} on; nothing has been changed"
    of_all = list(zip(preview.credited, preview.unattributed, preview.total, strict=True))
    changed = [figures for figures in of_all if _changes(preview, figures)]
    if not changed:
        yield ""
        yield "nothing would change"
    for figures in changed:
        currency = figures[0].currency
        rows = [
            [shown(row.channel), shown(row.campaign), *_cells(row.purchases), *_cells(row.revenue)]
            for row in preview.campaigns
            if row.currency == currency
        ]
        endings = [_ending(name, of) for name, of in zip(_OF_ALL, figures, strict=True)]
        yield ""
        yield currency
        yield from _table(rows, endings, width)


def _changes(preview: SettingsPreview, figures: tuple[ChangedFigures, ...]) -> bool:
    """Whether anything would in this currency."""
    of_all = any(of.purchases.now != of.purchases.then or of.revenue.now != of.revenue.then for of in figures)
    return of_all or any(row.currency == figures[0].currency for row in preview.campaigns)


def _table(rows: Sequence[Sequence[str]], endings: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    layout = lay_out(_PREVIEW, [*rows, *endings], None, width)
    yield from layout.head
    yield "─" * layout.width
    yield from layout.body


def _ending(name: str, figures: ChangedFigures) -> list[str]:
    return [name, "", *_cells(figures.purchases), *_cells(figures.revenue)]


def _cells(change: Change) -> list[str]:
    """A figure now, then, and what lies between, with its sign; nothing where nothing does."""
    difference = str(change.difference)
    if change.now == change.then:
        return [str(change.now), str(change.then), ""]
    return [str(change.now), str(change.then), difference if difference.startswith("-") else f"+{difference}"]
