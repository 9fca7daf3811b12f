"""Memory that is asked for before it is looked at: to wait for it takes longer than what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import numba
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

_NUMBER: Final = ir.IntType(32)
_TO_READ: Final = 0
_MANY_TIMES: Final = 3
_DATA: Final = 1
"""What LLVM's instruction takes beside the place."""


def _asked(typing_context: Any, array: Any, index: Any) -> Any:  # noqa: ANN401, ARG001 - Numba has no types for it
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - likewise
        elements = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(elements, [arguments[1]]), ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [place.type, _NUMBER, _NUMBER, _NUMBER])
        function: Any = cgutils.get_or_insert_function  # which Numba gives no types
        prefetching = function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(prefetching, [place, *(ir.Constant(_NUMBER, number) for number in (_TO_READ, _MANY_TIMES, _DATA))])
        return context.get_dummy_value()

    return numba.types.void(array, numba.types.intp), generate


prefetch: Final = cast(Callable[[npt.NDArray[Any], int], None], intrinsic(_asked))
"""Asks for the memory of an element of an array. Nothing is read, so the index may be any."""
