"""What a request's headers say is wanted, by weights (RFC 9110 §12.4.2): a weight of 0 is a refusal."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_WEIGHT: Final = re.compile(r";\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.ASCII | re.IGNORECASE)
_GZIP: Final = ("gzip", "x-gzip")


class _Range(NamedTuple):
    """One of the things that a header names."""

    name: str
    """In small letters, without parameters."""
    weight: float


class _Rank(NamedTuple):
    """How much a media type is wanted: the greater, the more."""

    weight: float
    specificity: int
    """How exactly it is named: 2 by its own name, 1 as one of its kind, 0 as any."""
    place: int
    """Where it is named, as a negative number: what stands first is wanted more."""


_UNNAMED: Final = _Rank(0.0, -1, 0)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether an answer may be sent as gzip, by the header `Accept-Encoding`."""
    weights = {one.name: one.weight for one in _ranges(accept_encoding)}
    named = [weights[name] for name in _GZIP if name in weights]
    return max(named, default=weights.get("*", 0.0)) > 0


def prefers(accept: str, media_type: str, default: str) -> bool:
    """Whether a media type is wanted rather than `default`, by the header `Accept`."""
    ranges = _ranges(accept)
    wanted = _rank(ranges, media_type)
    return wanted.weight > 0 and wanted > _rank(ranges, default)


def _ranges(header: str) -> list[_Range]:
    parts = (part.strip() for part in header.split(","))
    return [_Range(part.partition(";")[0].strip().lower(), _weight(part)) for part in parts if part]


def _weight(part: str) -> float:
    """1 where none is given, or what is given is no weight."""
    match = _WEIGHT.search(part)
    return 1.0 if match is None else float(match[1])


def _rank(ranges: list[_Range], media_type: str) -> _Rank:
    """By what names the media type most exactly."""
    names = ("*/*", f"{media_type.partition('/')[0]}/*", media_type)
    found = [_Rank(one.weight, names.index(one.name), -place) for place, one in enumerate(ranges) if one.name in names]
    return max(found, key=lambda rank: (rank.specificity, rank.weight), default=_UNNAMED)
