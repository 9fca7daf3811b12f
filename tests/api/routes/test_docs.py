"""What there is to ask, for programs and for people."""

from __future__ import annotations

import base64
import gzip
import re
from hashlib import sha256
from html.parser import HTMLParser

from tests.api.asking import Asker


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "action"}]


def test_the_page_lists_every_operation_without_script_or_anything_from_elsewhere(api: Asker) -> None:
    document = api.client.get("/openapi.json").json()
    answer = api.client.get("/docs")

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for path, item in document["paths"].items():
        for method in item:
            assert f"<h2>{method.upper()} {path}</h2>" in answer.text
    tags = Tags()
    tags.feed(answer.text)
    assert not tags.names & {"script", "img", "iframe", "link", "object"}
    assert tags.addresses == ["openapi.json"]


def test_the_page_is_told_to_run_nothing_and_to_be_framed_by_nobody(api: Asker) -> None:
    answer = api.client.get("/docs")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert f"'sha256-{base64.b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_there_is_nothing_below_them(api: Asker) -> None:
    for path in ("/docs/x", "/openapi.json/x", "/schema", "/docs/openapi.json"):
        assert api.client.get(path).json()["code"] == "not_found"


def test_problems_and_csv_stand_in_the_document(api: Asker) -> None:
    document = api.client.get("/openapi.json").json()
    report = document["paths"]["/v1/reports/campaigns"]["get"]["responses"]

    assert set(report) == {"200", "401", "403", "422", "429", "500", "503"}
    assert set(report["200"]["content"]) == {"application/json", "text/csv"}
    assert set(report["422"]["content"]) == {"application/problem+json"}
    assert "ProblemBody" in document["components"]["schemas"]
    assert {"bearer", "basic", "session"} <= set(document["components"]["securitySchemes"])
    session = document["paths"]["/v1/session"]["post"]
    assert session["security"] == []
    assert {"400", "413", "415"} <= set(session["responses"])


def test_every_way_to_give_a_token_stands_at_the_routes_that_take_it(api: Asker) -> None:
    document = api.client.get("/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    in_query = {name for name, scheme in schemes.items() if (scheme["type"], scheme.get("in")) == ("apiKey", "query")}
    takes_it = {
        (path, method)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if in_query & {name for one in operation.get("security", document["security"]) for name in one}
    }

    assert {schemes[name]["name"] for name in in_query} == {"token"}
    assert takes_it == {("/v1/hooks/{source}", "post")}
    for path, item in document["paths"].items():
        for operation in item.values():
            given = {name for one in operation.get("security", document["security"]) for name in one}
            assert given <= set(schemes), path


def test_what_is_long_is_compressed_where_that_is_asked_for(api: Asker) -> None:
    with api.client.stream("GET", "/openapi.json", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "accept-encoding" in answer.headers["Vary"].lower()
    plain = api.client.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed) == plain.content
