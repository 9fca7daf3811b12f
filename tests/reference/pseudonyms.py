"""What an erased contact is called here: a marked id, where the engine writes a keyed hash."""

from __future__ import annotations

# No event of the strategies has an id that begins so.
MARK = "erased\x00"


def pseudonym(contact: str, erased_at: int) -> str:
    """The name of a contact's events up to an erasure, in ms."""
    return f"{MARK}{erased_at} {contact}"


def is_pseudonym(contact: str | None) -> bool:
    return contact is not None and contact.startswith(MARK)


def id_before(contact: str) -> str:
    """The id that the contact had before it was forgotten, if it was."""
    return contact.removeprefix(MARK).partition(" ")[2] if is_pseudonym(contact) else contact
