"""A drawing of a few curves over a logarithmic axis, as SVG that reads on light and on dark paper."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

_WIDTH: Final = 720
_HEIGHT: Final = 340
_LEFT: Final = 56
_RIGHT: Final = 190
_TOP: Final = 34
_BOTTOM: Final = 36
_COLOURS: Final = ("#2563eb", "#059669", "#d97706", "#dc2626", "#7c3aed")
_PAPER: Final = "#ffffff"
_INK: Final = "#334155"
_RULE: Final = "#e2e8f0"


class Line(NamedTuple):
    """A curve."""

    name: str
    points: list[tuple[int, float]]
    """(x, at least 1; y, at least 0), by x."""


class _Scale(NamedTuple):
    decades: int
    top: float

    def x(self, value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log10(value) / self.decades

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * math.log10(max(value, 1)) / math.log10(self.top)


def drawn(lines: Sequence[Line], title: str) -> str:
    """The drawing; both axes are logarithmic, y from 1."""
    greatest_x = max(x for line in lines for x, _ in line.points)
    greatest_y = max(y for line in lines for _, y in line.points)
    scale = _Scale(math.ceil(math.log10(greatest_x)), 10.0 ** math.ceil(math.log10(max(greatest_y, 10))))
    parts = [*_grid(scale), *(part for number, line in enumerate(lines) for part in _curve(scale, number, line))]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="{_INK}"><rect width="100%" height="100%" fill="{_PAPER}"/>'
        f'<text x="{_LEFT}" y="20" font-size="13" font-weight="600">{escape(title)}</text>'
    )
    return "\n".join([head, *parts, "</svg>", ""])


def _grid(scale: _Scale) -> Iterator[str]:
    for decade in range(scale.decades + 1):
        x = scale.x(10**decade)
        yield f'<path d="M{x:.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="{_RULE}"/>'
        yield f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{_short(10**decade)}</text>'
    for decade in range(round(math.log10(scale.top)) + 1):
        y = scale.y(10**decade)
        yield f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="{_RULE}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10**decade}</text>'


def _curve(scale: _Scale, number: int, line: Line) -> Iterator[str]:
    colour = _COLOURS[number % len(_COLOURS)]
    places = [(scale.x(x), scale.y(y)) for x, y in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y in places:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    at = _TOP + 16 + 22 * number
    yield f'<circle cx="{_WIDTH - _RIGHT + 20}" cy="{at - 4}" r="4" fill="{colour}"/>'
    yield f'<text x="{_WIDTH - _RIGHT + 32}" y="{at}">{escape(line.name)}</text>'


def _short(number: int) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number // size} {letter}"
    return str(number)
