"""How kernels are compiled: by Numba to the code of LLVM, and by LLVM to that of the processor.

Only what compiles imports this and the modules that hold kernels. `kernels.loading` does without Numba, which takes
seconds to start and a hundred megabytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from typing import Any, Final, TypeVar, cast

import numba
from llvmlite import binding

from kernels.compiled_file import CHECKED
from kernels.loading import SYMBOL_PREFIX, Machine, target_machine
from kernels.signatures import SIGNATURES

_OWNERS: Final = re.compile(r"^define [^\n]*@NRT_(incref|decref)\(.*?^}$", re.DOTALL | re.MULTILINE)
_NO_OWNERS: Final = r"define internal void @NRT_\1(ptr %owner) alwaysinline { ret void }"
"""What Numba counts the users of an array's memory with. The arrays that kernels get have no owner to tell."""

_UNCALLED: Final = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Of what neither Python nor C calls: to make it callable takes a third of the time."""

_HOLDING_KERNELS: Final = (
    "columns",
    "dealt_words",
    "order_lines",
    "order_records",
    "order_rows",
    "order_sums",
    "parts",
    "placed_orders",
    "places",
    "published_orders",
    "table_orders",
    "table_touches",
    "table_values",
    "touch_kinds",
    "touch_lines",
)
"""The modules that `kernel` is used in."""
_INNER_PREFIX: Final = "kernel_"

Module = Any
"""Of LLVM, which has no types for Python."""
Function = TypeVar("Function", bound=Callable[..., Any])
_KERNELS: Final[dict[str, Any]] = {}


def inner(function: Function) -> Function:
    """A function that kernels call: compiled as a part of each of them.

    By numpy's rules a division does not raise; no kernel divides by what may be 0.
    """
    compiled = numba.njit(function, **_UNCALLED, error_model="numpy", boundscheck=CHECKED)  # type: ignore[call-overload] # unnamed in its types
    return cast(Function, compiled)


def kernel(function: Function) -> Function:
    """A function that is called from Python, with what `kernels.signatures` has for it."""
    compiled = numba.njit(function, error_model="numpy", boundscheck=CHECKED)
    _KERNELS[function.__name__] = compiled
    return cast(Function, compiled)


def compile_all(processes: int = 1) -> bytes:
    """All kernels as one file of machine code, in which each is called by its name behind `SYMBOL_PREFIX`.

    So many processes compile, each some of them: nearly all of the time is Python's own.
    """
    for module in _HOLDING_KERNELS:
        import_module(f"kernels.{module}")
    numba.config.CPU_NAME, numba.config.CPU_FEATURES = "generic", ""  # type: ignore[attr-defined] # set when imported
    assert _KERNELS.keys() == SIGNATURES.keys()
    machine = target_machine()
    whole = binding.parse_assembly("")
    whole.triple, whole.data_layout = machine.triple, str(machine.target_data)
    for code in _modules(processes):
        whole.link_in(binding.parse_assembly(code))
    _optimize(whole, machine)
    return bytes(machine.emit_object(whole))


def _modules(processes: int) -> list[str]:
    if processes == 1:
        return [_module(name) for name in SIGNATURES]
    with ProcessPoolExecutor(processes, get_context("fork")) as compilers:
        return list(compilers.map(_module, SIGNATURES))


def _array_of(elements: Any) -> Any:  # noqa: ANN401 - Numba says too little of its types
    return numba.from_dtype(elements)[::1]


def _module(name: str) -> str:
    """LLVM's code of one kernel, and of all that it calls."""
    types: tuple[Any, ...] = tuple(
        numba.int64 if elements is None else _array_of(elements) for elements in SIGNATURES[name].values()
    )
    compiled = _KERNELS[name]
    compiled.compile(numba.int64(*types))
    module = binding.parse_assembly(_OWNERS.sub(_NO_OWNERS, compiled.inspect_llvm(types)))
    named = compiled.overloads[types].fndesc.llvm_func_name
    for function in module.functions:
        if not function.is_declaration:
            function.linkage = "internal"
        if function.name == named:
            function.name = _INNER_PREFIX + name
    for variable in module.global_variables:
        if not variable.is_declaration:
            variable.linkage = "internal"
    return f"{module}\n{_called_with_words(name)}"


def _called_with_words(name: str) -> str:
    """LLVM's code of what is called from outside: it takes a kernel's words as `kernels.loading.Kernel` lays them out.

    A kernel with many arrays takes a hundred arguments, which cost Python more to hand over than most calls last.
    """
    lines, arguments, word = [], ["ptr %words", "ptr %failure"], 1

    def load(kind: str) -> str:
        nonlocal word
        lines.append(f"%at{word} = getelementptr i64, ptr %words, i64 {word}")
        lines.append(f"%word{word} = load {kind}, ptr %at{word}")
        word += 1
        return f"%word{word - 1}"

    for number, elements in enumerate(SIGNATURES[name].values()):
        if elements is None:
            arguments.append(f"i64 {load('i64')}")
            continue
        data, length = load("ptr"), load("i64")
        if number == 0:
            lines.append(f"%text = select i1 %isgiven, ptr %given, ptr {data}")
            data = "%text"
        size = elements.itemsize
        arguments.append(f"ptr null, ptr null, i64 {length}, i64 {size}, ptr {data}, i64 {length}, i64 {size}")
    body = "\n  ".join(lines)
    return f"""
define i32 @{SYMBOL_PREFIX}{name}(ptr %words, ptr %given) {{
  %failure = alloca ptr
  %isgiven = icmp ne ptr %given, null
  {body}
  %status = call i32 @{_INNER_PREFIX}{name}({", ".join(arguments)})
  ret i32 %status
}}
"""


def _optimize(module: Module, machine: Machine) -> None:
    """As one: what is called once becomes a part of its caller, and what nobody calls goes."""
    builder = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=3))
    passes = builder.getModulePassManager()
    passes.run(module, builder)
