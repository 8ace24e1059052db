"""The base of all dimensions: how a dimension finds, names and shows its rows."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, case

from intake.attribution.filters.lists import Level, Lists

# Rows that hold what a dimension can't name, so that every dimension adds up to the same. Ids are positive.
NOBODY = 0
UNNAMED = -1
OTHER_SOURCES = -2
UNMATCHED = -3
ALONE = -4
OURS = -5
REMAINDER_KEYS = frozenset({"-nobody", "-unnamed", "-other-sources", "-unmatched", "-alone", "-ours"})


@dataclass(frozen=True)
class RowName:
    """How a row is called. `key` stands in addresses; `code` and `npi` only where there is one.

    `record` is what has a page of its own: ("source", 5), ("physician", 7), ("practice", 3).
    """

    key: str
    label: str
    detail: str = ""
    code: str | None = None
    npi: str | None = None
    record: tuple[str, int] | None = None


@dataclass(frozen=True, eq=False)
class Dimension(ABC):
    """What totals are broken down by. Sums are keyed by its rows: an id, a number, a text or a day.

    `key` stands in addresses and files; `heading` over its column, `page` over its page, `group` on its tab.
    """

    key: str
    heading: str
    _: KW_ONLY
    page: str
    group: str
    # After "By" in titles, where it isn't the heading.
    phrase: str = ""
    # Rows that hold what it can't name, with their names.
    remainders: Mapping[Any, RowName] = field(default_factory=dict)
    # Eligible visits, and so coverage, belong to a row of it.
    is_covered: bool = False
    # Rows stand with the most credit first, and may be drawn and set against each other.
    is_ranked: bool = True
    # A row is named only to a reader who sees a visit behind it.
    is_private: bool = False
    # Rows are patients: only for readers of patients' names, and never for others.
    names_patients: bool = False
    # Its page offers the list as it was recorded.
    offers_recorded_list: bool = False
    is_calendar: ClassVar[bool] = False

    def __str__(self) -> str:
        return self.key

    @property
    def title(self) -> str:
        """'By physician'."""
        return f"By {self.phrase or self.heading.lower()}"

    @abstractmethod
    def entry_row(self, lists: Lists, level: Level = Level.EACH) -> ColumnElement[Any]:
        """SQL: the row that a credit entry belongs to; its day for a dimension by the calendar."""

    def entries(self, row: Any, lists: Lists, level: Level = Level.EACH) -> list[ColumnElement[bool]]:
        """SQL: the credit entries that `entry_row` puts into this row, said so that an index finds them."""
        return [self.entry_row(lists, level) == row]

    def coverage_row(self) -> ColumnElement[Any] | None:
        """SQL: the row that a coverage entry belongs to; None where these don't tell."""
        return None

    def names(self, rows: Collection[Any], lists: Lists) -> dict[Any, RowName]:
        """Row → its name; rows that there aren't are left out."""
        named = self._names([row for row in rows if row not in self.remainders], lists)
        return {**named} | {row: name for row, name in self.remainders.items() if row in rows}

    def row_of_key(self, key: str, lists: Lists, location_ids: Collection[int]) -> Any:
        """The row that an address calls `key`; None when there is none, at these locations."""
        if key in REMAINDER_KEYS:
            return next((row for row, name in self.remainders.items() if name.key == key), None)
        return self._row_of_key(key, lists, location_ids)

    @abstractmethod
    def _names(self, rows: list[Any], lists: Lists) -> Mapping[Any, RowName]: ...

    def _row_of_key(self, key: str, lists: Lists, location_ids: Collection[int]) -> Any:
        # No row has the number 0: in the sums it stands for nobody.
        return int(key) or None if key.isascii() and key.isdigit() and len(key) < 19 else None


def mapped(column: Any, counts_as: Mapping[int, int]) -> ColumnElement[Any]:
    """SQL: what the ids in a column count as."""
    return case(dict(counts_as), value=column, else_=column) if counts_as else column
