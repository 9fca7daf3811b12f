"""What a check has found, in one line: right, wrong, or worth knowing."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from config.errors import Unavailable, UserError


class Verdict(StrEnum):
    """How it stands."""

    RIGHT = "right"
    NOTE = "note"
    """It works, but somebody should know."""
    WRONG = "wrong"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    check: str
    """What was looked at, in a word or two."""
    verdict: Verdict
    found: str
    """What is there."""
    mend: str | None = None
    """How to mend it, or what to do about it; None where nothing is to be done."""

    def line(self, width: int) -> str:
        """As a person reads it; `width`: of the longest check, in characters."""
        advice = f"; {self.mend}" if self.mend else ""
        return " ".join(f"{self.verdict.value:<5}  {self.check:<{width}}  {self.found}{advice}".splitlines())


def right(check: str, found: str) -> Finding:
    """Nothing is to be done."""
    return Finding(check, Verdict.RIGHT, found)


def note(check: str, found: str, mend: str | None = None) -> Finding:
    """It works, and should be known."""
    return Finding(check, Verdict.NOTE, found, mend)


def wrong(check: str, found: str, mend: str) -> Finding:
    """It has to be mended."""
    return Finding(check, Verdict.WRONG, found, mend)


def refused(check: str, error: UserError | Unavailable) -> Finding:
    """What a run would end with; its line says how to mend it, behind the last semicolon."""
    found, _, mend = str(error).rpartition("; ")
    return Finding(check, Verdict.WRONG, found or mend, mend if found else None)
