"""The application: its routes, and what all of them share."""

from __future__ import annotations

from importlib import metadata
from typing import Final

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ASGIApp

from api.access import Access, provide_principal
from api.doors import Doors
from api.envelope import Envelope
from api.intake_door import IntakeDoor
from api.intake_problems import respond_by_address
from api.kafka import Kafka
from api.live_readers import LiveReaders, live_source
from api.masking import without_persons
from api.openapi import Unserved
from api.page import provide_page
from api.parameters import IdsInPath, check_request, note_parameters
from api.period import provide_period
from api.readiness import ReadinessProbe
from api.representation import provide_representation
from api.routes import (
    campaign_names,
    campaign_page,
    contacts,
    docs,
    health,
    intake,
    live,
    me,
    orders,
    reports,
    segments,
    session,
    settings,
    settings_preview,
    timeline,
    web_page,
)
from api.streams import UNCOMPRESSED
from web.assets import page_assets

ROUTES: Final = (
    *web_page.ROUTES,
    *docs.ROUTES,
    *health.ROUTES,
    *me.ROUTES,
    *session.ROUTES,
    *reports.ROUTES,
    *campaign_page.ROUTES,
    *timeline.ROUTES,
    *orders.ROUTES,
    *contacts.ROUTES,
    *live.ROUTES,
    *settings.ROUTES,
    *settings_preview.ROUTES,
    *campaign_names.ROUTES,
    *segments.ROUTES,
    *intake.ROUTES,
)
BODY_BYTES_MAX: Final = 8 * 1_048_576
"""Of any route that does not say otherwise."""


def build_app(doors: Doors) -> ASGIApp:
    """The whole of what the server answers, over these doors."""
    return Envelope(build_routes(doors), doors.metrics)


def build_routes(doors: Doors) -> Litestar:
    """The same without its envelope: what the OpenAPI is made from."""
    access = Access(doors.tokens, doors.limits)
    kafka = Kafka(doors.kafka, doors.topics)
    door = IntakeDoor(doors, kafka)
    readers = LiveReaders(live_source(doors), without_persons, doors.streams.ending)
    probe = ReadinessProbe(doors)
    app = Litestar(
        route_handlers=ROUTES,
        guards=[access.authenticate],
        before_request=check_request,
        middleware=[IdsInPath],
        dependencies={
            "doors": Provide(lambda: doors, sync_to_thread=False),
            "access": Provide(lambda: access, sync_to_thread=False),
            "intake": Provide(lambda: door, sync_to_thread=False),
            "kafka": Provide(lambda: kafka, sync_to_thread=False),
            "live": Provide(lambda: readers, sync_to_thread=False),
            "probe": Provide(lambda: probe, sync_to_thread=False),
            "principal": Provide(provide_principal, sync_to_thread=False),
            "period": Provide(provide_period, sync_to_thread=False),
            "page": Provide(provide_page, sync_to_thread=False),
            "representation": Provide(provide_representation, sync_to_thread=False),
        },
        on_startup=[page_assets, kafka.open, door.record.open],
        on_shutdown=[kafka.close, door.record.close, readers.close, doors.campaigns.close],
        exception_handlers={Exception: respond_by_address},
        openapi_config=_openapi_config(),
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=3, exclude_opt_key=UNCOMPRESSED),
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
        openapi_router=Unserved("/docs", route_handlers=[]),
    )
