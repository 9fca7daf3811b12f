"""The application: its routes, and what all of them share."""

from __future__ import annotations

from importlib import metadata
from typing import Final

from litestar import Litestar, MediaType
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.router import Router
from litestar.types import ASGIApp

from api.access import OPEN, authenticates, provide_principal
from api.doors import Doors
from api.envelope import Envelope
from api.parameters import IdsInPath, check_request, note_parameters
from api.period import provide_period
from api.problems import respond
from api.representation import provide_representation
from api.routes import health, me, reports

ROUTES: Final = (*health.ROUTES, *me.ROUTES, *reports.ROUTES)
BODY_BYTES_MAX: Final = 8 * 1_048_576
"""Of any route that does not say otherwise."""


def build_app(doors: Doors) -> ASGIApp:
    """The whole of what the server answers, over these doors."""
    return Envelope(build_routes(doors))


def build_routes(doors: Doors) -> Litestar:
    """The same without its envelope: what the OpenAPI is made from."""
    app = Litestar(
        route_handlers=ROUTES,
        guards=[authenticates(doors)],
        before_request=check_request,
        middleware=[IdsInPath],
        dependencies={
            "doors": Provide(lambda: doors, sync_to_thread=False),
            "principal": Provide(provide_principal, sync_to_thread=False),
            "period": Provide(provide_period, sync_to_thread=False),
            "representation": Provide(provide_representation, sync_to_thread=False),
        },
        exception_handlers={Exception: respond},
        openapi_config=_openapi_config(),
        request_max_body_size=BODY_BYTES_MAX,
        logging_config=None,
    )
    note_parameters(app)
    return app


def _openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="lasttouch",
        version=metadata.version("lasttouch"),
        use_handler_docstrings=True,
        openapi_router=Router("/openapi.json", route_handlers=[], opt={OPEN: True}, include_in_schema=False),
        render_plugins=[JsonRenderPlugin(path="/", media_type=MediaType.JSON)],
    )
