"""JSON as touches are usually written in: objects of plain strings, booleans and nulls, on one line each.

Every text ends in a newline, and nothing here goes past one: no blank and no plain string holds it.
"""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner
from kernels.layout import Bytes
from kernels.sixteen_bytes import AT_ONCE, first_mark, marks_of, marks_of_not_plain

NOT_PLAIN: Final = -1
"""What a search gives where Python has to look at the line."""
QUOTE: Final = ord('"')


@inner
def skip_blanks(text: Bytes, i: int) -> int:
    """Where the first byte from `i` on stands that is no blank; a newline is none."""
    while text[i] == ord(" ") or text[i] == ord("\t") or text[i] == ord("\r"):
        i += 1
    return i


@inner
def string_end(text: Bytes, i: int) -> int:
    """Where the quote stands that ends a string whose first character is at `i`.

    `NOT_PLAIN`: it has an escape, a control character or one beyond ASCII, or does not end.
    """
    marks = marks_of_not_plain(text, i)
    while not marks:
        i += AT_ONCE
        marks = marks_of_not_plain(text, i)
    i += first_mark(marks)
    return i if text[i] == QUOTE else NOT_PLAIN


@inner
def strings_end(text: Bytes, i: int) -> int:
    """Where the bracket stands that ends a list of plain strings, of which `i` is behind the first bracket.

    `NOT_PLAIN`: it holds anything else.
    """
    i = skip_blanks(text, i)
    if text[i] == ord("]"):
        return i
    while text[i] == QUOTE:
        i = string_end(text, i + 1)
        if i == NOT_PLAIN:
            return NOT_PLAIN
        i = skip_blanks(text, i + 1)
        if text[i] == ord("]"):
            return i
        if text[i] != ord(","):
            return NOT_PLAIN
        i = skip_blanks(text, i + 1)
    return NOT_PLAIN


@inner
def plain_number_end(text: Bytes, i: int) -> int:
    """Behind a number without sign and exponent that begins at `i`; `NOT_PLAIN` where there is none, or another."""
    start = i
    while ord("0") <= text[i] <= ord("9"):
        i += 1
    if i == start or (text[start] == ord("0") and i > start + 1):
        return NOT_PLAIN
    if text[i] == ord("."):
        point = i
        i += 1
        while ord("0") <= text[i] <= ord("9"):
            i += 1
        if i == point + 1:
            return NOT_PLAIN
    return NOT_PLAIN if text[i] == ord("e") or text[i] == ord("E") else i


@inner
def line_end(text: Bytes, i: int) -> int:
    """Where the first newline from `i` on stands."""
    marks = marks_of(text, i, ord("\n"))
    while not marks:
        i += AT_ONCE
        marks = marks_of(text, i, ord("\n"))
    return i + first_mark(marks)
