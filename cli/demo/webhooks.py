"""The demo's senders: the shop's events over HTTP, in the forms of other systems."""

from __future__ import annotations

import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Final
from urllib.parse import urlsplit

import msgspec

from cli.demo.sent_forms import Form, SentForms
from config.errors import Unavailable
from config.stopping import StopRequest

PATIENCE_S: Final = 30.0
"""How long a sender repeats a request that is not taken."""
_AGAIN_S: Final = 0.5
_ANSWER_TIMEOUT_S: Final = 10.0
_COME_AGAIN: Final = frozenset({429, 503})
_SHOWN_MAX: Final = 300


class _Summary(msgspec.Struct):
    rejected: int


class _Answer(msgspec.Struct):
    summary: _Summary


_read_answer: Final = msgspec.json.Decoder(_Answer).decode


class WebhookWriter:
    """Sends events to the HTTP API at `url`, of a shop of so many contacts, with a token that may send.

    Repeats what is not taken, as senders do: what comes twice is counted once.
    """

    def __init__(self, url: str, token: str, contacts: int, stop: StopRequest) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=_ANSWER_TIMEOUT_S)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._forms = SentForms(contacts)
        self._stop = stop

    def write(self, lines: Sequence[bytes]) -> None:
        """Return when all that the lines say was accepted, or a stop is requested. Raises `Unavailable`."""
        try:
            for form in self._forms.of(lines):
                self._send(form)
        except Unavailable:
            self._connection.close()
            raise

    def finish(self) -> None:
        """Everything is written already."""
        self._connection.close()

    def _send(self, form: Form) -> None:
        give_up_at = time.monotonic() + PATIENCE_S
        while not self._stop.requested:
            said = self._try(form)
            if said is None:
                return
            if time.monotonic() >= give_up_at:
                raise Unavailable(f"the HTTP API did not take {form.path} within {PATIENCE_S:g} s: {said}")
            time.sleep(_AGAIN_S)

    def _try(self, form: Form) -> str | None:
        """None: it was taken; else why it was not. Raises `Unavailable` where to repeat it is of no use."""
        try:
            self._connection.request("POST", form.path, form.body, self._headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            return str(error) or type(error).__name__
        said = f"{answer.status} {body[:_SHOWN_MAX].decode(errors='replace')}"
        if answer.status in _COME_AGAIN:
            return said
        if not _is_accepted(answer, body):
            raise Unavailable(f"the HTTP API did not take {form.path}: {said}")
        return None


def _is_accepted(answer: HTTPResponse, body: bytes) -> bool:
    """Whether all elements were: an empty body says so for orders."""
    try:
        return answer.status == 200 and (not body or _read_answer(body).summary.rejected == 0)
    except msgspec.MsgspecError:
        return False
