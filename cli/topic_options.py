"""The flags that name the Kafka topics, with the environment variables behind them (contract §7)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from functools import wraps
from typing import Annotated, Any, Final, TypeVar

import typer

from config import addresses
from connectors.kafka.topics import TopicNames, topic_flag

Result = TypeVar("Result")

_PREFIX: Final = "topic_"
_ENVIRONMENT: Final = {
    "touches": addresses.TOPIC_TOUCHES,
    "orders": addresses.TOPIC_ORDERS,
    "profiles": addresses.TOPIC_PROFILES,
    "attributions": addresses.TOPIC_ATTRIBUTIONS,
    "dead_letters": addresses.TOPIC_DEAD_LETTERS,
    "segments": addresses.TOPIC_SEGMENTS,
}


def takes_topics(command: Callable[..., Result]) -> Callable[..., Result]:
    """A command with the parameter `topics: TopicNames` as one that has a flag for each of the topics instead.

    The six flags stand where `topics` stood. The command raises `UserError` for a wrong name (`TopicNames`).
    """
    signature = inspect.signature(command, eval_str=True)
    flags = list(_flags())

    @wraps(command)
    def with_flags(**given: Any) -> Result:  # noqa: ANN401 - whatever the command takes
        names = {flag.name.removeprefix(_PREFIX): given.pop(flag.name) for flag in flags}
        return command(**given, topics=TopicNames(**names))

    own = [flag for name, flag in signature.parameters.items() for flag in (flags if name == "topics" else [flag])]
    shown = signature.replace(parameters=own)
    # Both are what typer reads the options off.
    with_flags.__signature__ = shown  # type: ignore[attr-defined]  # functions have it, their type does not
    with_flags.__annotations__ = {flag.name: flag.annotation for flag in own} | {"return": shown.return_annotation}
    return with_flags


def topic_arguments(names: TopicNames) -> dict[str, str]:
    """By flag, what to give a `lasttouch` command so that it uses these topics whatever its environment says."""
    return {topic_flag(role): name for role, name in asdict(names).items()}


def _flags() -> Iterator[inspect.Parameter]:
    for role in fields(TopicNames):
        option = typer.Option(
            topic_flag(role.name),
            envvar=_ENVIRONMENT[role.name],
            metavar="TOPIC",
            help=f"The Kafka topic of {role.name.replace('_', ' ')}.",
        )
        yield inspect.Parameter(
            _PREFIX + role.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=role.default,
            annotation=Annotated[str, option],
        )
