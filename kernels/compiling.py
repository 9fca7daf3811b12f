"""How kernels are compiled, and where the compiled ones are kept: beside their sources, for any processor of a kind.

Compiling takes seconds, loading what was compiled tenths of one. So it is done once, while this program is installed:
`python -m kernels`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba.core import caching
from numba.core.typing.templates import Signature

from state.event_json import TEXT_MAX
from state.messages import AUTOMATED, HUMAN, PLAIN_FROM_MS, PLAIN_TIME_BYTES, PLAIN_UNTIL_MS, RS, US
from state.settings import EVENTS
from state.times import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

_CONFIG: Final[Any] = numba.config
"""Its variables are set when it is imported."""
_HERE: Final = Path(__file__).parent
_CONSTANTS: Final = (
    *(AUTOMATED, EVENTS, HUMAN, PLAIN_FROM_MS, PLAIN_TIME_BYTES, PLAIN_UNTIL_MS, RS, TEXT_MAX, US),
    *(DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS),
)
"""All that kernels take from `state`; it is compiled into them."""

Function = TypeVar("Function", bound=Callable[..., Any])


class CannotKeep(OSError):
    """Kernels are not compiled yet, and what is compiled could not be kept."""


def _stamp() -> str:
    """Differs where anything does that the kernels are compiled from."""
    sources = b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))
    checked = bool(_CONFIG.BOUNDSCHECK)
    return hashlib.sha256(sources + repr((_CONSTANTS, checked)).encode()).hexdigest()[:16]


STAMP: Final = _stamp()
PREFIX: Final = "lasttouch-kernels-"


def folder() -> Path:
    """Where what is compiled from these sources is kept: below `NUMBA_CACHE_DIR`, else beside the sources."""
    below = _CONFIG.CACHE_DIR
    return (Path(below) if below else _HERE / "__pycache__") / f"{PREFIX}{STAMP}"


class Beside(caching._CacheLocator):  # noqa: SLF001 - the class that Numba has others derive from
    """Keeps compiled kernels in `folder()`, and reads them where that cannot be written.

    Numba's own look at the one file a kernel stands in, not at those it calls, and want a folder that can be written.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._first_line = function.__code__.co_firstlineno

    def get_cache_path(self) -> str:
        return str(folder())

    def get_source_stamp(self) -> str:
        return STAMP

    def get_disambiguator(self) -> str:
        return str(self._first_line)

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> Beside:
        del py_file
        return cls(py_func)


# Of the processor's kind only what all of that kind have: an image is built on one machine and runs on others.
_CONFIG.CPU_NAME = "generic"
_CONFIG.CPU_FEATURES = ""
_CONFIG.CACHE_LOCATOR_CLASSES = "kernels.compiling.Beside"


def require_folder() -> None:
    """Raises `CannotKeep` where kernels would have to be compiled at every start."""
    there = folder()
    if there.is_dir():
        return
    try:
        there.mkdir(parents=True)
    except OSError as error:
        raise CannotKeep(
            f"kernels are not compiled and {there} cannot be made ({error.strerror}): run python -m kernels "
            "as a user who may, or name a folder in NUMBA_CACHE_DIR"
        ) from None


require_folder()


def inner(function: Function) -> Function:
    """A function that kernels call: compiled as a part of each of them."""
    return cast(Function, numba.njit(function))


def kernel(signature: Signature) -> Callable[[Function], Function]:
    """Compiles a function for these types at once, or loads it; without Python's lock while it runs."""

    def compiled(function: Function) -> Function:
        return cast(Function, numba.njit(signature, cache=True, nogil=True)(function))

    return compiled
