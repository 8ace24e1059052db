"""The physicians' pages as they may leave the practice: visits, and nothing that was worked out from them.

A status or a tier says how many there were within a few, so neither is given, and no list narrowed by them.
"""

from typing import Any

from intake.attribution.filters.request import PhysiciansRequest
from intake.attribution.referrers.charts import ReferrerMonth
from intake.attribution.referrers.listing import ReferrerList
from intake.attribution.suppression.suppressed_counts import NotForOthers, cell, list_given
from intake.attribution.tables.workbook import Bars, Sheet

NAME = "For others"
SUM = "Sum of the rows"
VISITS = "Visits (Any mention)"
MOST_BARS = 12


def list_sheet(found: ReferrerList, filters: PhysiciansRequest) -> Sheet:
    """Everybody on the list with the visits of the last twelve months. Raises NotForOthers."""
    if filters.status or filters.tier:
        raise NotForOthers("A status or a tier tells how few there were. Choose everybody for a list that leaves.")
    named = [row for row in found.rows if row.standing.year]
    given = list_given([row.standing.year for row in named])
    rows = []
    for place, row in enumerate(named):
        count = given.cells[place][0]
        rows.append(
            (count is None, -(count or 0), row.name.casefold(), [row.name, row.specialty, row.city, cell(count)])
        )
    lines: list[list[Any]] = [line for *_, line in sorted(rows)]
    shown = sum(not hidden for hidden, *_ in rows)
    if lines:
        lines.append([SUM, "", "", cell(given.total)])
    bars = Bars("Visits in the last 12 months", f"{VISITS}, last 12 months", min(MOST_BARS, shown)) if shown else None
    return Sheet(NAME, ["Physician", "Specialty", "City", f"{VISITS}, last 12 months"], lines, bars)


def months_sheet(name: str, months: list[ReferrerMonth]) -> Sheet:
    """A physician's months."""
    given = list_given([month.visits for month in months])
    rows: list[list[Any]] = [
        [month.label, month.period.first_day, cell(given.cells[place][0])] for place, month in enumerate(months)
    ]
    if rows:
        rows.append([SUM, None, cell(given.total)])
    shown = any(month is not None for (month,) in given.cells)
    return Sheet(NAME, ["ReferrerMonth", "From", VISITS], rows, Bars(name, VISITS, len(months)) if shown else None)
