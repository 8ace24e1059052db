"""On which days every physician was named: millions of days, read as one text a day and kept packed."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, Text, cast, func, literal, select

from intake.attribution.filters.periods import Period
from intake.attribution.rollup.models import PhysicianRollup, RollupSpan
from intake.attribution.rollup.reading import Rollups, Rows
from intake.id_filters import POSTGRESQL, database_kind
from intake.survey.models import CreditEntry

# Days, as ordinals, and credit on each.
Packed = tuple["array[int]", "array[int]"]


@dataclass(frozen=True, eq=False)
class PhysicianDays:
    """Physician → days on which they are named, ascending, and their credit on each. Two are equal only if the same."""

    of_physician: Mapping[int, Packed]


def physician_days(rollups: Rollups, period: Period) -> tuple[PhysicianDays, Rows]:
    """Days and credit under "any mention" as folded, the same object for as long as that holds; and
    (physician, day) → credit of the ledger's rows after it.
    """

    def make(rows: list[Any]) -> tuple[PhysicianDays, int]:
        found = _packed((day, named) for _, _, named, day in rows)
        # Packed days take a tenth of the room of other rows.
        return PhysicianDays(found), 1 + sum(len(days) for days, _ in found.values()) // 10

    folded = rollups.folded(
        ("physician days", period), CreditEntry, lambda: [_texts(_by_day(period, rollups.state.places))], make
    )
    later = rollups.later(PhysicianRollup, period, ("physician_id",), ("any_units",), after=folded.after, shaped=_texts)
    return folded.made, {(each, day): (units,) for _, _, named, day in later for each, units in _named_in(named)}


def _packed(rows: Iterable[tuple[date, str]]) -> dict[int, Packed]:
    found: dict[int, Packed] = {}
    for day, named in sorted(rows):
        ordinal = day.toordinal()
        for physician_id, units in _named_in(named):
            if units:
                days, credit = found.setdefault(physician_id, (array("l"), array("q")))
                days.append(ordinal)
                credit.append(units)
    return found


def _by_day(period: Period, places: tuple[int, ...]) -> Select[Any]:
    rollup: Any = PhysicianRollup
    return (
        select(rollup.day, rollup.physician_id, func.sum(rollup.any_units).label("any_units"))
        .where(rollup.location_id.in_(places), rollup.span == int(RollupSpan.DAY))
        .where(rollup.day >= period.first_day, rollup.day <= period.last_day)
        # In the order in which they lie.
        .group_by(rollup.day, rollup.physician_id)
    )


def _texts(by_day: Select[Any]) -> Select[Any]:
    """Everybody who is named on a day and their credit as one text, `3:27720 8:55440`: there may be millions."""
    each = by_day.subquery()
    joined = func.string_agg if database_kind() == POSTGRESQL else func.group_concat
    named = cast(each.c.physician_id, Text) + ":" + cast(each.c.any_units, Text)
    return select(literal(0), literal(0), joined(named, " "), each.c.day).group_by(each.c.day)


def _named_in(text: str) -> Iterator[tuple[int, int]]:
    for each in text.split(" "):
        physician_id, _, units = each.partition(":")
        if not physician_id.startswith("-"):
            yield int(physician_id), int(units)
