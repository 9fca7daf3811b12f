"""An object of JSON on one line, member by member: of known names, each once, in any order and however spaced."""

from __future__ import annotations

from collections.abc import Callable

from kernels.compiling import inner
from kernels.json_text import NOT_PLAIN, QUOTE, skip_blanks, string_end
from kernels.layout import Bytes, Numbers, Records
from kernels.words import UNKNOWN, find_word_from

ReadValue = Callable[[Bytes, int, int, Records], int]
"""Where the value of a field (by its number) ends that begins at a place; `NOT_PLAIN` where Python has to look at the
line. It fills the field's row of what is found."""


@inner
def read_members(text: Bytes, i: int, names: Numbers, required: int, read_value: ReadValue, found: Records) -> int:
    """Where the newline stands behind an object that begins at `i`; `NOT_PLAIN` where Python has to look at the line.

    `names` (`kernels.words.word_triples`): of the fields, by their numbers; the first `required` of them have to be
    there. `found`: a row for each of them, which `read_value` fills.
    """
    seen, needed, field = 0, (1 << required) - 1, UNKNOWN
    i = skip_blanks(text, i)
    if text[i] != ord("{"):
        return NOT_PLAIN
    i = skip_blanks(text, i + 1)
    while text[i] == QUOTE:
        name = i + 1
        i = string_end(text, name)
        if i == NOT_PLAIN:
            return NOT_PLAIN
        field = find_word_from(text, name, i - name, names, field + 1)  # most lines have them in the order of `names`
        i = skip_blanks(text, i + 1)
        if field == UNKNOWN or seen & (1 << field) or text[i] != ord(":"):
            return NOT_PLAIN
        seen |= 1 << field
        i = read_value(text, skip_blanks(text, i + 1), field, found)
        if i == NOT_PLAIN:
            return NOT_PLAIN
        i = skip_blanks(text, i)
        if text[i] == ord("}"):
            i = skip_blanks(text, i + 1)
            return i if text[i] == ord("\n") and seen & needed == needed else NOT_PLAIN
        if text[i] != ord(","):
            return NOT_PLAIN
        i = skip_blanks(text, i + 1)
    return NOT_PLAIN
