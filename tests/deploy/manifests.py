"""deploy/kubernetes as values: the manifests that its kustomization lists, read without a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import yaml

from tests.deploy.compose import ROOT

FOLDER: Final = ROOT / "deploy" / "kubernetes"
CUSTOM: Final = "monitoring.coreos.com/v1"
"""Of the Prometheus operator, whose schemas come with no package."""

Manifest = Mapping[str, Any]


@cache
def kustomization() -> Manifest:
    """What is put together."""
    loaded: Manifest = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def manifests() -> list[Manifest]:
    """All of all resources, as they are written."""
    return [
        manifest
        for file in kustomization()["resources"]
        for manifest in yaml.safe_load_all((FOLDER / file).read_text(encoding="utf-8"))
    ]


def of_kind(kind: str) -> dict[str, Manifest]:
    """Those of one kind, by name."""
    return {manifest["metadata"]["name"]: manifest for manifest in manifests() if manifest["kind"] == kind}


def named(kind: str, name: str) -> Manifest:
    """One of them."""
    return of_kind(kind)[name]


def workloads() -> dict[str, Manifest]:
    """What runs pods, by name."""
    return of_kind("StatefulSet") | of_kind("Deployment")


def pod(workload: Manifest) -> Manifest:
    """The pods of a workload."""
    spec: Manifest = workload["spec"]["template"]["spec"]
    return spec


def container(workload: Manifest) -> Manifest:
    """The one container of its pods."""
    [found] = pod(workload)["containers"]
    only: Manifest = found
    return only


def environment(workload: Manifest) -> dict[str, str | None]:
    """What its container is told by name; None: where it is known when the pod starts."""
    literals = {
        f"{generator['name']}": dict(literal.split("=", 1) for literal in generator.get("literals", []))
        for generator in kustomization()["configMapGenerator"]
    }
    maps: Iterator[dict[str, str]] = (
        literals[source["configMapRef"]["name"]]
        for source in container(workload)["envFrom"]
        if "configMapRef" in source
    )
    told: dict[str, str | None] = {name: value for one in maps for name, value in one.items()}
    return told | {variable["name"]: variable.get("value") for variable in container(workload)["env"]}


def ports(workload: Manifest) -> dict[str, int]:
    """By name, those that its container listens on."""
    return {port["name"]: port["containerPort"] for port in container(workload)["ports"]}


def selected(labels: Mapping[str, str], of: Mapping[str, str]) -> bool:
    """Whether a selector takes what has these labels."""
    return labels.items() <= of.items()
