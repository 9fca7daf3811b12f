"""How kernels are compiled: by Numba to the code of LLVM, and by LLVM to that of the processor.

Only what compiles imports this and the modules that hold kernels. `kernels.loading` does without Numba, which takes
seconds to start and a hundred megabytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba
from llvmlite import binding

from kernels.compiled_file import CHECKED
from kernels.loading import SYMBOL_PREFIX, Machine, target_machine
from kernels.signatures import SIGNATURES

_NOTHING_OWNED: Final = "define void @NRT_MemInfo_call_dtor(ptr %owner) { unreachable }"
"""What Numba calls for an array that has an owner, when nobody else has it. The arrays that kernels get have none."""

Module = Any
"""Of LLVM, which has no types for Python."""
Function = TypeVar("Function", bound=Callable[..., Any])
_KERNELS: Final[dict[str, Any]] = {}


def inner(function: Function) -> Function:
    """A function that kernels call: compiled as a part of each of them.

    By numpy's rules a division does not raise; no kernel divides by what may be 0.
    """
    return cast(Function, numba.njit(function, error_model="numpy", boundscheck=CHECKED))


def kernel(function: Function) -> Function:
    """A function that is called from Python, with what `kernels.signatures` has for it."""
    compiled = numba.njit(function, error_model="numpy", boundscheck=CHECKED)
    _KERNELS[function.__name__] = compiled
    return cast(Function, compiled)


def compile_all() -> bytes:
    """All kernels as one file of machine code, in which each is called by its name behind `SYMBOL_PREFIX`."""
    from kernels import columns, parts, places, touch_lines

    del columns, parts, places, touch_lines
    numba.config.CPU_NAME, numba.config.CPU_FEATURES = "generic", ""  # type: ignore[attr-defined] # set when imported
    assert _KERNELS.keys() == SIGNATURES.keys()
    machine = target_machine()
    whole = binding.parse_assembly("")
    whole.triple, whole.data_layout = machine.triple, str(machine.target_data)
    whole.link_in(binding.parse_assembly(_NOTHING_OWNED))
    for name in SIGNATURES:
        whole.link_in(_module(name))
    _drop_what_nobody_calls(whole, machine)
    return bytes(machine.emit_object(whole))


def _array_of(elements: Any) -> Any:  # noqa: ANN401 - Numba says too little of its types
    return numba.from_dtype(elements)[::1]


def _module(name: str) -> Module:
    """The code of one kernel, and of all that it calls."""
    types: tuple[Any, ...] = tuple(
        numba.int64 if elements is None else _array_of(elements) for elements in SIGNATURES[name]
    )
    compiled = _KERNELS[name]
    compiled.compile(numba.int64(*types))
    module = binding.parse_assembly(compiled.inspect_llvm(types))
    named = compiled.overloads[types].fndesc.llvm_func_name
    for function in module.functions:
        if function.name == named:
            function.name = SYMBOL_PREFIX + name
            function.linkage = "external"
        elif not function.is_declaration:
            function.linkage = "internal"
    for variable in module.global_variables:
        if not variable.is_declaration:
            variable.linkage = "internal"
    return module


def _drop_what_nobody_calls(module: Module, machine: Machine) -> None:
    """What would let Python call a kernel through Numba."""
    builder = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options())
    passes = binding.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, builder)
