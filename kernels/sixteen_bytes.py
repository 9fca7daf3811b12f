"""Sixteen bytes compared or copied at once, by instructions of all x86-64 and ARM64 that LLVM makes of no loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import numba
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from kernels.compiled_file import CHECKED

AT_ONCE: Final = 16
_BYTE: Final = ir.IntType(8)
_MARKS: Final = ir.IntType(AT_ONCE)
_NUMBER: Final = ir.IntType(64)
_SIXTEEN: Final = ir.VectorType(_BYTE, AT_ONCE)
_PLACES: Final = ir.VectorType(ir.IntType(32), AT_ONCE)
_ONE_BY_ONE: Final = 1
"""No multiple of more bytes than this is known of where they begin."""


def _place(context: Any, builder: Any, array: Any, index: Any) -> Any:  # noqa: ANN401 - Numba has no types for it
    """Where the bytes of an array stand, from an index on."""
    if CHECKED:
        checked: Any = cgutils.do_boundscheck  # which Numba gives no types
        checked(context, builder, index, array.nitems)
        checked(context, builder, builder.add(index, index.type(AT_ONCE - 1)), array.nitems)
    return builder.bitcast(builder.gep(array.data, [index]), _SIXTEEN.as_pointer())


def _marked(typing_context: Any, searched: Any, index: Any, byte: Any) -> Any:  # noqa: ANN401, ARG001 - likewise
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - likewise
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        read = builder.load(_place(context, builder, array, arguments[1]), align=_ONE_BY_ONE)
        first = builder.insert_element(_SIXTEEN(ir.Undefined), builder.trunc(arguments[2], _BYTE), _PLACES.element(0))
        same = builder.icmp_unsigned("==", read, builder.shuffle_vector(first, first, _PLACES(None)))
        return builder.zext(builder.bitcast(same, _MARKS), _NUMBER)

    return numba.types.int64(searched, numba.types.intp, numba.types.int64), generate


def _copied(typing_context: Any, source: Any, start: Any, out: Any, at: Any) -> Any:  # noqa: ANN401, ARG001 - likewise
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - likewise
        read, written = (context.make_array(signature.args[k])(context, builder, arguments[k]) for k in (0, 2))
        taken = builder.load(_place(context, builder, read, arguments[1]), align=_ONE_BY_ONE)
        builder.store(taken, _place(context, builder, written, arguments[3]), align=_ONE_BY_ONE)
        return context.get_dummy_value()

    return numba.types.void(source, numba.types.intp, out, numba.types.intp), generate


def _not_plain(typing_context: Any, text: Any, index: Any) -> Any:  # noqa: ANN401, ARG001 - likewise
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - likewise
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        read = builder.load(_place(context, builder, array, arguments[1]), align=_ONE_BY_ONE)
        # Beyond ASCII, a byte with a sign is less than 0.
        found = builder.icmp_signed("<", read, _SIXTEEN([ord(" ")] * AT_ONCE))
        for byte in b'"\\':
            found = builder.or_(found, builder.icmp_unsigned("==", read, _SIXTEEN([byte] * AT_ONCE)))
        return builder.zext(builder.bitcast(found, _MARKS), _NUMBER)

    return numba.types.int64(text, numba.types.intp), generate


def _lowest(typing_context: Any, marks: Any) -> Any:  # noqa: ANN401, ARG001 - likewise
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - likewise
        return builder.cttz(arguments[0], ir.IntType(1)(0))

    return numba.types.int64(numba.types.int64), generate


marks_of: Final = cast(Callable[[npt.NDArray[Any], int, int], int], intrinsic(_marked))
"""Which of the sixteen bytes of an array from an index on are the same as one, as a bit of each, the first lowest."""
marks_of_not_plain: Final = cast(Callable[[npt.NDArray[Any], int], int], intrinsic(_not_plain))
"""Likewise, which of them do not stand for themselves alone in a string of JSON: a quote, a backslash, a control
character, a byte beyond ASCII."""
copy_sixteen: Final = cast(Callable[[npt.NDArray[Any], int, npt.NDArray[Any], int], None], intrinsic(_copied))
"""The sixteen bytes of an array from an index on, to a place in another."""
first_mark: Final = cast(Callable[[int], int], intrinsic(_lowest))
"""The number of the lowest bit that is set."""
