"""The flags that name the Kafka topics, with the environment variables behind them (contract §7)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from typing import Annotated, Final, TypeVar

import typer

from cli.flag_groups import takes
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

    The command raises `UserError` for a wrong name (`TopicNames`).
    """
    return takes("topics", list(_flags()), _topic_names)(command)


def _topic_names(**given: str) -> TopicNames:
    return TopicNames(**{flag.removeprefix(_PREFIX): name for flag, name in given.items()})


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
