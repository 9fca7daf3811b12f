"""What ends a request as a whole, before any of its events is looked at (intake.md §1)."""

from __future__ import annotations

from typing import Self

from state.bad_events import Code


class RequestRefused(Exception):
    """A request that is refused whole: the HTTP status, a word for machines, a person's words and the field, if any."""

    def __init__(self, status: int, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field

    @classmethod
    def bad_json(cls, detail: str) -> Self:
        """Not UTF-8, not JSON, or a top level of the wrong kind."""
        return cls(400, "bad_json", detail)

    @classmethod
    def too_many(cls, count: int, most: int, what: str) -> Self:
        """More elements than one request may hold."""
        return cls(413, "too_many", f"{count} {what} in one request; send at most {most}")

    @classmethod
    def unfit(cls, code: Code, field: str | None, message: str) -> Self:
        """The one event of a request does not fit."""
        return cls(400, code, f"{field}: {message}" if field else message, field)

    @classmethod
    def unauthorized(cls) -> Self:
        """The signature is missing or wrong."""
        return cls(401, "unauthorized", "the signature is missing or is not that of the token's signing key")
