"""What an account's settings say of credits, as `kernels.placed_orders.place_orders` takes it."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec
import numpy as np

from kernels.layout import RULE, SLACK, Bytes, Records
from state.attribution import rules_of
from state.timeline import Spell

_pack: Final = msgspec.msgpack.Encoder().encode


class AccountRules(NamedTuple):
    """Rules of one account; its name stands packed at the beginning of `texts`."""

    name_bytes: int
    crc: int
    """CRC-32 of the name."""
    since: int
    """ms: they are in force for orders made from then on, and until."""
    until: int
    """ms: the first that they are not in force for."""
    credits: bool
    texts: Bytes
    rules: Records
    """Each a `RULE`."""


@lru_cache(maxsize=65_536)
def account_rules(account: str, spell: Spell) -> AccountRules:
    """What settings say as long as they are in force. Equal ones give the one object."""
    name, of = _pack(account), rules_of(spell.version.text)
    texts, rules = bytearray(name), np.empty(len(of.channels), RULE)
    for number, (channel, rule) in enumerate(of.channels.items()):
        (human,), (machine,) = rule.human, rule.machine
        event, window = _pack(rule.event), _pack(rule.window)
        at = len(texts)
        texts += channel + event + window
        event_at, window_at = at + len(channel), at + len(channel) + len(event)
        rules[number] = (
            *(at, len(channel), human, machine, rule.window_ms),
            *(event_at, len(event), window_at, len(window)),
        )
    whole = np.frombuffer(bytes(texts) + bytes(SLACK), np.uint8).copy()
    return AccountRules(len(name), zlib.crc32(account.encode()), spell.begin, spell.end, of.credits, whole, rules)
