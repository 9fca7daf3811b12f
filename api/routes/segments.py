"""`/v1/segments`: named sets of contacts, from a report or from a list."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.access import Principal, allows
from api.doors import Doors, wall_clock_ms
from api.kafka import Kafka
from api.problems import Problem, invalid
from api.representation import NO_STORE, as_json
from config.tokens_file import Role
from reports import arguments as asked
from reports.buyers import read_buyers
from reports.period import parse_period
from state.segments import (
    CONTACTS_MAX,
    NAME_CHARACTERS_MAX,
    RECORD_BYTES_MAX,
    SEGMENTS_MAX,
    SegmentRecord,
    encode_segment,
    members,
)
from state.times import format_time

MAY: Final = allows(Role.ADMIN, Role.MARKETER)


class FromReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who bought from a campaign in a period, as `/v1/reports/purchases` has it."""

    campaign: str
    from_: str = msgspec.field(name="from")
    to: str
    channel: str | None = None
    """None: over all its channels."""


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
Contact = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class NewSegment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it is called, and one of `from_report` and `contacts`."""

    name: Name
    from_report: FromReport | None = None
    contacts: list[Contact] | None = None
    account: str | None = None
    """The token's."""


class SegmentMade(msgspec.Struct, frozen=True):
    """How many contacts are in it."""

    name: str
    contacts: int


class SegmentRow(msgspec.Struct, frozen=True):
    """A segment without its contacts."""

    name: str
    contacts: int
    created_at: str
    created_by: str | None


class SegmentsReport(msgspec.Struct, frozen=True):
    """An account's segments by name."""

    segments: list[SegmentRow]


@post("/v1/segments", guards=[MAY], status_code=201)
async def make_segment(
    data: JSONBody[NewSegment],
    doors: NamedDependency[Doors],
    kafka: NamedDependency[Kafka],
    principal: NamedDependency[Principal],
) -> Response[SegmentMade]:
    """Makes a segment, or another of the one that has this name. Nobody, and who was erased, is left out."""
    principal.require_account(data.account)
    record = await kafka.in_thread(partial(_new_record, data, doors, kafka, principal))
    await kafka.producer.send_records_async([kafka.segments.replace(record)])
    made = SegmentMade(record.segment, len(record.contacts))
    return as_json(made, principal, {"Location": f"/v1/segments/{quote(record.segment, safe='')}"})


# Litestar wraps a synchronous handler once more for each other method of its path, so that none would work.
@get("/v1/segments", guards=[MAY])
async def segments(kafka: NamedDependency[Kafka], principal: NamedDependency[Principal]) -> Response[SegmentsReport]:
    """The segments there are."""
    followed = kafka.segments
    await kafka.in_thread(followed.catch_up)
    rows = [SegmentRow(*listed) for listed in followed.listed(principal.account)]
    return as_json(SegmentsReport(rows), principal)


@get("/v1/segments/{name:str}", guards=[MAY], media_type="text/plain")
async def segment(
    name: FromPath[str], kafka: NamedDependency[Kafka], principal: NamedDependency[Principal]
) -> Response[str]:
    """Its contacts, one a line."""
    record = await kafka.in_thread(partial(_known_record, kafka, principal, name))
    text = "".join(f"{contact}\n" for contact in record.contacts)
    return Response(text, media_type="text/plain", headers=NO_STORE)


@delete("/v1/segments/{name:str}", guards=[MAY])
async def remove_segment(
    name: FromPath[str], kafka: NamedDependency[Kafka], principal: NamedDependency[Principal]
) -> None:
    """Removes it."""
    await kafka.in_thread(partial(_known_record, kafka, principal, name))
    await kafka.producer.send_records_async([kafka.segments.removal(principal.account, name)])


def _known_record(kafka: Kafka, principal: Principal, name: str) -> SegmentRecord:
    followed = kafka.segments
    followed.catch_up()
    record = followed.record(principal.account, name)
    if record is None:
        raise Problem("not_found", "There is no segment of this name.")
    return record


def _new_record(data: NewSegment, doors: Doors, kafka: Kafka, principal: Principal) -> SegmentRecord:
    """Raises `Problem` for what is wrong, and for what is more than may be."""
    if not data.name.strip():
        raise invalid("name", "is blank; give 1–128 characters")
    if (data.from_report is None) == (data.contacts is None):
        raise invalid("contacts" if data.contacts else "from_report", "give either from_report or contacts")
    followed = kafka.segments
    followed.catch_up()
    if not followed.has_room(principal.account, data.name):
        raise Problem("too_many", f"An account has {SEGMENTS_MAX} segments at most; remove some.")
    # Before anything is read: an erasure from here on holds for the segment.
    created_at = format_time(wall_clock_ms())
    found = _buyers(data.from_report, doors, kafka, principal) if data.from_report else _listed(data.contacts or [])
    record = SegmentRecord(principal.account, data.name, created_at, principal.name, members(found))
    if len(record.contacts) > CONTACTS_MAX:
        raise Problem("too_many", f"A segment has {CONTACTS_MAX} contacts at most.")
    if len(encode_segment(record)) > RECORD_BYTES_MAX:
        raise Problem("too_many", f"The contacts of a segment have {RECORD_BYTES_MAX} bytes at most.")
    return record


def _buyers(report: FromReport, doors: Doors, kafka: Kafka, principal: Principal) -> list[str]:
    campaign = asked.identifier("campaign", report.campaign)
    channel = None if report.channel is None else asked.channel(report.channel)
    period, view = parse_period(report.from_, report.to), doors.account_view(principal.account)
    buyers = read_buyers(doors.redis, view, period, campaign=campaign, channel=channel, most=CONTACTS_MAX)
    # An erasure that the view does not show yet.
    return [
        contact
        for contact, bought_ms in buyers.items()
        if kafka.segments.erasure(principal.account, contact).time < bought_ms and _is_one_line(contact)
    ]


def _listed(contacts: list[str]) -> list[str]:
    for number, contact in enumerate(contacts):
        if not contact.strip():
            raise invalid(f"contacts[{number}]", "is blank; give a contact's id")
        if not _is_one_line(contact):
            raise invalid(f"contacts[{number}]", "a contact in a segment is one line: it is read line by line")
    return contacts


def _is_one_line(contact: str) -> bool:
    return len(contact.splitlines()) == 1


ROUTES: Final[tuple[Any, ...]] = (make_segment, segments, segment, remove_segment)
