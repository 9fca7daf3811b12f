"""docker-compose.yml and the Dockerfile as values, read without a Docker engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]


OURS: Final = ("worker", "tokens", "serve", "generator")
"""The services that run our image."""


def compose() -> Mapping[str, Any]:
    """The compose file, its anchors resolved."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = yaml.safe_load(text)
    return loaded


def services() -> Mapping[str, Mapping[str, Any]]:
    """The services by name."""
    found: Mapping[str, Mapping[str, Any]] = compose()["services"]
    return found


def unescaped(text: str) -> str:
    """A string as Compose hands it on: `$$` is a dollar. Fails at a variable, which Compose would fill in."""
    assert not re.search(r"(?<!\$)(?:\$\$)*\$(?!\$)", text), f"Compose replaces a variable in {text!r}"
    return text.replace("$$", "$")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in their order: name and the rest, continuation lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.splitlines())]


def instruction(name: str) -> str:
    """The last instruction of a name, which is the one that holds for the image."""
    return [rest for found, rest in instructions() if found == name][-1]
