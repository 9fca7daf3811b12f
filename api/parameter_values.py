"""What a route's parameters may be that are no free text, told from its signature, so that nothing else is taken.

Litestar would read null as not given and 1e2 as 100, and says of 007 that it is no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, get_args, get_origin

from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter
from litestar.typing import FieldDefinition

_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]+", re.ASCII)
_DIGITS_MAX: Final = 18
_SHOWN_CHARACTERS_MAX: Final = 40


class OneOf(NamedTuple):
    """One of some words."""

    words: tuple[str, ...]

    def complaint(self, text: str) -> str | None:
        """What is wrong with a text; None: it may be so."""
        return None if text in self.words else f"{_shown(text)} is not one of {', '.join(self.words)}"


class WholeNumber(NamedTuple):
    """A whole number, both bounds included."""

    least: int
    most: int

    def complaint(self, text: str) -> str | None:
        """What is wrong with a text; None: it may be so."""
        if not _WHOLE_NUMBER.fullmatch(text):
            return f"{_shown(text)} is no whole number; give one from {self.least} to {self.most}"
        if len(text) > _DIGITS_MAX or not self.least <= int(text) <= self.most:
            return f"{_shown(text)} is not from {self.least} to {self.most}"
        if str(int(text)) != text:
            return f"{_shown(text)} begins with a zero; write {int(text)}"
        return None


Allowed = OneOf | WholeNumber


def allowed_values(handler: BaseRouteHandler) -> Iterator[tuple[str, Allowed]]:
    """(name in the query, what it may be) of the parameters that are no free text, of its dependencies too."""
    signatures = (
        handler.parsed_fn_signature,
        *(one.parsed_fn_signature for one in handler.resolve_dependencies().values()),
    )
    for signature in signatures:
        for name, field in signature.parameters.items():
            parameter = field.kwarg_definition
            if isinstance(parameter, QueryParameter) and (allowed := _allowed(field, parameter)) is not None:
                yield parameter.name or name, allowed


def _allowed(field: FieldDefinition, parameter: QueryParameter) -> Allowed | None:
    kinds = [field.annotation, *get_args(field.annotation)]
    words = next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), None)
    if words is not None:
        return OneOf(words)
    if int in kinds:
        assert parameter.ge is not None, f"{field.name} has no least value"
        assert parameter.le is not None, f"{field.name} has no greatest value"
        return WholeNumber(int(parameter.ge), int(parameter.le))
    return None


def _shown(text: str) -> str:
    return repr(text[:_SHOWN_CHARACTERS_MAX])
