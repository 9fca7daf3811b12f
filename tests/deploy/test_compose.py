"""What holds for every service, and what ours are told."""

from __future__ import annotations

import importlib.resources
import json
import re
from pathlib import Path
from typing import Final

import pytest
import yaml
from jsonschema import validators

from cli.doctor.configuration import known_variables
from config import addresses, server_addresses
from config.settings_file import NO_FILE, load_settings_file
from tests.deploy.compose import OURS, ROOT, compose, instruction, services, unescaped
from tests.house.sources import project

NAMES: Final = tuple(services())
ONE_SHOT: Final = frozenset({"topics", "tokens", "generator"})
PUBLISHED: Final = {
    "kafka": "9092",
    "valkey": "6379",
    "serve": "8321",
    "prometheus": "9090",
    "alertmanager": "9093",
    "grafana": "3000",
}
"""The port of each service that has one on this machine."""
SECRET: Final = re.compile(r"password|passwd|secret|token|api_?key|private", re.IGNORECASE)
LOCAL: Final = re.compile(r"127\.0\.0\.1:\d+:\d+")


def test_the_file_is_as_the_compose_specification_has_it() -> None:
    schema = importlib.resources.files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json")
    rules = json.loads(schema.read_text(encoding="utf-8"))
    checker = validators.validator_for(rules)(rules)
    # Merged anchors are in the loaded value; what begins with `x-` is for the reader alone.
    assert not [f"{error.json_path}: {error.message}" for error in checker.iter_errors(compose())]


@pytest.mark.parametrize("name", NAMES)
def test_its_image_is_pinned(name: str) -> None:
    image, _, tag = services()[name]["image"].rpartition(":")
    assert image, f"{name} takes whatever is newest"
    assert re.fullmatch(r"v?\d+\.\d+\.\d+", tag)


@pytest.mark.parametrize("name", OURS)
def test_our_image_carries_the_version(name: str) -> None:
    assert services()[name]["image"] == f"lasttouch:{project()['project']['version']}"
    assert services()[name]["build"] == "."


@pytest.mark.parametrize("name", NAMES)
def test_it_is_restarted_and_watched(name: str) -> None:
    service = services()[name]
    if name in ONE_SHOT:
        assert service["restart"] == "no"
        assert service["healthcheck"] == {"disable": True}
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_the_worker_is_watched_by_the_images_own_check() -> None:
    kind, check = services()["worker"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    assert unescaped(check) == instruction("HEALTHCHECK").partition("CMD ")[2]


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
    ports = service.get("ports", [])
    assert all(LOCAL.fullmatch(port) for port in ports)
    assert [port.split(":")[1] for port in ports] == [PUBLISHED[name] for _ in ports]
    assert bool(ports) == (name in PUBLISHED)
    assert service.get("network_mode") != "host"
    assert not {variable for variable in service.get("environment", {}) if variable.startswith("BYTEWAX_")}


def test_no_secret_is_in_it() -> None:
    """Tokens are made when all is up and kept in a volume; nobody has a password, as nobody comes from elsewhere."""
    named = {
        f"{name}: {variable}={value}"
        for name, service in services().items()
        for variable, value in service.get("environment", {}).items()
        if SECRET.search(variable)
    }
    assert named <= {
        f"{name}: {server_addresses.TOKENS}={services()[name]['environment'][server_addresses.TOKENS]}"
        for name in ("tokens", "serve")
    }
    assert "secrets" not in compose()


def test_a_made_up_shop_comes_only_where_asked_for() -> None:
    assert {name: service["profiles"] for name, service in services().items() if "profiles" in service} == {
        "generator": ["demo"]
    }


@pytest.mark.parametrize("name", ["kafka", "valkey", "worker", "serve", "prometheus", "alertmanager", "grafana"])
def test_what_it_keeps_is_in_a_named_volume(name: str) -> None:
    kept = [mount.split(":")[0] for mount in services()[name]["volumes"] if not mount.endswith(":ro")]
    assert kept
    assert set(kept) <= compose()["volumes"].keys()


@pytest.mark.parametrize("name", NAMES)
def test_it_waits_for_what_is_there_until_it_is_ready(name: str) -> None:
    for needed, how in services()[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
        assert how["condition"] == wanted


@pytest.mark.parametrize("name", OURS)
def test_ours_are_told_by_variables_that_they_read(name: str) -> None:
    assert services()[name]["environment"].keys() <= known_variables()


def test_the_worker_is_told_all_that_there_is_to_be_told() -> None:
    """So that the file shows what can be changed; but for a cluster of several machines, and for passwords."""
    known = {value for value in vars(addresses).values() if isinstance(value, str) and value.startswith("LASTTOUCH_")}
    silent = known - services()["worker"]["environment"].keys()
    assert {name for name in silent if not name.endswith(("_USERNAME", "_PASSWORD"))} <= {
        addresses.PROCESS,
        addresses.ADDRESSES,
    }


@pytest.mark.parametrize("name", ["worker", "serve", "generator"])
def test_ours_are_told_where_the_others_are(name: str) -> None:
    told = services()[name]["environment"]
    listeners = services()["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert f"NETWORK://{told[addresses.KAFKA_BOOTSTRAP_SERVERS]}" in listeners
    assert told[addresses.REDIS_URL] == "redis://valkey:6379/0"


def test_the_recovery_store_and_what_lies_beside_it_are_in_the_volume() -> None:
    """Beside it: the dead letters of a run on files."""
    service = services()["worker"]
    folder = Path(service["environment"][addresses.RECOVERY_DIR]).parent
    assert f"recovery:{folder}" in service["volumes"]
    assert instruction("VOLUME") == f'["{folder}"]'


def test_the_tokens_are_in_a_volume_that_the_image_gives_its_user() -> None:
    """A new volume belongs to whom the image's folder belongs to."""
    for name in ("tokens", "serve"):
        folder = Path(services()[name]["environment"][server_addresses.TOKENS]).parent
        assert f"tokens:{folder}" in services()[name]["volumes"]
        assert instruction("VOLUME") == f'["{folder}"]'


@pytest.mark.parametrize("name", ["worker", "serve", "generator"])
def test_the_mounted_settings_can_be_read(name: str) -> None:
    service = services()[name]
    [(here, there)] = [mount.split(":")[:2] for mount in service["volumes"] if mount.startswith(".")]
    assert there == service["environment"][addresses.SETTINGS]
    assert load_settings_file(ROOT / here).of("acme").time_zone == "Europe/Kyiv"


def test_the_example_shows_the_defaults_as_they_are() -> None:
    example = load_settings_file(ROOT / "config" / "settings.example.toml")
    assert example.default == NO_FILE.default


@pytest.mark.parametrize("name", NAMES)
def test_what_it_mounts_of_this_folder_is_there_and_read_only(name: str) -> None:
    """Compose would make a folder of root's in the place of a file that is missing."""
    own = [mount.split(":") for mount in services()[name].get("volumes", []) if mount.startswith(".")]
    assert all((ROOT / here).exists() for here, *_ in own)
    assert all(how == ["ro"] for _, _, *how in own)


def test_prometheus_and_grafana_look_where_the_others_are() -> None:
    [folder] = [
        ROOT / mount.split(":")[0]
        for mount in services()["prometheus"]["volumes"]
        if "/etc/prometheus/targets" in mount
    ]
    looked_at = {
        target
        for file in folder.glob("*.yml")
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))
        for target in group["targets"]
    }
    assert looked_at == {
        f"worker:{services()['worker']['environment']['LASTTOUCH_METRICS_PORT']}",
        f"serve:{services()['serve']['environment']['LASTTOUCH_SERVE_METRICS_PORT']}",
        f"alertmanager:{PUBLISHED['alertmanager']}",
    }
    [source] = yaml.safe_load(
        (ROOT / "config/grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8")
    )["datasources"]
    assert source["url"] == f"http://prometheus:{PUBLISHED['prometheus']}"


def test_grafanas_dashboards_are_where_it_is_told_to_look() -> None:
    mounts = dict(mount.split(":")[:2] for mount in services()["grafana"]["volumes"] if mount.startswith("."))
    [provider] = yaml.safe_load(
        (ROOT / "config/grafana/provisioning/dashboards/lasttouch.yml").read_text(encoding="utf-8")
    )["providers"]
    [here] = [here for here, there in mounts.items() if there == provider["options"]["path"]]
    assert list((ROOT / here).glob("*.json"))
