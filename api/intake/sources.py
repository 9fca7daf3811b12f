"""The sources by name: what maps their requests, and what checks their signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from api.intake import (
    mailgun,
    postmark,
    segment,
    sendgrid,
    ses,
    shopify,
    twilio,
    woocommerce,
    yespo_hook,
)
from api.intake.elements import Element
from api.intake.request import Request
from api.intake.signatures import load_public_key


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of one source of webhooks."""

    map_request: Callable[[Request], list[Element]]
    """What comes of each element; raises `RequestRefused` for a request that is refused whole."""
    is_signed: Callable[[Request, str], bool] | None = None
    """Whether a request is signed with a key; None: the sender signs nothing."""
    check_key: Callable[[str], object] | None = None
    """Raises `ValueError` for what can be no key of the sender's; None: any text can."""


HOOKS: Final[Mapping[str, Source]] = {
    "yespo": Source(yespo_hook.map_request),
    "sendgrid": Source(sendgrid.map_request, sendgrid.is_signed, load_public_key),
    "segment": Source(segment.map_request, segment.is_signed),
    "shopify": Source(shopify.map_request, shopify.is_signed),
    "woocommerce": Source(woocommerce.map_request, woocommerce.is_signed),
    "mailgun": Source(mailgun.map_request, mailgun.is_signed),
    "postmark": Source(postmark.map_request),
    "ses": Source(ses.map_request),
    "twilio": Source(twilio.map_request, twilio.is_signed),
}
"""The sources of `/v1/hooks/{source}` (intake.md §1)."""
