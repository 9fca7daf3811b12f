"""The page of a list as a request asks for it."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

from reports.paging import LIMIT_DEFAULT, LIMIT_MAX, AskedPage, parse_page


def provide_page(
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="Orders on one page.")] = LIMIT_DEFAULT,
    cursor: Annotated[str | None, QueryParameter(description="The page to show: `next` of the one before.")] = None,
) -> AskedPage:
    """The dependency `page`. Raises `UserError`, which names `cursor`."""
    return parse_page(limit, cursor)
