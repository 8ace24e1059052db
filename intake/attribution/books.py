"""Sums read for a report, kept while it is put together and after."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from intake.attribution.periods import Period
from intake.attribution.spans import Part, Span, parts_of

Rows = dict[tuple[Any, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Wanted:
    """Sums of `amounts` by `keys` of a tally, which are `own` in the ledger `model` that it is folded from."""

    model: Any
    tally: Any
    keys: Sequence[Any]
    own: Sequence[Any]
    amounts: Sequence[str]
    # Selects the same sums by day and keys from the ledger's rows after a number, where they are no plain columns.
    tail: Callable[[int], Any] | None = None


@dataclass(frozen=True)
class Book:
    """Sums by month and of odd days, all folded up to the same row of the ledger. Never changed once it is made."""

    months: Mapping[date, Rows]
    odd_days: Mapping[Part, Rows]
    _sums: dict[Period, Rows] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many rows it holds."""
        return sum(len(rows) for rows in (*self.months.values(), *self.odd_days.values()))

    def sums(self, period: Period) -> Rows:
        """What the period sums to; its odd days must be in the book. Not to be changed."""
        found = self._sums.get(period)
        if found is None:
            found = self._sums[period] = self._summed(period)
        return found

    def _summed(self, period: Period) -> Rows:
        found: Rows = {}
        for part in parts_of(period):
            if part.span == Span.DAY:
                add(found, self.odd_days[part.days], part.sign)
                continue
            for first, rows in self.months.items():
                if part.first <= first <= part.last:
                    add(found, rows)
        return found


@dataclass(frozen=True)
class Opened:
    """A book, and what the ledger's rows after it sum to, by day."""

    book: Book
    tail: Mapping[date, Rows]

    def sums(self, period: Period) -> Rows:
        """What the period sums to. Not to be changed."""
        folded = self.book.sums(period)
        later = [rows for day, rows in self.tail.items() if period.first_day <= day <= period.last_day]
        if not later:
            return folded
        found = dict(folded)
        for rows in later:
            add(found, rows)
        return found


def add(found: Rows, rows: Rows, sign: int = 1) -> None:
    """Adds `rows` to what was found."""
    for key, amounts in rows.items():
        sums = found.get(key)
        if sums is None:
            found[key] = amounts if sign == 1 else tuple(sign * each for each in amounts)
        elif len(amounts) == 1:
            found[key] = (sums[0] + sign * amounts[0],)
        else:
            found[key] = tuple(have + sign * more for have, more in zip(sums, amounts, strict=True))
