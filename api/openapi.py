"""The OpenAPI document: Litestar's, made from the handlers' types, with what all routes share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.router import Router

from api.access import SESSION_COOKIE
from api.openapi_intake import add_intake
from api.problems import MEDIA_TYPE, ProblemBody
from api.representation import CSV

PROBLEM: Final = {"$ref": "#/components/schemas/ProblemBody"}
_OPEN: Final = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs", "/v1/session"})
_SECURITY: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer T"},
    "basic": {"type": "http", "scheme": "basic", "description": "Any user name; the token is the password."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "Set by POST /v1/session; changes need X-Requested-With: lasttouch besides.",
    },
}


class Unserved(Router):
    """Takes the routes of Litestar's own pages and adds none: `/openapi.json` and `/docs` are ours."""

    def register(self, value: object) -> list[Any]:
        del value
        return []


def document(app: Litestar) -> Mapping[str, Any]:
    """The document, made once for each application."""
    made: Mapping[str, Any] | None = app.state.get("openapi_document")
    if made is None:
        made = app.state["openapi_document"] = _completed(deepcopy(app.openapi_schema.to_schema()))
    return made


def operations(made: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Path, method and description of each operation."""
    for path, item in sorted(made["paths"].items()):
        for method, operation in item.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                yield path, method.upper(), operation


def _completed(made: dict[str, Any]) -> Mapping[str, Any]:
    _, schemas = msgspec.json.schema_components([ProblemBody], ref_template="#/components/schemas/{name}")
    made["components"]["schemas"].update(schemas)
    made["components"]["securitySchemes"] = dict(_SECURITY)
    made["security"] = [{name: []} for name in _SECURITY]
    for path, item in made["paths"].items():
        for operation in item.values():
            if path in _OPEN:
                operation["security"] = []
            _add_problems(path, operation)
            _add_csv(operation)
    add_intake(made)
    return made


def _add_problems(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    # Litestar's own of wrong parameters, which are 422 here.
    responses.pop("400", None)
    if "204" in responses:
        responses["204"].pop("content", None)
    statuses = {422, 429, 500, 503}
    if path not in _OPEN:
        statuses |= {401, 403}
    if "{" in path:
        statuses.add(404)
    if "requestBody" in operation:
        statuses |= {400, 401, 413, 415}
    if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ())):
        statuses.add(412)
    for status in sorted(statuses):
        phrase = HTTPStatus(status).phrase
        responses.setdefault(str(status), {"description": phrase, "content": {MEDIA_TYPE: {"schema": PROBLEM}}})


def _add_csv(operation: dict[str, Any]) -> None:
    """Of operations that take `format`."""
    if any(parameter["name"] == "format" for parameter in operation.get("parameters", ())):
        operation["responses"]["200"]["content"][CSV] = {"schema": {"type": "string"}}
