"""Compiled kernels as functions of Python, which run without its lock.

They check nothing of what they are given; it is looked at here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from llvmlite import binding

from kernels import compiled_file
from kernels.signatures import SIGNATURES, Parameters

SYMBOL_PREFIX: Final = "lasttouch_"
_CALLED: Final = (ctypes.c_int32, ctypes.c_void_p, ctypes.c_char_p)
"""With its words (its result, then for each parameter the number, or where the array begins and how long it is), and
with the text that stands in the place of its first array, if there is one. It gives 0, or it has failed."""

_TEXT_LENGTH: Final = 2
"""The word that says how long the first array is."""

Machine = Any
"""Of LLVM, which has no types for Python."""


class KernelFailed(RuntimeError):
    """A kernel looked at an index that its array does not have; only in those that are checked."""


class Call:
    """A kernel with what it is given, which stays until it is given something else.

    To hand over an array takes a microsecond, which is long for who calls for each hundred touches.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._words = (ctypes.c_int64 * kernel.word_count)()
        self._address = ctypes.addressof(self._words)
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        """They live as long as this does."""

    def give(self, **values: npt.NDArray[Any] | int) -> None:
        """Give parameters their values. Raises `TypeError` for what is not in the signature."""
        for name, value in values.items():
            self._give(name, value)

    def _give(self, name: str, value: npt.NDArray[Any] | int) -> None:
        elements, word = self._kernel.parameters[name], self._kernel.words_of[name]
        if elements is None:
            self._words[word] = int(value)
        elif isinstance(value, np.ndarray) and value.dtype == elements and value.ndim == 1 and value.flags.carray:
            self._arrays[name] = value
            self._words[word], self._words[word + 1] = value.ctypes.data, len(value)
        else:
            raise TypeError(f"{self._kernel.name} takes an array of {elements}, not {value!r}")

    def let_go(self, name: str) -> None:
        """Keep an array no longer: the call may not run before it is given another."""
        del self._arrays[name]

    def run(self) -> int:
        """Run it without the interpreter's lock. Raises `KernelFailed`."""
        return self._result(self._kernel.unlocked(self._address, None))

    def run_on(self, text: bytes) -> int:
        """Run it with a text in the place of its first array. Raises `KernelFailed`.

        It keeps the interpreter's lock: what is short would wait longer to get it back from another thread.
        """
        self._words[_TEXT_LENGTH] = len(text)
        return self._result(self._kernel.locked(self._address, text))

    def _result(self, status: int) -> int:
        if status:
            raise KernelFailed(self._kernel.name)
        result: int = self._words[0]
        return result


class Kernel:
    """One kernel, which lives as long as this does, or a `Call` of it."""

    def __init__(self, name: str, address: int, engine: Machine) -> None:
        """`engine`: of LLVM, which holds the code at `address`, and lets go of it when nobody has it."""
        self.name = name
        self._engine = engine
        self.parameters: Parameters = SIGNATURES[name]
        sizes = (1 if elements is None else 2 for elements in self.parameters.values())
        *places, self.word_count = accumulate(sizes, initial=1)
        self.words_of: Mapping[str, int] = dict(zip(self.parameters, places, strict=True))
        self.unlocked = ctypes.CFUNCTYPE(*_CALLED)(address)
        self.locked = ctypes.PYFUNCTYPE(*_CALLED)(address)

    def __call__(self, *given: npt.NDArray[Any] | int) -> int:
        """Run it once. Raises `TypeError` for what is not in its signature, and `KernelFailed`."""
        call = Call(self)
        call.give(**dict(zip(self.parameters, given, strict=True)))
        return call.run()


class Kernels:
    """All kernels."""

    def __init__(self, code: bytes) -> None:
        """`code`: what `kernels.compiling.compile_all` gave. Raises `RuntimeError` for anything else."""
        machine = target_machine()
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
        self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self._by_name: Mapping[str, Kernel] = {
            name: Kernel(name, self._address(name), self._engine) for name in SIGNATURES
        }

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
