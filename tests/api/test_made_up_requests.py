"""Requests made up from the OpenAPI: whatever comes, the answer is one that the document has, and never a 5xx."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
)

from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from tests.api.serving import Served, serving

EXAMPLES = 6

NOT_CHECKED: Final[Mapping[bool, list[Any]]] = {
    # A schema says that a day is text, not that it is one of the calendar's: 422 is an answer to what it allows.
    False: [positive_data_acceptance, not_a_server_error],
    # Clients of Yespo are answered in their way: nothing at all where all is well, and codes of their own.
    True: [
        positive_data_acceptance,
        not_a_server_error,
        response_schema_conformance,
        content_type_conformance,
        negative_data_rejection,
    ],
}
"""By whether the route is one that clients of Yespo use."""


@pytest.fixture(scope="module")
def served(
    valkey_server: EmbeddedValkey, kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    often = {f"LASTTOUCH_HTTP_{name}": "1000000" for name in ("REQUESTS_PER_MINUTE", "WRONG_TOKENS_PER_SECOND")}
    kafka = {"LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap}
    with serving(folder, valkey_server.url, **often, **kafka) as server:
        yield server


def test_no_request_breaks_it(served: Served) -> None:
    document = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    found = [one.ok() for one in document.get_all_operations() if isinstance(one, Ok)]
    assert len(found) == len(list(document.get_all_operations())) > 0, "an operation of the document cannot be read"
    for operation in found:
        if operation.path == "/v1/live":
            continue  # its answer has no end
        _ask(operation, served, GenerationMode.POSITIVE)
        _ask(operation, served, GenerationMode.NEGATIVE)


def _ask(operation: APIOperation[Any, Any, Any, Any], served: Served, mode: GenerationMode) -> None:
    """With what the document allows, or with what it does not."""
    is_of_yespo = operation.path.startswith("/api/")
    said = {"Authorization": f"Bearer {served.tokens['acme', Role.ADMIN]}"}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        answer = case.call(headers=said)
        # The server has no Kafka: whatever would be written is answered so.
        assert answer.status_code < 500 or answer.json()["away"] == "no_kafka", answer.text
        case.validate_response(answer, excluded_checks=NOT_CHECKED[is_of_yespo])

    # Nothing is wrong to ask of what takes nothing.
    with suppress(Unsatisfiable):
        ask()
