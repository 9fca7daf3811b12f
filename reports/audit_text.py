"""What an audit found, in words."""

from __future__ import annotations

from typing import Final

from reports.audit import AuditReport
from reports.columns import lay_out, numbers, texts
from reports.terminal_text import shown

_DIFFERENCES: Final = (*texts("Key", "Field"), *numbers("Expected", "Found"))


def summary(report: AuditReport) -> str:
    """The audit in one line."""
    found = "all are equal" if report.equal else f"{report.differing:,} differ"
    counted = f"{report.orders:,} orders of {report.days:,} days recounted, {report.figures:,} figures compared"
    said = [f"{shown(report.account)}, {report.from_} to {report.to}: {counted}, {found}"]
    if report.expired:
        said.append(
            f"{len(report.expired):,} days up to {report.expired[-1]} have expired: their rows left, so that only "
            f"their balance was checked"
        )
    if report.moving:
        said.append("figures changed while they were read, so audit again when the stream rests")
    if report.catching_up:
        said.append("a run is catching up, so newer figures follow")
    return "; ".join(said)


def differences_lines(report: AuditReport, width: int) -> list[str]:
    """A table of the differences, within `width` cells where that is possible; nothing if there are none."""
    if not report.differences:
        return []
    rows = [[shown(one.key), shown(one.field), f"{one.expected}", f"{one.found}"] for one in report.differences]
    layout = lay_out(_DIFFERENCES, rows, None, width)
    more = report.differing - len(report.differences)
    return [*layout.head, "─" * layout.width, *layout.body, *([f"… and {more:,} more"] if more else []), ""]
