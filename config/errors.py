"""The errors that end a command with one line on stderr: wrong input, what is not there now, and an answer of no."""

from __future__ import annotations

from typing import ClassVar


class UserError(Exception):
    """Wrong input (contract §7): the message is one line that names the field or the file, the value and the fix."""

    exit_status: ClassVar[int] = 2


class Unavailable(Exception):
    """A server or a program that is needed cannot be reached (contract §8): the message is one line that names it."""

    exit_status: ClassVar[int] = 1


class Negative(Exception):
    """What was asked is answered with no (an audit that finds a difference, an order that is not known): one line."""

    exit_status: ClassVar[int] = 1
