"""Sums read for a report, kept while it is put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from intake.attribution.periods import Period
from intake.attribution.spans import Part, Span, parts_of

Rows = dict[tuple[Any, ...], list[int]]


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
    """Sums by month, of odd days, and of the ledger's end by day, all of one moment."""

    months: dict[date, Rows] = field(default_factory=dict)
    tail: dict[date, Rows] = field(default_factory=dict)
    odd_days: dict[Part, Rows] = field(default_factory=dict)

    def sums(self, period: Period) -> Rows:
        """What the period sums to; its odd days must have been read."""
        found: Rows = {}
        for part in parts_of(period):
            if part.span == Span.DAY:
                add(found, self.odd_days[part.days], part.sign)
                continue
            for first, rows in self.months.items():
                if part.first <= first <= part.last:
                    add(found, rows)
        for day, rows in self.tail.items():
            if period.first_day <= day <= period.last_day:
                add(found, rows)
        return found


def add(found: Rows, rows: Rows, sign: int = 1) -> None:
    for key, amounts in rows.items():
        sums = found.get(key)
        if sums is None:
            found[key] = amounts if sign == 1 else [sign * each for each in amounts]
        elif len(amounts) == 1:
            found[key] = [sums[0] + sign * amounts[0]]
        else:
            found[key] = [have + sign * more for have, more in zip(sums, amounts, strict=True)]
