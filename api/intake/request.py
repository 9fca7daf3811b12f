"""A request as a source sees it: what was sent, to whom it belongs, and when it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from api.intake.refusals import RequestRefused

FORM: Final = "application/x-www-form-urlencoded"
_FIELDS_MAX: Final = 1_000
"""Of a form; senders have some dozens."""


@dataclass(frozen=True, slots=True)
class AccountValues:
    """What the settings of the token's account say."""

    account: str
    currency: str
    """ISO 4217: of amounts that come without one."""
    time_zone: str
    """IANA name: of times that come without an offset, where a source's table says so."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, after its token was found right."""

    headers: Mapping[str, str]
    """Names in small letters."""
    query: str
    """The raw query string, without the question mark."""
    body: bytes
    """After gzip."""
    account: AccountValues
    received_ms: int
    """The wall clock as the request came."""
    url: str = ""
    """The public URL with path and query as sent; Twilio signs it."""
    is_admin: bool = False
    """Whether the token may write `settings` and `erase` events."""
    delivered_when_paid: bool = False
    """Whether the token counts an order as delivered when it is paid (intake.md §9)."""

    @property
    def media_type(self) -> str:
        """`Content-Type` without its parameters, in small letters; empty where there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def query_values(self) -> dict[str, str]:
        """The query's values by name; of a name given twice the last one."""
        return dict(parse_qsl(self.query, keep_blank_values=True, errors="replace"))

    def form(self) -> Sequence[tuple[str, str]]:
        """Names and values of a form, as they were sent. Raises `RequestRefused` for what is no form."""
        try:
            return parse_qsl(self.body.decode(), keep_blank_values=True, errors="replace", max_num_fields=_FIELDS_MAX)
        except UnicodeDecodeError as error:
            raise RequestRefused.bad_json(f"the form is not UTF-8 from byte {error.start + 1} on") from None
        except ValueError:
            raise RequestRefused.bad_json(f"the form has more than {_FIELDS_MAX} fields") from None
