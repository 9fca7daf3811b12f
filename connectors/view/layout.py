"""Every key and field of the view in Redis, in one place: what the sink writes and reports read.

Q(x) is x percent-encoded (RFC 3986, nothing but letters, digits and `_.-~` stays). {A} is `{` Q(account) `}`:
the braces are Redis Cluster's hash tag, so that all keys of an account share a slot. D is a day YYYY-MM-DD in
the account's time zone, CUR an ISO 4217 code, <ch> a channel. Values are decimal integers as text, money in
minor units of CUR. A field or key whose value would be 0 is absent. The functions take days as ordinals
(`state.times`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

import msgspec

from state.ledger import HOUR
from state.times import EPOCH_ORDINAL, day_of_text, day_text
from state.touch_text import TouchText

PREFIX: Final = "lasttouch:"
"""Every key begins so; keys that do not are never touched."""

# `lasttouch:run` hash: what holds for the whole program. No hash tag: reach it by single-key commands only.
#   catching_up   "1" while a restart or an import is under way, else "0"
RUN_KEY: Final = PREFIX + "run"
CATCHING_UP: Final = "catching_up"

# Fields of `lasttouch:{A}:account`; see `account_key`.
CURRENCY: Final = "currency"
TIME_ZONE: Final = "time_zone"
AS_OF: Final = "as_of"
ROWS_FROM: Final = "rows_from"

VERSIONS: Final = "versions"
"""The field of `lasttouch:{A}:settings`; see `settings_key`."""

PURCHASES: Final = "purchases"
REVENUE: Final = "revenue"
EXPECTED: Final = "expected_"
"""Before `purchases` and `revenue`: of the orders on the way (INITIALIZED, IN_PROGRESS)."""
EXPECTED_PURCHASES: Final = EXPECTED + PURCHASES
EXPECTED_REVENUE: Final = EXPECTED + REVENUE
UNATTRIBUTED: Final = "unattributed:"
"""Before `purchases:CUR` and the like: DELIVERED and credited to nobody, or expected of nobody."""

SALES: Final = (PURCHASES, REVENUE, EXPECTED_PURCHASES, EXPECTED_REVENUE)
"""The figures that are counted per currency."""

_KEYS_CACHED: Final = 65_536


def percent_encode(text: str) -> str:
    """Q(text). Raises `UnicodeEncodeError` for a lone surrogate, which no id may hold (contract §8)."""
    return quote(text, safe="")


def percent_decode(text: str) -> str:
    """The text whose Q this is."""
    return unquote(text)


@lru_cache(maxsize=_KEYS_CACHED)
def account_tag(account: str) -> str:
    """`lasttouch:{A}:`, with which every key of an account begins."""
    return f"{PREFIX}{{{percent_encode(account)}}}:"


Text = bytes | str
"""What a client answers with: bytes, or text if it was told to decode."""


def text_of(answer: Text) -> str:
    """What a client answered, as text."""
    return answer if isinstance(answer, str) else answer.decode()


def texts_of(answer: Mapping[Text, Text]) -> dict[str, str]:
    """A hash's fields and values as text."""
    return {text_of(field): text_of(value) for field, value in answer.items()}


def account_of(key: str) -> str:
    """The account of a key that begins with an `account_tag`."""
    return percent_decode(key[len(PREFIX) + 1 : key.index("}")])


def is_counters(key: str) -> bool:
    """Whether this is the key of a hash of counters: an account's day or total, or campaigns'."""
    kind = key[key.index("}") + 2 :].partition(":")[0]
    return kind in ("day", "total", "campaigns", "campaign")


def days_named_in(key: str) -> tuple[int, ...]:
    """The day whose `day_key` this is; nothing for other keys."""
    kind, _, rest = key[key.index("}") + 2 :].partition(":")
    return (day_of_text(rest),) if kind == "day" else ()


# `lasttouch:{A}:account` hash: what holds for the account.
#   currency, time_zone   those its reports are in
#   as_of                 event time of the newest event counted, RFC 3339; absent before the first
#   rows_from             D, only there when older order rows have left (retention)
def account_key(account: str) -> str:
    """The key of the account's hash."""
    return account_tag(account) + "account"


# `lasttouch:{A}:days` sorted set: every day that has counters or rows.
#   member D, score = days since 1970-01-01
def days_key(account: str) -> str:
    """The key of the account's days."""
    return account_tag(account) + "days"


def day_score(day: int) -> int:
    """The score of a day in `days_key`."""
    return day - EPOCH_ORDINAL


def day_of_score(score: float) -> int:
    """The day whose `day_score` this is."""
    return int(score) + EPOCH_ORDINAL


# `lasttouch:{A}:day:D` hash, written in one atomic write: the account's day.
#   sent, delivered, opened, clicked                        messages, by the day of their first such touch
#   purchases:CUR, revenue:CUR                              credited to any channel, by day of `ordered_at`
#   expected_purchases:CUR, expected_revenue:CUR            on the way, and expected at any channel, likewise
#   channel:<ch>:                                           before the same fields: of the channel
#   unattributed:                                           before the four of money: what no channel earns of the
#                                                           DELIVERED, and of those on the way
#   hour:<HH>:                                              before the account's and the unattributed four: of the
#                                                           orders made when the account's clock showed HH, 00 to 23
#   orders:<STATUS>:CUR, amount:<STATUS>:CUR                the orders in each status, and their amounts
#   orders:refunded:CUR, amount:refunded:CUR                orders with something given back, and how much
#   orders:contact_unknown:CUR, amount:contact_unknown:CUR  orders of any status that belong to no contact
@lru_cache(maxsize=_KEYS_CACHED)
def day_key(account: str, day: int) -> str:
    """The key of the account's day."""
    return f"{account_tag(account)}day:{day_text(day)}"


# `lasttouch:{A}:total` hash: the fields of `lasttouch:{A}:day:D` but for the hours, over all days.
def total_key(account: str) -> str:
    """The key of the account's totals."""
    return account_tag(account) + "total"


# `lasttouch:{A}:campaigns:D` hash: the day of every campaign that has one; a campaign is a channel and an id.
#   <ch>:Q(campaign):sent|delivered|opened|clicked
#   <ch>:Q(campaign):purchases:CUR|revenue:CUR|expected_purchases:CUR|expected_revenue:CUR
@lru_cache(maxsize=_KEYS_CACHED)
def campaigns_key(account: str, day: int) -> str:
    """The key of the account's campaigns on a day."""
    return f"{account_tag(account)}campaigns:{day_text(day)}"


# `lasttouch:{A}:campaign:<ch>:Q(campaign)` hash: one campaign over all days, for a dashboard to poll.
#   sent, delivered, opened, clicked, purchases:CUR, revenue:CUR, expected_purchases:CUR, expected_revenue:CUR
@lru_cache(maxsize=_KEYS_CACHED)
def campaign_key(account: str, channel: str, campaign: str) -> str:
    """The key of a campaign's totals."""
    return f"{account_tag(account)}campaign:{channel}:{percent_encode(campaign)}"


# `lasttouch:{A}:names` hash: what campaigns are called (`campaign` events), those that have a name.
#   <ch>:Q(campaign) -> name
def names_key(account: str) -> str:
    """The key of the names of an account's campaigns."""
    return account_tag(account) + "names"


# `lasttouch:{A}:tags` sorted set: the tags of messages that were seen last, 1,000 at most.
#   member = tag, score = event time of the latest touch with it in ms since 1970-01-01T00:00Z; at a tie the greater tag
def tags_key(account: str) -> str:
    """The key of the tags seen."""
    return account_tag(account) + "tags"


# `lasttouch:{A}:settings` hash: the account's settings, all that readers need to know of them.
#   versions   JSON, see `connectors.view.settings_versions`: the versions, newest first, 1,000 at most; the last is the
#              settings file's (or the defaults)
def settings_key(account: str) -> str:
    """The key of the account's settings."""
    return account_tag(account) + "settings"


# `lasttouch:{A}:orders:D` sorted set: the orders of a day, by when they were made.
#   member = order id, score = `ordered_at` in ms since 1970-01-01T00:00Z
@lru_cache(maxsize=_KEYS_CACHED)
def orders_key(account: str, day: int) -> str:
    """The key of the index of a day's orders."""
    return f"{account_tag(account)}orders:{day_text(day)}"


# `lasttouch:{A}:rows:D` hash: the orders of a day.
#   order id -> `OrderRow` as JSON
@lru_cache(maxsize=_KEYS_CACHED)
def rows_key(account: str, day: int) -> str:
    """The key of a day's order rows."""
    return f"{account_tag(account)}rows:{day_text(day)}"


# `lasttouch:{A}:unsettled` sorted set, the program's own: the rows that the recovery store may not know of yet, because
# they were written since its last snapshot. A run that resumes writes them once more (docs/recovery.md).
#   member `D:` order id, score = epoch of the account's sink partition
def unsettled_key(account: str) -> str:
    """The key of the rows that a crash would have to be healed of."""
    return account_tag(account) + UNSETTLED


UNSETTLED: Final = "unsettled"


def unsettled_member(day: int, order: str) -> str:
    """An order's row on a day, as `unsettled_key` has it."""
    return f"{day_text(day)}:{order}"


def parse_unsettled(member: str) -> tuple[int, str]:
    """(day, order) of an `unsettled_member`."""
    day, _, order = member.partition(":")
    return day_of_text(day), order


class OrderRow(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """The value of a field of `rows_key`. Null: not known. Amounts are decimal strings."""

    order: str
    contact: str | None
    """Null: nobody is known to have ordered it yet."""
    status: str
    amount: str
    currency: str
    ordered_at: str
    """RFC 3339."""
    refunded: str | None
    campaign: str | None
    """This and the four below are null together: the order is credited to nobody."""
    channel: str | None
    message: str | None
    event: str | None
    touched_at: str | None
    """RFC 3339."""
    reason: str
    """Why it is credited where it is (contract §6.2)."""
    expected: TouchText | None = None
    """Null where the order is not on the way, or nobody would earn it."""
    email: str | None
    phone: str | None
    external_customer_id: str | None
    first_name: str | None
    last_name: str | None
    items: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """The order's `items`, as they came; absent when there were none."""


@lru_cache(maxsize=_KEYS_CACHED)
def sale_field(name: str, currency: str, prefix: str = "") -> str:
    """A figure of sales in a currency, `expected_revenue:CUR`, behind a prefix ending in `:`."""
    return f"{prefix}{name}:{currency}"


def hour_prefix(hour: int) -> str:
    """`hour:<HH>:`, before the account's figures of an hour (0–23) in `day_key`."""
    return f"{HOUR}{hour:02d}:"


def channel_prefix(channel: str) -> str:
    """`channel:<ch>:`, before a channel's figures in `day_key` and `total_key`."""
    return f"channel:{channel}:"


@lru_cache(maxsize=_KEYS_CACHED)
def campaign_prefix(channel: str, campaign: str) -> str:
    """`<ch>:Q(campaign):`, before a campaign's figures in `campaigns_key`."""
    return f"{channel}:{percent_encode(campaign)}:"


def name_field(channel: str, campaign: str) -> str:
    """`<ch>:Q(campaign)`, a campaign's field in `names_key`."""
    return f"{channel}:{percent_encode(campaign)}"


@lru_cache(maxsize=1_024)
def orders_field(status: str, currency: str) -> str:
    """`orders:<STATUS>:CUR`; `status` is one of the contract's, `REFUNDED` or `CONTACT_UNKNOWN`."""
    return f"orders:{status}:{currency}"


@lru_cache(maxsize=1_024)
def amount_field(status: str, currency: str) -> str:
    """`amount:<STATUS>:CUR`; `status` is one of the contract's, `REFUNDED` or `CONTACT_UNKNOWN`."""
    return f"amount:{status}:{currency}"


class Figure(NamedTuple):
    """What a field counts: `sent`, `delivered`, `opened`, `clicked`, or one of `SALES`."""

    name: str
    currency: str | None
    """None for the figures that are no money and no purchase."""


class CampaignFigure(NamedTuple):
    """A field of `campaigns_key`, taken apart."""

    channel: str
    campaign: str
    figure: Figure


def parse_campaign_field(field: str) -> CampaignFigure:
    """A field of `campaigns_key`. Raises `ValueError` for what is none."""
    match field.split(":"):
        case [channel, campaign, *figure]:
            return CampaignFigure(channel, percent_decode(campaign), _figure(field, figure))
        case _:
            raise ValueError(f"{field!r} is no field of the layout")


def parse_name_field(field: str) -> tuple[str, str]:
    """(channel, campaign) of a field of `names_key`."""
    channel, _, campaign = field.partition(":")
    return channel, percent_decode(campaign)


def parse_channel_field(field: str) -> tuple[str, Figure] | None:
    """(channel, figure) of a `channel:…` field of `day_key` and `total_key`; None for their other fields."""
    kind, *rest = field.split(":")
    return (rest[0], _figure(field, rest[1:])) if kind == "channel" and rest else None


def parse_orders_field(field: str) -> tuple[str, str] | None:
    """(status, currency) of an `orders:…` field of `day_key` and `total_key`; None for their other fields."""
    parts = field.split(":")
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == "orders" else None


def _figure(field: str, parts: list[str]) -> Figure:
    match parts:
        case [name]:
            return Figure(name, None)
        case [name, currency]:
            return Figure(name, currency)
        case _:
            raise ValueError(f"{field!r} is no field of the layout")
