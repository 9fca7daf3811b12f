"""Rows of text under named columns: numbers to the right, long texts broken into lines, numbers never.

Rich's own table measures and styles every cell, which takes it seconds for the ten thousand campaigns of a
big account; here only cells that do not fit cost more than a look at their length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from rich.cells import cell_len, chop_cells

FOLDED_WIDTH_MIN: Final = 8
"""A text is broken into lines no narrower than this to make room for the other columns."""


class Column(NamedTuple):
    """A column, its name in one line or several."""

    name: str
    is_number: bool = False
    is_whole: bool = False
    """Never broken into lines."""


class Layout(NamedTuple):
    """The lines of a table, each as wide as the table at most."""

    head: list[str]
    body: list[str]
    foot: list[str]
    width: int


def texts(*names: str) -> tuple[Column, ...]:
    """Columns of text, which may be broken into lines."""
    return tuple(Column(name) for name in names)


def wholes(*names: str) -> tuple[Column, ...]:
    """Columns of text that is never broken."""
    return tuple(Column(name, is_whole=True) for name in names)


def numbers(*names: str) -> tuple[Column, ...]:
    """Columns of numbers."""
    return tuple(Column(name, is_number=True, is_whole=True) for name in names)


def natural_width(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> int:
    """How wide a table is in which nothing is broken into lines."""
    return sum(_natural_widths(columns, rows)) + len(columns) - 1


def lay_out(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], ending: Sequence[str] | None, width: int
) -> Layout:
    """The table within `width` cells of a terminal, or wider where what must stay whole needs it."""
    widths = _fit(columns, _natural_widths(columns, [*rows, *([ending] if ending else [])]), width)
    names = [column.name.split("\n") for column in columns]
    deepest = max(map(len, names))
    head = ["\n".join([""] * (deepest - len(lines)) + lines) for lines in names]
    return Layout(
        head=list(_lines(columns, widths, head)),
        body=[line for row in rows for line in _lines(columns, widths, row)],
        foot=list(_lines(columns, widths, ending)) if ending else [],
        width=sum(widths) + len(widths) - 1,
    )


def _natural_widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    of_columns = zip(*([column.name for column in columns], *rows), strict=True)
    return [max(cell_len(line) for cell in cells for line in cell.split("\n")) for cells in of_columns]


def _fit(columns: Sequence[Column], natural: list[int], width: int) -> list[int]:
    """Widths that sum up to `width` with a space between each two, taken from the widest texts first."""
    widths = list(natural)
    excess = sum(widths) + len(widths) - 1 - width
    texts_ = [place for place, column in enumerate(columns) if not column.is_whole]
    while excess > 0:
        widest = max(texts_, key=lambda place: widths[place], default=None)
        if widest is None or widths[widest] <= FOLDED_WIDTH_MIN:
            break
        widths[widest] -= 1
        excess -= 1
    return widths


def _lines(columns: Sequence[Column], widths: Sequence[int], row: Sequence[str]) -> Iterator[str]:
    pieces = [_pieces(cell, width) for cell, width in zip(row, widths, strict=True)]
    pads: list[Callable[[str, int], str]] = [_to_right if column.is_number else _to_left for column in columns]
    for line in zip_longest(*pieces, fillvalue=""):
        cells = (pad(piece, width) for pad, piece, width in zip(pads, line, widths, strict=True))
        yield " ".join(cells).rstrip()


def _pieces(cell: str, width: int) -> list[str]:
    """A cell's lines, none wider than `width`: broken between words, and inside a word that is too long."""
    if "\n" not in cell and cell_len(cell) <= width:
        return [cell]
    lines: list[str] = []
    for part in cell.split("\n"):
        line = ""
        for word in part.split(" "):
            if line and cell_len(line) + 1 + cell_len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
            *full, line = chop_cells(line, width) or [""]
            lines += full
        lines.append(line)
    return lines


def _to_right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


def _to_left(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))
