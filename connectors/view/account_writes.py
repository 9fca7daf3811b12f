"""What is to be written of an account, gathered: of many writes to a field only the last is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.view.packed_rows import TAKEN, PackedRows, RowRemoval, RowsWrite, RowWrite, pack_member, pack_row
from connectors.view.totals import Value, hashes_of
from state.ledger import Name
from state.tags_seen import TAGS_MOST, latest_tags
from state.totals import ALL_DAYS, Place


@dataclass(slots=True)
class AccountWrites:
    """What is to be written of one account."""

    hashes: dict[str, dict[str, Value]] = field(default_factory=dict)
    """Key → field → value; these go in one script, so that what must add up is changed at once."""
    rows: dict[int, PackedRows] = field(default_factory=dict)
    """Day → rows."""
    tags: dict[str, int] = field(default_factory=dict)
    """Tag → ms of the latest touch with it, of the tags seen last."""
    tags_gone: set[str] = field(default_factory=set)
    days: set[int] = field(default_factory=set)
    shrunk: set[int] = field(default_factory=set)
    """Days that lost something, and may have nothing left."""
    rows_from: int = 0
    """Rows of days before this are not kept (retention)."""
    expire: bool = False
    """Whether `rows_from` has moved, so that rows have to leave."""

    def has_late_rows(self) -> bool:
        """Whether there are rows of days that are not kept any more: they leave as soon as they come."""
        late = (rows for day, rows in self.rows.items() if day < self.rows_from)
        return any(row != TAKEN for rows in late for row in rows.values())

    def set(self, key: str, name: str, value: Value) -> None:
        """A field of a hash."""
        fields = self.hashes.get(key)
        if fields is None:
            fields = self.hashes[key] = {}
        fields[name] = value

    def put_totals(self, place: Place, totals: Sequence[tuple[Name, int]]) -> None:
        """Totals of one place as they stand; 0: it goes."""
        for key, fields in hashes_of(place, totals).items():
            self._put(key, fields)
        day = place[1]
        if day == ALL_DAYS:
            return
        values = [value for _, value in totals]
        if any(values):
            self.days.add(day)
        if not all(values):
            self.shrunk.add(day)

    def _put(self, key: str, fields: dict[str, Value]) -> None:
        known = self.hashes.get(key)
        if known is None:
            self.hashes[key] = fields
        else:
            known.update(fields)

    def put_tags(self, tags: Mapping[str, int]) -> None:
        """Tags as they were seen last."""
        self.tags.update(tags)
        if len(self.tags) > 2 * TAGS_MOST:
            self.tags = latest_tags(self.tags)

    def put_row(self, day: int, order: str, ordered_at: int, row: bytes) -> None:
        """An order's row, on the day of its `ordered_at`."""
        self.rows.setdefault(day, {})[pack_member(day, order)] = pack_row(order, ordered_at, row)
        self.days.add(day)

    def take_row(self, day: int, order: str) -> None:
        """An order is no longer of this day."""
        self.rows.setdefault(day, {})[pack_member(day, order)] = TAKEN
        self.shrunk.add(day)

    def put(self, write: RowWrite | RowsWrite | RowRemoval) -> None:
        """What is told of rows."""
        match write:
            case RowsWrite():
                self._put_lot(write)
            case RowWrite():
                for day in write.old_days:
                    self.take_row(day, write.order)
                self.put_row(write.day, write.order, write.ordered_at, write.row)
            case RowRemoval():
                self.take_row(write.day, write.order)

    def _put_lot(self, write: RowsWrite) -> None:
        self._put_rows(write.day, write.rows)
        if not write.taken or any(row != TAKEN for row in write.rows.values()):
            self.days.add(write.day)
        if write.taken:
            self.shrunk.add(write.day)

    def _put_rows(self, day: int, rows: PackedRows) -> None:
        known = self.rows.get(day)
        if known is None:
            self.rows[day] = rows
        else:
            known.update(rows)

    def merge(self, later: AccountWrites) -> None:
        """Add what was written later."""
        for key, fields in later.hashes.items():
            self._put(key, fields)
        for day, rows in later.rows.items():
            self._put_rows(day, rows)
        self.put_tags(later.tags)
        self.tags_gone |= later.tags_gone
        self.days |= later.days
        self.shrunk |= later.shrunk
        self.rows_from = max(self.rows_from, later.rows_from)
        self.expire |= later.expire

    def size(self) -> int:
        """Fields, tags and rows waiting."""
        return sum(map(len, self.hashes.values())) + len(self.tags) + sum(map(len, self.rows.values()))
