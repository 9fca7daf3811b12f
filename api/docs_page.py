"""The page about the API, made from the OpenAPI document: no script, nothing from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any, Final

from api.openapi import operations

STYLE: Final = """\
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 0 auto; padding: 1rem }
h2 { border-top: 1px solid; padding-top: 1rem; margin-top: 2rem; font-size: 1.1rem; overflow-wrap: anywhere }
code, h2 { font-family: ui-monospace, monospace }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0 }
"""
CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Takes the page's own style, and nothing else."""


def docs_page(document: Mapping[str, Any]) -> str:
    """The page, HTML."""
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    body = "\n".join(
        line for path, method, operation in operations(document) for line in _operation(path, method, operation)
    )
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: HTTP API</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{title}: HTTP API</h1>
<p>Give a token with every request: <code>Authorization: Bearer T</code>. Errors are
<code>application/problem+json</code> and name the field. For programs: <a href="openapi.json">openapi.json</a>.</p>
{body}
</body>
</html>
"""


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2>{escape(method)} {escape(path)}</h2>"
    if operation.get("description"):
        yield f"<p>{escape(operation['description'])}</p>"
    rows = [_parameter(parameter) for parameter in operation.get("parameters", ())]
    if rows:
        yield "<table><thead><tr><th>Parameter</th><th>In</th><th>What</th></tr></thead><tbody>"
        yield from rows
        yield "</tbody></table>"
    if "requestBody" in operation:
        yield f"<p>Takes {_content(operation['requestBody'])}.</p>"
    answers = (f"{escape(status)} {_content(answer)}".strip() for status, answer in _good(operation))
    yield f"<p>Answers {', '.join(answers)}.</p>"


def _parameter(parameter: Mapping[str, Any]) -> str:
    name = escape(parameter["name"]) + (" (required)" if parameter.get("required") else "")
    what = escape(parameter.get("description", ""))
    return f"<tr><td><code>{name}</code></td><td>{escape(parameter['in'])}</td><td>{what}</td></tr>"


def _good(operation: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for status, answer in operation["responses"].items():
        if status < "400":
            yield status, answer


def _content(of: Mapping[str, Any]) -> str:
    """Media types, with the name of what JSON holds."""
    said = []
    for media_type, content in (of.get("content") or {}).items():
        name = str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]
        said.append(f"<code>{escape(media_type)}</code>" + (f" ({escape(name)})" if name else ""))
    return " or ".join(said)
