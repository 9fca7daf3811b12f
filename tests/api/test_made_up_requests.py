"""Requests made up from the OpenAPI: whatever comes, the answer is one that the document has, and never a 5xx."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import pytest
import redis
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
)

from api.app import build_app
from config.tokens_file import Role
from connectors.embedded.servers import EmbeddedValkey
from connectors.questions import keys
from tests.api.asking import Asker, asking
from tests.api.serving import listening
from tests.examples import examples
from tests.waiting import PATIENCE_S

EXAMPLES = examples(6)

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


@pytest.fixture
def asker(valkey_server: EmbeddedValkey, valkey: redis.Redis, tmp_path: Path) -> Iterator[Asker]:
    """Over a view that holds nothing, and names no dataflow that could answer."""
    assert not valkey.exists(keys.ANSWERED_BY)
    with asking(tmp_path, valkey_server.url) as asker:
        yield asker


@pytest.fixture
def url(asker: Asker) -> Iterator[str]:
    with listening(build_app(asker.doors)) as url:
        yield url


@pytest.mark.hypothesis
def test_no_request_breaks_it(asker: Asker, url: str) -> None:
    document = schemathesis.openapi.from_url(f"{url}/openapi.json")
    found = [one.ok() for one in document.get_all_operations() if isinstance(one, Ok)]
    assert len(found) == len(list(document.get_all_operations())) > 0, "an operation of the document cannot be read"
    for operation in found:
        if operation.path == "/v1/live":
            continue  # its answer has no end
        _ask(operation, asker, GenerationMode.POSITIVE)
        _ask(operation, asker, GenerationMode.NEGATIVE)


def is_of_what_is_away(answer: Response) -> bool:
    """It has neither Kafka nor a dataflow: what would be written, or is asked of one, is answered so. Redis is there,
    however slow the machine.
    """
    return answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE and answer.json()["away"] in {"no_kafka", "dataflow"}


def _ask(operation: APIOperation[Any, Any, Any, Any], asker: Asker, mode: GenerationMode) -> None:
    """With what the document allows, or with what it does not."""
    is_of_yespo = operation.path.startswith("/api/")
    said = {"Authorization": f"Bearer {asker.tokens['acme', Role.ADMIN]}"}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        answer = case.call(headers=said, timeout=PATIENCE_S)
        told = f"{answer.status_code} {answer.headers}\n{answer.text}\nto: {case.as_curl_command(headers=said)}"
        assert answer.status_code < 500 or is_of_what_is_away(answer), told
        case.validate_response(answer, excluded_checks=NOT_CHECKED[is_of_yespo])

    # Nothing is wrong to ask of what takes nothing.
    with suppress(Unsatisfiable):
        ask()
