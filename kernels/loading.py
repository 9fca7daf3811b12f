"""Compiled kernels as functions of Python, which run without its lock.

They check nothing of what they are given; it is looked at here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from llvmlite import binding

from kernels import compiled_file
from kernels.signatures import SIGNATURES, Parameters

SYMBOL_PREFIX: Final = "lasttouch_"
_WORD: Final = ctypes.c_int64
_POINTER: Final = ctypes.c_void_p
_OF_ARRAY: Final = (_POINTER, _POINTER, _WORD, _WORD, _POINTER, _WORD, _WORD)
"""An array as Numba hands it on: who owns it (nobody), elements, bytes of each, where, elements and stride again."""

Machine = Any
"""Of LLVM, which has no types for Python."""


class KernelFailed(RuntimeError):
    """A kernel looked at an index that its array does not have; only in those that are checked."""


class Kernel:
    """One kernel."""

    def __init__(self, name: str, address: int) -> None:
        self._name = name
        self._parameters: Parameters = SIGNATURES[name]
        types: list[Any] = [_POINTER, _POINTER]
        for elements in self._parameters:
            types += [_WORD] if elements is None else _OF_ARRAY
        self._call = ctypes.CFUNCTYPE(ctypes.c_int32, *types)(address)

    def __call__(self, *given: npt.NDArray[Any] | int) -> int:
        """Run it. Raises `TypeError` for what is not in its signature, and `KernelFailed`."""
        flat: list[int | None] = []
        for elements, value in zip(self._parameters, given, strict=True):
            if elements is None:
                flat.append(int(value))
            elif isinstance(value, np.ndarray) and value.dtype == elements and value.ndim == 1 and value.flags.carray:
                size, bytes_each = len(value), value.itemsize
                flat += [None, None, size, bytes_each, value.ctypes.data, size, bytes_each]
            else:
                raise TypeError(f"{self._name} takes an array of {elements}, not {value!r}")
        result, failure = _WORD(), _POINTER()
        if self._call(ctypes.addressof(result), ctypes.addressof(failure), *flat):
            raise KernelFailed(self._name)
        return result.value


class Kernels:
    """All kernels; they live as long as this does."""

    def __init__(self, code: bytes) -> None:
        """`code`: what `kernels.compiling.compile_all` gave. Raises `RuntimeError` for anything else."""
        machine = target_machine()
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
        self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self._by_name: Mapping[str, Kernel] = {name: Kernel(name, self._address(name)) for name in SIGNATURES}

    def _address(self, name: str) -> int:
        address = self._engine.get_function_address(SYMBOL_PREFIX + name)
        if not address:
            raise RuntimeError(f"{name} is not among the compiled kernels")
        return int(address)

    def __getitem__(self, name: str) -> Kernel:
        return self._by_name[name]


def target_machine() -> Machine:
    """What code is made for: what all processors of this kind have, so that an image runs where it was not built."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_default_triple()
    placing = "static" if target.name.startswith("x86") else "default"
    return target.create_target_machine(cpu="generic", opt=3, reloc=placing, codemodel="jitdefault", jit=True)


def load(compilers: int = 1) -> Kernels:
    """The kernels, compiled and kept first where they were not yet, by so many processes.

    Raises `ImportError` without what compiles and runs them, and `OSError` where they could not be kept: compiling
    them at every start would cost more than it saves.
    """
    there = compiled_file.path()
    return Kernels(compiled_file.read(there) or _compile_to(there, compilers))


def _compile_to(there: Path, compilers: int) -> bytes:
    try:
        compiled_file.require_writable(there)
    except OSError as error:
        advice = "run python -m kernels as a user who may write there"
        raise OSError(f"kernels are not compiled, and cannot be kept: {error}: {advice}") from None
    from kernels.compiling import compile_all

    code = compile_all(compilers)
    compiled_file.write(there, code)
    return code
