"""Flags that several commands take together, as one parameter of each."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

Result = TypeVar("Result")


def takes(
    name: str, flags: Sequence[inspect.Parameter], made_of: Callable[..., object]
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """A command with the parameter `name` as one that has these flags instead, in its place.

    `made_of` makes the parameter's value of the flags, which it is given by their names.
    """

    def flags_of(parameter: inspect.Parameter) -> Sequence[inspect.Parameter]:
        return flags if parameter.name == name else [parameter]

    def with_flags(command: Callable[..., Result]) -> Callable[..., Result]:
        signature = inspect.signature(command, eval_str=True)
        own = [flag for parameter in signature.parameters.values() for flag in flags_of(parameter)]
        shown = signature.replace(parameters=[flag.replace(kind=inspect.Parameter.KEYWORD_ONLY) for flag in own])

        @wraps(command)
        def call(**given: Any) -> Result:  # noqa: ANN401 - whatever the command takes
            value = made_of(**{flag.name: given.pop(flag.name) for flag in flags})
            return command(**given, **{name: value})

        # Both are what typer reads the options off.
        call.__signature__ = shown  # type: ignore[attr-defined]  # functions have it, their type does not
        call.__annotations__ = {flag.name: flag.annotation for flag in own} | {"return": shown.return_annotation}
        return call

    return with_flags
