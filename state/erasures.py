"""Who asked to be forgotten, and the pseudonyms that they and their messages have since (contract §1 `erase`).

An erasure rewrites the events of a contact up to its time, whenever they arrive: the ids of the contact and of its
messages become pseudonyms, and names and addresses go. What follows is the same function of the events as before.
"""

from __future__ import annotations

import hmac
import re
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from state.key_groups import GROUPS, key_group
from state.order_events import PERSONAL, OrderEvent

NEVER: Final = -(2**62)
PSEUDONYM_PREFIX: Final = "erased-"
_DIGEST_BYTES: Final = 16
_PSEUDONYM: Final = re.compile(f"{PSEUDONYM_PREFIX}[0-9a-f]{{{2 * _DIGEST_BYTES}}}")

Plain = dict[str, dict[str, tuple[int, list[tuple[int, str]]]]]
"""Account → pseudonym of a contact's id → (its key group, (ms of an erasure, its name up to then), ascending)."""


class Secret(NamedTuple):
    """The key of all pseudonyms of a recovery store."""

    key: bytes

    def pseudonym(self, *what: str) -> str:
        """The pseudonym of what these texts name together: 32 hex digits."""
        text = "\x00".join(f"{len(part)}:{part}" for part in what)
        return hmac.digest(self.key, text.encode(), "sha256")[:_DIGEST_BYTES].hex()


@dataclass(slots=True)
class AccountErasures:
    """The erasures of one account."""

    until: int = NEVER
    """ms: no event after this is touched by any of them."""
    times: dict[str, list[int]] = field(default_factory=dict)
    """Pseudonym of the contact's id → ms of its erasures, ascending."""
    names: dict[str, list[str]] = field(default_factory=dict)
    """Likewise → what it is called in its events up to each of these."""
    of_name: dict[str, tuple[str, int]] = field(default_factory=dict)
    """What an erased contact is called → (pseudonym of its id, key group of the contact)."""


@dataclass(slots=True)
class Erasures:
    """All erasures that a key group has been told of."""

    secret: Secret
    accounts: dict[str, AccountErasures] = field(default_factory=dict)

    def add(self, account: str, contact: str, time: int) -> bool:
        """A contact asks to be forgotten. False: it was known."""
        known = self.accounts.setdefault(account, AccountErasures())
        who = self._id(account, contact)
        times = known.times.setdefault(who, [])
        if time in times:
            return False
        name = self.nobody(account, contact, time)
        known.names.setdefault(who, []).insert(bisect_left(times, time), name)
        known.of_name[name] = who, key_group(account, contact, GROUPS)
        insort(times, time)
        known.until = max(known.until, time)
        return True

    def until(self, account: str) -> int:
        """ms: no event of the account after this is touched by an erasure."""
        known = self.accounts.get(account)
        return NEVER if known is None else known.until

    def name(self, account: str, contact: str, time: int) -> str:
        """What an event's contact is called: itself, or the pseudonym of its first erasure not before `time`."""
        known = self.accounts.get(account)
        if known is None or time > known.until:
            return contact
        times = known.times.get(self._id(account, contact), [])
        at = bisect_left(times, time)
        return contact if at == len(times) else self.nobody(account, contact, times[at])

    def name_of_owner(self, account: str, owner: str, time: int) -> str | None:
        """What an event is called that names nobody, if its order belongs to `owner`, who may be a pseudonym.

        None: no erasure of the owner's holds for an event at `time`.
        """
        known = self.accounts.get(account)
        if known is None or time > known.until:
            return None
        who = known.of_name[owner][0] if owner in known.of_name else self._id(account, owner)
        times = known.times.get(who, [])
        at = bisect_left(times, time)
        return None if at == len(times) else known.names[who][at]

    def home_group(self, account: str, contact: str) -> int:
        """The key group of a contact; of a pseudonym, that of the contact it stands for."""
        known = self.accounts.get(account)
        if known is not None and contact in known.of_name:
            return known.of_name[contact][1]
        return key_group(account, contact, GROUPS)

    def erased_at(self, account: str, contact: str, time: int) -> int | None:
        """ms: the first erasure that holds for an event of a contact at `time`."""
        known = self.accounts.get(account)
        if known is None or time > known.until:
            return None
        times = known.times.get(self._id(account, contact), [])
        at = bisect_left(times, time)
        return None if at == len(times) else times[at]

    def next_name(self, account: str, contact: str, time: int) -> str:
        """What those events are called that an erasure at `time` renames: as if it were not known."""
        times = self.accounts[account].times[self._id(account, contact)]
        later = bisect_left(times, time + 1)
        return contact if later == len(times) else self.nobody(account, contact, times[later])

    def nobody(self, account: str, contact: str, erased_at: int) -> str:
        """The pseudonym of a contact, for its events up to an erasure."""
        return PSEUDONYM_PREFIX + self.secret.pseudonym("contact", account, contact, str(erased_at))

    def message(self, account: str, contact: str, message: str) -> str:
        """The pseudonym of an erased contact's message."""
        return PSEUDONYM_PREFIX + self.secret.pseudonym("message", account, contact, message)

    def plain(self) -> Plain:
        """All of it in plain values; `restored` takes it back."""
        return {
            account: {
                who: (known.of_name[known.names[who][0]][1], list(zip(times, known.names[who], strict=True)))
                for who, times in known.times.items()
            }
            for account, known in self.accounts.items()
        }

    def _id(self, account: str, contact: str) -> str:
        return self.secret.pseudonym("erasure", account, contact)


def restored(plain: Plain, secret: Secret) -> Erasures:
    """What `Erasures.plain` gave."""
    accounts: dict[str, AccountErasures] = {}
    for account, erased in plain.items():
        known = accounts[account] = AccountErasures()
        for who, (group, named) in erased.items():
            known.times[who] = [time for time, _ in named]
            known.names[who] = [name for _, name in named]
            known.of_name.update((name, (who, group)) for name in known.names[who])
            known.until = max(known.until, known.times[who][-1])
    return Erasures(secret, accounts)


def is_pseudonym(contact: str) -> bool:
    """Whether this is what an erased contact is called. A shop may call its contacts anything else."""
    return contact.startswith(PSEUDONYM_PREFIX) and _PSEUDONYM.fullmatch(contact) is not None


def without_person(event: OrderEvent, contact: str | None) -> OrderEvent:
    """An order's event of `contact` without names, addresses and phones."""
    return msgspec.structs.replace(event, contact=contact, **dict.fromkeys(PERSONAL))
