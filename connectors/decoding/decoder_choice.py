"""Which decoder is used: kernels, or Python where they are not wanted or cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from config.kernels_switch import KERNELS, kernels_are_on
from connectors.decoding.decoder import Decoded, Decoder
from connectors.decoding.joined_lines import JoinedLines

if TYPE_CHECKING:
    from kernels.loading import Kernels

Decode = Callable[[JoinedLines], Decoded]


def chosen_decode() -> Decode:
    """What decodes a batch: with kernels where they are wanted and load, else `Decoder`, and a warning says why.

    Both give the same events. Raises `UserError` where `LASTTOUCH_KERNELS` is wrong.
    """
    kernels = loaded_kernels() if kernels_are_on() else None
    return _in_python(Decoder()) if kernels is None else decode_with(kernels)


def decode_with(kernels: Kernels) -> Decode:
    """What decodes a batch with kernels."""
    from connectors.decoding.kernel_decoder import KernelDecoder

    return KernelDecoder(kernels).decode


def loaded_kernels() -> Kernels | None:
    """The kernels. None: they cannot be had, and a warning says why."""
    try:
        from kernels.loading import load

        return load()
    except (ImportError, OSError) as error:
        _warn(str(error))
    except Exception as error:  # noqa: BLE001 - a compiler may fail in any way, and Python does without it
        _warn(f"{type(error).__name__}: {error}".splitlines()[0])
    return None


def kernels_are_compiled() -> bool:
    """Whether `loaded_kernels` has nothing to compile."""
    from kernels import compiled_file

    try:
        return compiled_file.read(compiled_file.path()) is not None
    except OSError:
        return True  # it is there, and `loaded_kernels` says why it cannot be read


def _warn(reason: str) -> None:
    import structlog

    from config.logs import configure_logs

    configure_logs()
    structlog.get_logger().warning("events are decoded without kernels", reason=reason, silence=f"{KERNELS}=off")


def _in_python(decoder: Decoder) -> Decode:
    return lambda joined: decoder.decode(joined.lines(), joined.read_ms)
