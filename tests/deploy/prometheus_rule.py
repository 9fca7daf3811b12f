"""deploy/kubernetes/prometheus-rule.yaml, made from config/prometheus/rules, which kustomize must not reach for:
`python -m tests.deploy.prometheus_rule > deploy/kubernetes/prometheus-rule.yaml`."""

from __future__ import annotations

import sys
from typing import Any, Final

import yaml

from tests.deploy.compose import ROOT

RULES: Final = ROOT / "config" / "prometheus" / "rules"
NAME: Final = "lasttouch"
_HEAD: Final = """\
# For the Prometheus operator: the rules of config/prometheus/rules, which stand there with why they are as they are.
# Made by `python -m tests.deploy.prometheus_rule > deploy/kubernetes/prometheus-rule.yaml`.
"""


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def groups() -> list[Any]:
    """The groups of all files, in the order of the files' names."""
    files = sorted(RULES.glob("*.yml"))
    return [group for file in files for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]


def manifest() -> str:
    """The file."""
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": NAME},
        "spec": {"groups": groups()},
    }
    return _HEAD + yaml.dump(resource, Dumper=_Dumper, sort_keys=False, width=100_000, allow_unicode=True)


if __name__ == "__main__":
    sys.stdout.write(manifest())
