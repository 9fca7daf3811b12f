"""What a viewer does not see: names, emails, phones, and contacts whose id is one of these."""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import cache
from typing import Final, cast

import msgspec
import msgspec.inspect

from api.access import Principal

PERSONAL: Final = frozenset({"email", "phone", "first_name", "last_name"})
"""Members that are null to a viewer, wherever they stand in an answer."""
IDENTIFIERS: Final = frozenset({"contact", "external_customer_id"})
"""Members that are null to a viewer where they are an email or a phone."""

_PLAIN: Final = (
    msgspec.inspect.NoneType,
    msgspec.inspect.BoolType,
    msgspec.inspect.IntType,
    msgspec.inspect.StrType,
)
_SEPARATORS: Final = re.compile(r"[\s().-]+")
_PHONE: Final = re.compile(r"\+[0-9]{5,15}|[0-9]{10,15}", re.ASCII)
"""Without `+` a short number is rather an id of the shop's."""


def shown_to(principal: Principal, answer: object) -> object:
    """An answer as this principal sees it: itself, or, to a viewer, plain values without what is personal."""
    if principal.sees_persons or not names_persons(cast("Hashable", type(answer))):
        return answer
    return without_persons(answer)


def without_persons(answer: object) -> object:
    """An answer as plain values, without what is personal."""
    return _masked(msgspec.to_builtins(answer))


@cache
def names_persons(kind: type) -> bool:
    """Whether an answer of this type has a member that may be personal; any but a Struct may."""
    return not issubclass(kind, msgspec.Struct) or _may_name_persons(msgspec.inspect.type_info(kind))


def is_address(identifier: str) -> bool:
    """Whether an id is an email or a phone number."""
    return "@" in identifier or _PHONE.fullmatch(_SEPARATORS.sub("", identifier)) is not None


def _may_name_persons(kind: msgspec.inspect.Type) -> bool:
    match kind:
        case msgspec.inspect.StructType(fields=fields):
            personal = PERSONAL | IDENTIFIERS
            return any(field.encode_name in personal or _may_name_persons(field.type) for field in fields)
        case msgspec.inspect.ListType(item_type=item) | msgspec.inspect.VarTupleType(item_type=item):
            return _may_name_persons(item)
        case msgspec.inspect.UnionType(types=kinds):
            return any(map(_may_name_persons, kinds))
        case _:
            return not isinstance(kind, _PLAIN)


def _masked(value: object) -> object:
    match value:
        case dict():
            return {name: _masked_member(name, member) for name, member in value.items()}
        case list() | tuple():
            return [_masked(member) for member in value]
        case _:
            return value


def _masked_member(name: str, member: object) -> object:
    # A channel may be called so, too: in settings it names an object.
    if name in PERSONAL and not isinstance(member, dict):
        return None
    if name in IDENTIFIERS and isinstance(member, str) and is_address(member):
        return None
    return _masked(member)
