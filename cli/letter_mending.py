"""What comes of dead letters today: of contract events, and of other systems' elements as their doors read them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from api.intake.refused_elements import is_of_a_door, mended_events
from api.intake.request import AccountValues
from api.intake.writing import Sender, sender_of
from config.settings_file import load_settings_file
from connectors.kafka.mended_letters import LetterRecord
from connectors.view.client import connected
from reports.account import read_account
from reports.arguments import identifier
from state.dead_letters import DeadLetter
from state.mended_letters import StillRefused, mended_event, read_letter

_IN_FUTURE = "in_future"


class LetterMending:
    """Mends letters; accounts are looked up when the first letter of another system needs theirs."""

    def __init__(self, redis_url: str, settings: Path | None, account: str | None, *, with_too_late: bool) -> None:
        """`account`: whose the letters of other systems are that do not say it, as those in files; None: they stay.

        Raises `UserError` for an account that is none, and for settings that cannot be read.
        """
        self._redis_url = redis_url
        self._settings = load_settings_file(settings)
        self._sender = None if account is None else Sender(identifier("account", account))
        self._with_too_late = with_too_late
        self._accounts: dict[str, AccountValues] = {}

    def mend(self, record: LetterRecord, now_ms: int) -> Sequence[bytes] | StillRefused:
        """The events of a letter that fits at `now_ms`; else why not. Raises `Unavailable` without Redis."""
        letter = read_letter(record.value)
        if isinstance(letter, StillRefused):
            return letter
        if is_of_a_door(letter):
            return self._of_a_door(letter, record, now_ms)
        event = mended_event(letter, now_ms, with_too_late=self._with_too_late)
        return event if isinstance(event, StillRefused) else [event]

    def _of_a_door(self, letter: DeadLetter, record: LetterRecord, now_ms: int) -> Sequence[bytes] | StillRefused:
        sender = sender_of(record.key) or self._sender
        if sender is None:
            return StillRefused(letter.code)
        # What has no time of its own happened when it came; what was ahead of the clock then need not be now.
        came_ms = now_ms if record.written_ms is None or letter.code == _IN_FUTURE else record.written_ms
        values = self._values(sender.account)
        return mended_events(letter, values, came_ms, delivered_when_paid=sender.delivered_when_paid)

    def _values(self, account: str) -> AccountValues:
        known = self._accounts.get(account)
        if known is None:
            with connected(self._redis_url) as client:
                view = read_account(client, account, self._settings.of(account))
            known = self._accounts[account] = AccountValues(account, view.currency, view.time_zone)
        return known
