"""A report as the request asks for it: JSON, or CSV as a download."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, urlencode

import msgspec
from litestar import MediaType, Request, Response
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.access import Principal
from api.envelope import VARIES_BY
from api.masking import shown_to
from api.preferences import prefers
from api.problems import Problem
from reports.orders import OrdersReport
from reports.purchases import PurchasesReport
from reports.render import DailyReport, Report, as_csv

CSV: Final = "text/csv"
NO_STORE: Final = {"Cache-Control": "no-store"}
"""On everything with figures."""

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A report as it is sent. The same for all whose representations have the same `kind`."""

    body: bytes
    media_type: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Representation:
    """How the answer to this request is to look."""

    is_csv: bool
    principal: Principal
    query: tuple[tuple[str, str], ...] = ()
    """The parameters of the request."""

    @property
    def kind(self) -> tuple[bool, bool]:
        """What it depends on how a report is encoded."""
        return self.is_csv, self.principal.sees_persons

    def answer(self, report: Report | DailyReport, name: str) -> Response[Any]:
        """The report for the principal; `name` begins the name of the file that a CSV is saved as.

        A list that goes on says where in `Link` (RFC 8288) too: CSV has no other place for it.
        """
        return self.respond(self.encode(report, name), self._link(report))

    def encode(self, report: Report | DailyReport, name: str) -> Encoded:
        """The report as it is sent to the principal, but for `Link`. Call it in a thread: it may take long."""
        if self.is_csv:
            file_name = f"{name}-{report.account}-{report.from_}-{report.to}.csv"
            return Encoded(BOM_UTF8 + as_csv(report), CSV, {"Content-Disposition": _attachment(file_name)})
        return Encoded(msgspec.json.encode(shown_to(self.principal, report)), MediaType.JSON, {})

    @staticmethod
    def respond(encoded: Encoded, more_headers: Mapping[str, str] | None = None) -> Response[Any]:
        """What was encoded as an answer."""
        headers = NO_STORE | dict(encoded.headers) | dict(more_headers or {})
        return Response(encoded.body, media_type=encoded.media_type, headers=headers)

    def _link(self, report: Report | DailyReport) -> dict[str, str]:
        if not isinstance(report, OrdersReport | PurchasesReport) or report.next is None:
            return {}
        others = [(name, value) for name, value in self.query if name != "cursor"]
        return {"Link": f'<?{urlencode([*others, ("cursor", report.next)])}>; rel="next"'}


def as_json(answer: object, principal: Principal, headers: dict[str, str] | None = None) -> Response[Any]:
    """An answer as JSON, without what the principal does not see. Encoded here, so that it happens in the thread."""
    body = msgspec.json.encode(shown_to(principal, answer))
    return Response(body, media_type=MediaType.JSON, headers=NO_STORE | (headers or {}))


def provide_representation(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    asked_format: Annotated[
        Literal["json", "csv"] | None,
        QueryParameter(name="format", description="By default as Accept says."),
    ] = None,
) -> Representation:
    """The dependency `representation`. Raises `Problem`: a viewer gets no CSV."""
    # A viewer's page asks for anything (*/*), which JSON is.
    request.scope["state"][VARIES_BY].add("Accept")
    accept = ",".join(request.headers.getall("Accept", []))
    is_csv = asked_format == "csv" or (asked_format is None and prefers(accept, CSV, MediaType.JSON.value))
    if is_csv and not principal.sees_persons:
        raise Problem("forbidden", "A token with the role viewer gets no CSV; ask for JSON.")
    query = tuple((name, str(value)) for name, value in request.query_params.multi_items())
    return Representation(is_csv, principal, query)


def _attachment(file_name: str) -> str:
    """`Content-Disposition`; names that are not plain are given a second time, encoded (RFC 6266)."""
    plain = _UNSAFE.sub("_", file_name)
    encoded = "" if plain == file_name else f"; filename*=UTF-8''{quote(file_name, safe='')}"
    return f'attachment; filename="{plain}"{encoded}'
