"""What a contact declared of itself, field by field the latest, as the lists show it (contract §8)."""

from __future__ import annotations

from typing import Final

import msgspec

from state.events import Contact, Order

FIELDS: Final = ("email", "phone", "external_customer_id", "first_name", "last_name")
_Said = tuple[int, str]
"""(ms, value); of two the greater holds."""


class Person(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """When each field was declared last, and as what."""

    email: _Said | None = None
    phone: _Said | None = None
    external_customer_id: _Said | None = None
    first_name: _Said | None = None
    last_name: _Said | None = None

    def declared(self, contact: Contact) -> Person:
        """With one declaration more; the same object when it tells nothing new."""
        newer: dict[str, _Said] = {}
        for field in FIELDS:
            value = getattr(contact, field)
            known = getattr(self, field)
            if value is not None and (known is None or (contact.time, value) > tuple(known)):
                newer[field] = (contact.time, value)
        return msgspec.structs.replace(self, **newer) if newer else self

    def since(self, ms: int) -> Person:
        """What was declared after an instant."""
        kept = {field: getattr(self, field) for field in FIELDS}
        return Person(**{field: said for field, said in kept.items() if said is not None and said[0] > ms})

    def value(self, field: str) -> str | None:
        """What was declared of a field."""
        said = getattr(self, field)
        return None if said is None else said[1]


NOBODY: Final = Person()
_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(Person).decode


def pack(person: Person) -> bytes:
    """A person as bytes."""
    return _ENCODE(person)


def unpack(packed: bytes | None) -> Person:
    """What `pack` packed; `NOBODY` for None."""
    return NOBODY if packed is None else _DECODE(packed)


def shown(order: Order, person: Person) -> Order:
    """An order with what its event leaves open filled from what its contact declared."""
    if person is NOBODY:
        return order
    said = {field: person.value(field) for field in FIELDS if getattr(order, field) is None}
    return msgspec.structs.replace(order, **{field: value for field, value in said.items() if value is not None})
