"""What the OpenAPI says of the ways in for events: their bodies, which no handler's types tell, and their errors."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from api.intake.answers import OrdersAnswer
from api.intake_problems import IntakeProblem
from api.problems import MEDIA_TYPE

_REFERENCES: Final = "#/components/schemas/{name}"
_OBJECT: Final = {"type": "object"}
# What an element is made of is told of each by itself, not of the request.
_ONE_OR_MANY: Final = {"anyOf": [_OBJECT, {"type": "array", "maxItems": 5_000}]}
_TEXT: Final = {"type": "string"}
_ORDERS: Final = {
    "type": "object",
    "properties": {"orders": {"type": "array", "maxItems": 1_000}},
    "required": ["orders"],
}
_EVENT: Final = {
    "type": "object",
    "properties": {"eventTypeKey": {"type": ["string", "integer"]}},
    "required": ["eventTypeKey"],
}
_JSON: Final = "application/json"
BODIES: Final[dict[str, dict[str, Any]]] = {
    "/v1/events": {_JSON: _ONE_OR_MANY, "application/x-ndjson": _TEXT, "application/jsonl": _TEXT},
    "/v1/hooks/{source}": {_JSON: _ONE_OR_MANY, "application/x-www-form-urlencoded": _OBJECT},
    "/api/v1/orders": {_JSON: _ORDERS},
    **{path: {_JSON: _EVENT} for path in ("/api/v1/event", "/api/v2/event", "/api/v3/event")},
}
"""By path and media type."""
OPEN_OPERATION: Final = ("/v1/hooks/{source}", "get")
"""Yespo asks it before it has been told a token."""
_HOOK_TOKEN: Final = "hook_token"  # noqa: S105 - a name
_HOOK_SECURITY: Final = {
    _HOOK_TOKEN: {
        "type": "apiKey",
        "in": "query",
        "name": "token",
        "description": "For senders that give no Authorization: the address that they send to has the token.",
    }
}
_HOOK: Final = ("/v1/hooks/{source}", "post")
_ERRORS: Final = ("400", "401", "403", "404", "413", "415", "422", "429", "500", "503")


def add_intake(made: dict[str, Any]) -> None:
    """Complete a document that has all operations and their errors."""
    _, schemas = msgspec.json.schema_components([IntakeProblem, OrdersAnswer], ref_template=_REFERENCES)
    made["components"]["schemas"].update(schemas)
    open_path, open_method = OPEN_OPERATION
    made["paths"][open_path][open_method]["security"] = []
    made["components"]["securitySchemes"].update(_HOOK_SECURITY)
    hook_path, hook_method = _HOOK
    made["paths"][hook_path][hook_method]["security"] = [*made["security"], {_HOOK_TOKEN: []}]
    for path, contents in BODIES.items():
        operation = made["paths"][path]["post"]
        operation["requestBody"] = {
            "required": True,
            "description": "At most 8 MiB, after gzip where Content-Encoding says so.",
            "content": {media_type: {"schema": schema} for media_type, schema in contents.items()},
        }
        responses = operation["responses"]
        media_type = _JSON if path.startswith("/api/") else MEDIA_TYPE
        problem = {media_type: {"schema": {"$ref": _REFERENCES.format(name="IntakeProblem")}}}
        for status in _ERRORS:
            description = responses.get(status, {}).get("description", "The request is refused whole.")
            responses[status] = {"description": description, "content": problem}
    _add_answers(made["paths"])


def _add_answers(paths: dict[str, Any]) -> None:
    events = paths["/v1/events"]["post"]["responses"]
    events["207"] = {**events["200"], "description": "Some events were rejected."}
    nothing = {"text/plain": {"schema": {"type": "string", "maxLength": 0}}}
    for path in BODIES:
        if path.startswith("/api/"):
            answered = {"description": "Taken: an empty body.", "content": dict(nothing)}
            paths[path]["post"]["responses"]["200"] = answered
    failed = {"schema": {"$ref": _REFERENCES.format(name="OrdersAnswer")}}
    orders = paths["/api/v1/orders"]["post"]["responses"]["200"]
    orders["content"][_JSON] = failed
    orders["description"] = "An empty body where all orders were taken, else those that were not."
