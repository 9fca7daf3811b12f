"""The locks pin all that is installed, by hash, for every machine, and say no address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Final

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.sources import ROOT, project

INSTALLER: Final = "requirements-pip.lock"
RUNTIME: Final = "requirements.lock"
DEVELOPMENT: Final = "requirements-dev.lock"

_ENTRY: Final = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; (?P<marker>[^\\]+))?")
_HASH: Final = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Pinned:
    """One entry of a lock."""

    version: str
    marker: Marker | None
    hashes: frozenset[str]


@pytest.mark.parametrize("lock", [INSTALLER, RUNTIME, DEVELOPMENT])
def test_every_entry_is_pinned_by_hash_and_nothing_else_stands_there(lock: str) -> None:
    assert all(pinned.hashes for pinned in read(lock).values())


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT])
def test_what_the_project_asks_for_is_in_the_lock_within_its_bounds(lock: str) -> None:
    pinned = read(lock)
    for requirement in asked(*(["demo", "dev"] if lock == DEVELOPMENT else [])):
        entry = pinned.get(canonicalize_name(requirement.name))
        assert entry is not None, f"{requirement} is not in {lock}: make lock"
        assert requirement.specifier.contains(entry.version), f"{requirement}, locked at {entry.version}: make lock"
        is_for_all = requirement.marker is None
        assert not (is_for_all and entry.marker), f"{requirement.name} is locked for some machines only: {entry.marker}"


def test_what_installs_is_locked_and_is_what_has_installed() -> None:
    [(name, pinned)] = read(INSTALLER).items()
    [asked_for] = [Requirement(text) for text in project()["dependency-groups"]["install"]]
    assert name == asked_for.name
    assert asked_for.specifier.contains(pinned.version), f"{asked_for}, locked at {pinned.version}: make lock"
    assert metadata.version(name) == pinned.version


def test_the_image_runs_what_was_tested() -> None:
    tested = read(DEVELOPMENT)
    assert {name: tested.get(name) for name in read(RUNTIME)} == read(RUNTIME)


def test_the_image_goes_without_what_only_demo_and_tests_need() -> None:
    extra = {canonicalize_name(requirement.name) for requirement in asked("demo", "dev")}
    assert (
        not (extra - needed_by({canonicalize_name(requirement.name) for requirement in asked()})) & read(RUNTIME).keys()
    )


@pytest.mark.parametrize("python", ["3.11.0", "3.11.14", "3.12.0", "3.12.12"])
@pytest.mark.parametrize(("system", "machine"), [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")])
def test_one_lock_serves_every_machine(python: str, system: str, machine: str) -> None:
    """Left out anywhere: what redis needs before Python 3.11.3 only, and what only Windows needs."""
    environment = {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": system,
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
    }
    left_out = {
        name for name, pinned in read(DEVELOPMENT).items() if pinned.marker and not pinned.marker.evaluate(environment)
    }
    assert left_out <= {"async-timeout", "colorama"}


def read(lock: str) -> Mapping[str, Pinned]:
    """A lock by name of package. Fails at anything that is neither an entry nor a hash of one."""
    entries: dict[str, Pinned] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip()):
        first, *rest = (line.removesuffix("\\").strip() for line in block.splitlines())
        entry = _ENTRY.fullmatch(first)
        assert entry is not None, f"{lock}: {first}"
        assert all(_HASH.fullmatch(line) for line in rest), f"{lock}: {block}"
        marker = Marker(entry["marker"]) if entry["marker"] else None
        entries[entry["name"]] = Pinned(entry["version"], marker, frozenset(rest))
    return entries


def needed_by(names: set[str]) -> set[str]:
    """Those packages, and whatever they need, as what is installed says."""
    found: set[str] = set()
    rest = list(names)
    while rest:
        name = rest.pop()
        if name not in found:
            found.add(name)
            needs = map(Requirement, metadata.requires(name) or [])
            rest += [canonicalize_name(one.name) for one in needs if one.marker is None or one.marker.evaluate()]
    return found


def asked(*extras_and_groups: str) -> list[Requirement]:
    """What pyproject.toml asks for: to run, to build, and by the given extras and groups."""
    tables = project()
    optional = tables["project"]["optional-dependencies"] | tables["dependency-groups"]
    lists = [
        tables["project"]["dependencies"],
        optional["build"],
        *(optional[name] for name in extras_and_groups),
    ]
    assert tables["build-system"]["requires"] == optional["build"]
    return [Requirement(text) for texts in lists for text in texts]
