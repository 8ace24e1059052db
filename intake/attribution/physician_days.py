"""On which days every physician was named: millions of days, read as a few texts and kept packed."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, Text, cast, func, literal, select

from intake.attribution.ledger_end import whole
from intake.attribution.models import Span, TallyPhysician
from intake.attribution.periods import Period
from intake.attribution.standing_sums import FOLDED
from intake.db import db

# Days, as ordinals, and credit on each.
Packed = tuple["array[int]", "array[int]"]
# In the text of a day: between a physician and their credit, and between one and the next.
WITH, BETWEEN = ":", " "


@dataclass(frozen=True, eq=False)
class PhysicianDays:
    """Physician → days on which they are named, ascending, and their credit on each. Two are equal only if the same."""

    of_physician: Mapping[int, Packed]

    @property
    def size(self) -> int:
        """About how many rows of other sums take as much room; packed days take a tenth."""
        return sum(len(days) for days, _ in self.of_physician.values()) // 10

    @classmethod
    def of(cls, rows: Iterable[tuple[date, str]]) -> "PhysicianDays":
        """From days and everybody named on each, as `3:27720 8:55440`."""
        found: dict[int, Packed] = {}
        for day, named in sorted(rows):
            ordinal = day.toordinal()
            for physician_id, units in named_in(named):
                if units:
                    days, credit = found.setdefault(physician_id, (array("l"), array("q")))
                    days.append(ordinal)
                    credit.append(units)
        return cls(found) if found else NOBODYS_DAYS


NOBODYS_DAYS = PhysicianDays({})


def named_in(text: str) -> Iterator[tuple[int, int]]:
    """The physicians of one day's text, each with their credit."""
    for each in text.split(BETWEEN):
        physician_id, _, units = each.partition(WITH)
        yield int(physician_id), int(units)


def day_by_day(period: Period, places: Sequence[int]) -> Select[Any]:
    """For each day all who are named and their credit under "any mention", in one text: there may be millions."""
    tally = TallyPhysician
    each = (
        select(tally.day, tally.physician_id, whole(func.sum(tally.any_units)).label("units"))
        .where(tally.location_id.in_(places), tally.span == int(Span.DAY))
        .where(tally.day >= period.first_day, tally.day <= period.last_day)
        # In the order in which they lie.
        .group_by(tally.day, tally.physician_id)
    )
    return in_texts(each, FOLDED)


def in_texts(by_day_and_physician: Select[Any], tag: int) -> Select[Any]:
    """Rows with `day`, `physician_id` and `units` as one text a day, tagged, in the form of `day_by_day`."""
    each = by_day_and_physician.subquery()
    joined = func.string_agg if db.session.get_bind().dialect.name == "postgresql" else func.group_concat
    named = joined(cast(each.c.physician_id, Text) + WITH + cast(each.c.units, Text), BETWEEN)
    return select(literal(tag), literal(0), named, each.c.day).group_by(each.c.day)
