"""What commands are told: the settings file, the tokens file, and variables that nothing reads."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import config
from cli.doctor.finding import Finding, note, refused, right, wrong
from config.errors import UserError
from config.http_limits import http_limits, trusted_proxies
from config.secret_files import SUFFIX
from config.settings_file import load_settings_file
from config.tokens_file import is_readable_by_others, read_tokens

OURS: Final = "LASTTOUCH_"
_FOR_TESTS: Final = "LASTTOUCH_TEST_"


def findings(settings: Path | None, tokens: Path | None, environment: Mapping[str, str]) -> Iterator[Finding]:
    """What there is to say of both files (None: not named) and of the environment."""
    yield settings_file(settings)
    if tokens is not None:
        yield tokens_file(tokens)
    yield limits(environment)
    yield from unread_variables(environment)


def settings_file(path: Path | None) -> Finding:
    """Whether a run would take it."""
    if path is None:
        return right("settings", "no file is named: accounts begin with the defaults")
    try:
        load_settings_file(path)
    except UserError as error:
        return refused("settings", error)
    return right("settings", f"{path} can be read")


def tokens_file(path: Path) -> Finding:
    """Whether `lasttouch serve` would take it, and who else can read it."""
    try:
        count = len(read_tokens(path))
    except UserError as error:
        return refused("tokens", error)
    if is_readable_by_others(path):
        return wrong("tokens", f"others can read {path}, which may hold keys of webhooks", f"chmod go= {path}")
    if not count:
        return note("tokens", f"{path} has none", "`lasttouch token create` makes one")
    return right("tokens", f"{path}, {count} token{'s' if count > 1 else ''}")


def limits(environment: Mapping[str, str]) -> Finding:
    """Whether `lasttouch serve` would take the bounds that the environment sets."""
    try:
        http_limits(environment)
        trusted_proxies(environment)
    except UserError as error:
        return refused("limits", error)
    return right("limits", "of the HTTP server can be read")


def unread_variables(environment: Mapping[str, str]) -> Iterator[Finding]:
    """One for each variable that looks like ours and that nothing reads: a typing error goes unnoticed otherwise."""
    known = known_variables()
    prefixes = tuple(name for name in known if name.endswith("_"))
    for name in sorted(environment):
        read = name.removesuffix(SUFFIX)
        if not name.startswith(OURS) or name.startswith((_FOR_TESTS, *prefixes)) or read in known:
            continue
        near = difflib.get_close_matches(name, known, 1)
        advice = f"is {near[0]} meant?" if near else "unset it"
        yield note("environment", f"{name} is set, and nothing reads it", advice)


def known_variables() -> frozenset[str]:
    """All that the commands read, and the prefixes (ending with `_`) of whole families of them."""
    modules = (importlib.import_module(f"config.{module.name}") for module in pkgutil.iter_modules(config.__path__))
    values = (value for module in modules for value in vars(module).values())
    return frozenset(value for value in values if isinstance(value, str) and value.startswith(OURS) and value != OURS)
