"""What holds for every service, and what the worker is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from config import addresses
from config.settings_file import NO_FILE, load_settings_file
from tests.deploy.compose import ROOT, compose, instruction, services
from tests.house.sources import project

NAMES: Final = tuple(services())
ONE_SHOT: Final = frozenset({"topics"})
LOCAL: Final = re.compile(r"127\.0\.0\.1:\d+:\d+")

KNOWN: Final = {
    value for value in vars(addresses).values() if isinstance(value, str) and value.startswith("LASTTOUCH_")
}
"""The variables that the code reads."""


@pytest.mark.parametrize("name", NAMES)
def test_its_image_is_pinned(name: str) -> None:
    image, _, tag = services()[name]["image"].rpartition(":")
    assert image, f"{name} takes whatever is newest"
    assert re.fullmatch(r"\d+\.\d+\.\d+", tag)


def test_the_workers_image_carries_the_version() -> None:
    assert services()["worker"]["image"] == f"lasttouch:{project()['project']['version']}"


@pytest.mark.parametrize("name", NAMES)
def test_it_is_restarted_and_watched(name: str) -> None:
    service = services()[name]
    if name in ONE_SHOT:
        assert service["restart"] == "no"
        assert service["healthcheck"] == {"disable": True}
    else:
        assert service["restart"] == "unless-stopped"
        watched = service["healthcheck"]["test"] if "healthcheck" in service else instruction("HEALTHCHECK")
        assert watched


@pytest.mark.parametrize("name", NAMES)
def test_it_is_no_root_and_can_become_none(name: str) -> None:
    service = services()[name]
    user = service["user"] if "user" in service else instruction("USER")
    assert user not in ("root", "0", "0:0")
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True


@pytest.mark.parametrize("name", [name for name in NAMES if name != "kafka"])
def test_its_root_file_system_is_read_only(name: str) -> None:
    """Apache Kafka's image writes its configuration into its own folders when it starts."""
    assert services()[name]["read_only"] is True


@pytest.mark.parametrize("name", NAMES)
def test_it_is_reached_from_this_machine_only(name: str) -> None:
    """Above all the engine's own web server (port 3030), which asks nobody for a password."""
    service = services()[name]
    assert all(LOCAL.fullmatch(port) for port in service.get("ports", []))
    assert service.get("network_mode") != "host"
    if "build" in service:
        assert "ports" not in service
        assert not {variable for variable in service["environment"] if variable.startswith("BYTEWAX_")}


@pytest.mark.parametrize("name", ["kafka", "valkey", "worker"])
def test_what_it_keeps_is_in_a_named_volume(name: str) -> None:
    kept = [mount.split(":")[0] for mount in services()[name]["volumes"] if not mount.endswith(":ro")]
    assert kept
    assert set(kept) <= compose()["volumes"].keys()


@pytest.mark.parametrize("name", NAMES)
def test_it_waits_for_what_is_there_until_it_is_ready(name: str) -> None:
    for needed, how in services()[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
        assert how["condition"] == wanted


def test_the_worker_is_told_by_variables_that_it_reads() -> None:
    assert services()["worker"]["environment"].keys() == KNOWN


def test_the_worker_is_told_where_the_others_are() -> None:
    told = services()["worker"]["environment"]
    listeners = services()["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert f"NETWORK://{told[addresses.KAFKA_BOOTSTRAP_SERVERS]}" in listeners
    assert told[addresses.REDIS_URL] == "redis://valkey:6379/0"


def test_the_recovery_store_and_what_lies_beside_it_are_in_the_volume() -> None:
    """Beside it: the dead letters of a run on files."""
    service = services()["worker"]
    folder = Path(service["environment"][addresses.RECOVERY_DIR]).parent
    assert f"recovery:{folder}" in service["volumes"]
    assert instruction("VOLUME") == f'["{folder}"]'


def test_the_mounted_files_are_there_and_the_settings_can_be_read() -> None:
    service = services()["worker"]
    [(here, there)] = [mount.split(":")[:2] for mount in service["volumes"] if mount.startswith(".")]
    assert there == service["environment"][addresses.SETTINGS]
    assert load_settings_file(ROOT / here).of("acme").time_zone == "Europe/Kyiv"


def test_the_example_shows_the_defaults_as_they_are() -> None:
    example = load_settings_file(ROOT / "config" / "settings.example.toml")
    assert example.default == NO_FILE.default
