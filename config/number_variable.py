"""A number that an environment variable gives."""

from __future__ import annotations

from config.errors import UserError


def number_in(variable: str, text: str, least: int, most: int) -> int:
    """The number that `text` is. Raises `UserError`, which names the variable, for any other text."""
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise UserError(f"{variable}: {text[:40]!r} is not a number from {least} to {most}")
    return int(text)
