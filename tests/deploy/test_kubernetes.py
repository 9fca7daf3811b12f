"""The manifests of Kubernetes: as its API has them, and fitting each other and the program."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml

from cli.doctor.configuration import known_variables
from config.settings_file import NO_FILE, load_settings_file
from tests.deploy import prometheus_rule
from tests.deploy.compose import instruction
from tests.deploy.manifests import (
    CUSTOM,
    FOLDER,
    container,
    environment,
    kustomization,
    manifests,
    named,
    of_kind,
    pod,
    ports,
    selected,
    workloads,
)
from tests.house.sources import project

API: Final = "1.35"
STANDARD: Final = [manifest for manifest in manifests() if manifest["apiVersion"] != CUSTOM]
WORKLOADS: Final = sorted(workloads())
SECRETS: Final = {"lasttouch-tokens", "lasttouch-secrets"}
"""Made by hand, as kustomization.yaml says; none is in the repository."""


def shown(manifest: Mapping[str, Any]) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


@pytest.mark.parametrize("manifest", STANDARD, ids=shown)
def test_it_is_as_the_api_has_it(manifest: Mapping[str, Any]) -> None:
    """Strict: a field that the API does not know is an error, too."""
    kubernetes_validate.validate(manifest, API, strict=True)


def test_all_that_is_asked_for_is_there() -> None:
    wanted = {
        "StatefulSet",
        "Deployment",
        "Service",
        "PodDisruptionBudget",
        "NetworkPolicy",
        "ServiceMonitor",
        "PrometheusRule",
    }
    assert wanted <= {manifest["kind"] for manifest in manifests()}


def test_every_file_is_listed() -> None:
    files = {file.name for file in FOLDER.iterdir()} - {"kustomization.yaml"}
    generated = {file for generator in kustomization()["configMapGenerator"] for file in generator.get("files", [])}
    assert files == {*kustomization()["resources"], *generated}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kustomize comes with kubectl")
def test_kustomize_puts_it_together() -> None:
    built = subprocess.run(["kubectl", "kustomize", str(FOLDER)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    made = list(yaml.safe_load_all(built.stdout))
    assert sorted(shown(one) for one in made if one["kind"] != "ConfigMap") == sorted(map(shown, manifests()))
    for one in made:
        assert one["metadata"]["namespace"] == "lasttouch"
        if one["apiVersion"] != CUSTOM:
            kubernetes_validate.validate(one, API, strict=True)


@pytest.mark.parametrize("name", WORKLOADS)
def test_its_pods_are_no_root_and_change_nothing_but_their_volumes(name: str) -> None:
    spec, inner = pod(workloads()[name]), container(workloads()[name])["securityContext"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert f"{spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}" == instruction("USER")
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert inner == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("name", WORKLOADS)
def test_its_pods_say_what_they_need_and_are_watched(name: str) -> None:
    inner = container(workloads()[name])
    assert inner["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in inner["resources"]["limits"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert inner[probe]["httpGet"]["path"] == "/healthz"
        assert inner[probe]["httpGet"]["port"] in ports(workloads()[name])


@pytest.mark.parametrize("name", WORKLOADS)
def test_its_image_is_this_version(name: str) -> None:
    [image] = kustomization()["images"]
    assert container(workloads()[name])["image"] == image["name"]
    assert image["newTag"] == project()["project"]["version"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_it_is_told_by_variables_that_it_reads(name: str) -> None:
    assert environment(workloads()[name]).keys() <= known_variables()
    # Kubernetes' own would be LASTTOUCH_SERVE_PORT and the like.
    assert pod(workloads()[name])["enableServiceLinks"] is False


@pytest.mark.parametrize("name", WORKLOADS)
def test_what_it_mounts_and_reads_is_there(name: str) -> None:
    spec, inner = pod(workloads()[name]), container(workloads()[name])
    maps = {generator["name"] for generator in kustomization()["configMapGenerator"]}
    claims = {claim["metadata"]["name"] for claim in workloads()[name]["spec"].get("volumeClaimTemplates", [])}
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert {mount["name"] for mount in inner["volumeMounts"]} == volumes.keys() | claims
    assert {volume["configMap"]["name"] for volume in volumes.values() if "configMap" in volume} <= maps
    assert {volume["secret"]["secretName"] for volume in volumes.values() if "secret" in volume} <= SECRETS
    for source in inner["envFrom"]:
        reference = source.get("configMapRef") or source["secretRef"]
        assert reference["name"] in maps | SECRETS
        assert "configMapRef" in source or reference["optional"] is True


@pytest.mark.parametrize("name", WORKLOADS)
def test_the_files_that_it_is_told_of_lie_in_its_volumes(name: str) -> None:
    mounted = [mount["mountPath"] for mount in container(workloads()[name])["volumeMounts"]]
    files = [value for value in environment(workloads()[name]).values() if value is not None and value.startswith("/")]
    assert files
    assert all(any(file.startswith(f"{folder}/") for folder in mounted) for file in files)


def test_the_recovery_store_outlives_its_pod() -> None:
    workers = named("StatefulSet", "lasttouch-run")
    [claim] = workers["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert set(workers["spec"]["persistentVolumeClaimRetentionPolicy"].values()) == {"Retain"}
    folder = environment(workers)["LASTTOUCH_RECOVERY_DIR"]
    [mount] = [one for one in container(workers)["volumeMounts"] if one["name"] == claim["metadata"]["name"]]
    assert folder is not None
    assert folder.startswith(f"{mount['mountPath']}/")


def test_every_worker_is_told_where_all_of_them_are() -> None:
    workers = named("StatefulSet", "lasttouch-run")
    service = named("Service", workers["spec"]["serviceName"])
    addresses = environment(workers)["LASTTOUCH_ADDRESSES"]
    assert addresses is not None
    assert addresses.split(",") == [
        f"lasttouch-run-{number}.{service['metadata']['name']}:{ports(workers)['cluster']}"
        for number in range(workers["spec"]["replicas"])
    ]
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["publishNotReadyAddresses"] is True
    [number] = [one for one in container(workers)["env"] if one["name"] == "LASTTOUCH_PROCESS"]
    assert number["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.labels['apps.kubernetes.io/pod-index']"


def test_workers_start_and_change_all_at_once() -> None:
    spec = named("StatefulSet", "lasttouch-run")["spec"]
    assert spec["podManagementPolicy"] == "Parallel"
    assert spec["updateStrategy"] == {"type": "OnDelete"}


@pytest.mark.parametrize("name", WORKLOADS)
def test_it_listens_where_it_is_told_to(name: str) -> None:
    told, listens = environment(workloads()[name]), {str(port) for port in ports(workloads()[name]).values()}
    assert {value for variable, value in told.items() if variable.endswith("_PORT")} <= listens
    assert told["LASTTOUCH_METRICS_HOST"] == "0.0.0.0"


@pytest.mark.parametrize("name", sorted(of_kind("Service")))
def test_a_service_leads_to_ports_that_its_pods_have(name: str) -> None:
    service = of_kind("Service")[name]
    [behind] = [one for one in workloads().values() if selected(service["spec"]["selector"], labels(one))]
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports(behind).keys()


@pytest.mark.parametrize("kind", ["PodDisruptionBudget", "NetworkPolicy"])
def test_each_workload_has_its_own(kind: str) -> None:
    for manifest in of_kind(kind).values():
        selector = manifest["spec"].get("selector") or manifest["spec"]["podSelector"]
        assert [name for name, one in workloads().items() if selected(selector["matchLabels"], labels(one))] == [
            manifest["metadata"]["name"]
        ]
    assert sorted(of_kind(kind)) == WORKLOADS


def test_metrics_are_read_by_prometheus_alone_and_workers_by_each_other() -> None:
    rules = named("NetworkPolicy", "lasttouch-run")["spec"]["ingress"]
    allowed = {port["port"]: rule["from"] for rule in rules for port in rule["ports"]}
    assert allowed["cluster"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "lasttouch-run"}}}]
    [served] = [
        rule["from"]
        for rule in named("NetworkPolicy", "lasttouch-serve")["spec"]["ingress"]
        if {"port": "metrics"} in rule["ports"]
    ]
    assert allowed["metrics"] == served
    assert "namespaceSelector" in served[0]


@pytest.mark.parametrize("name", sorted(of_kind("ServiceMonitor")))
def test_prometheus_finds_the_metrics_under_the_jobs_that_the_rules_speak_of(name: str) -> None:
    monitor = of_kind("ServiceMonitor")[name]
    [service] = [
        one
        for one in of_kind("Service").values()
        if selected(monitor["spec"]["selector"]["matchLabels"], one["metadata"]["labels"])
    ]
    [endpoint] = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == name


def test_the_settings_are_those_of_the_example() -> None:
    [generator] = [one for one in kustomization()["configMapGenerator"] if one["name"] == "lasttouch-settings"]
    [file] = generator["files"]
    assert load_settings_file(FOLDER / file).default == NO_FILE.default


def labels(workload: Mapping[str, Any]) -> Mapping[str, str]:
    of_pods: Mapping[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return of_pods


def test_the_rules_are_those_of_prometheus_as_they_stand_in_config() -> None:
    """`python -m tests.deploy.prometheus_rule` makes the file anew."""
    assert (FOLDER / "prometheus-rule.yaml").read_text(encoding="utf-8") == prometheus_rule.manifest()
    rules = named("PrometheusRule", prometheus_rule.NAME)["spec"]["groups"]
    assert rules == prometheus_rule.groups()
    assert {rule["alert"] for group in rules for rule in group["rules"] if "alert" in rule} >= {"LasttouchOrdersLow"}
