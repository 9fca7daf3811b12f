"""What of several forms an answer has: by what its asker prefers, and never what it refuses."""

from __future__ import annotations

import pytest

from api.preferences import prefers, takes_gzip
from api.representation import CSV
from config.tokens_file import Role
from tests.api.asking import Asker

JSON = "application/json"


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ("", False),
        ("*/*", False),
        ("text/csv", True),
        ("TEXT/CSV", True),
        ("text/*", True),
        ("application/*", False),
        ("text/csv; charset=utf-8", True),
        ("text/csv, */*", True),
        ("text/csv, application/json", True),
        ("application/json, text/csv", False),
        ("text/csv;q=0.5, application/json;q=0.9", False),
        ("application/json;q=0.1, text/csv ; q=0.2", True),
        ("text/csv;q=0.001", True),
        ("text/csv;q=0", False),
        ("text/csv;q=0.000, */*", False),
        ("text/*;q=0, */*;q=0.1", False),
        ("application/json;q=0, */*", True),
        ("application/json;q=0, text/csv;q=0", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("text/html", False),
        ("text/csv;q=inf", True),
        ("text/csv;q=1e999, application/json;q=nan", True),
        (",,;q=1,/", False),
    ],
)
def test_csv_is_what_is_preferred_to_json(accept: str, is_csv: bool) -> None:
    assert prefers(accept, CSV, JSON) is is_csv


@pytest.mark.parametrize(
    ("accept_encoding", "takes"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.8", True),
        ("*", True),
        ("*;q=0.5, identity", True),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, identity", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("*;q=0, gzip", True),
        ("gzipped", False),
    ],
)
def test_gzip_is_for_those_who_take_it(accept_encoding: str, takes: bool) -> None:
    assert takes_gzip(accept_encoding) is takes


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/"])
@pytest.mark.parametrize(
    ("accept_encoding", "coding"), [("deflate, gzip;q=0.5", "gzip"), ("gzip;q=0", None), ("*", "gzip")]
)
def test_no_address_answers_in_a_coding_that_is_refused(
    api: Asker, path: str, accept_encoding: str, coding: str | None
) -> None:
    answer = api.client.get(path, headers={"Accept-Encoding": accept_encoding})
    assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, coding)


@pytest.mark.parametrize(("accept", "status"), [("text/csv;q=0", 200), ("text/csv;q=inf", 403), ("*/*", 200)])
def test_a_viewer_who_refuses_csv_gets_json(api: Asker, accept: str, status: int) -> None:
    assert api.get("/v1/reports/channels", Role.VIEWER, headers={"Accept": accept}).status_code == status
