"""Two of anything as tables for files, and the table for others."""

from typing import Any

from intake.attribution.comparison import messages
from intake.attribution.comparison.comparison import MixRow, TwoRows, TwoSides
from intake.attribution.comparison.request import PERIOD, ComparedPair
from intake.attribution.statistics.shares import Interval, difference
from intake.attribution.suppression import suppressed
from intake.attribution.tables.table import BarsBeside, Cell, Column, Table, interval
from intake.attribution.tables.visits import visits_column, visits_heading, visits_number
from intake.attribution.totals.messages import VIEW_LABELS
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from intake.web.ui.formatting import say_month

APART = "Difference of shares, 95%"


def comparison_tables(found: ComparedPair, view: View) -> list[Table]:
    """Return the tables of the page; an empty one where there aren't two to compare."""
    if found.sides:
        return [_mix(found.sides, view), _replies(found.sides)]
    if found.rows:
        return [_two(found, found.rows, view), *([_months(found.rows)] if found.rows.months else [])]
    return [Table("Side by side", [Column(found.what, str)], [])]


def comparison_sentences(found: ComparedPair, view: View) -> list[tuple[str, Any]]:
    """Return (label, text): what is compared, and the sentences of the page."""
    compared = ("Compared", f"{found.what}: " + (found.labels or "there aren't two"))
    if found.sides:
        first, second = found.sides.first.period, found.sides.second.period
        return [
            compared,
            ("Difference", messages.rate_sentence(found.sides)),
            ("Replies", messages.replies_sentence(found.sides)),
            ("First from", first.first_day),
            ("First to", first.last_day),
            ("Second from", second.first_day),
            ("Second to", second.last_day),
        ]
    if found.not_on_record:
        return [compared, ("Difference", f"These days can’t be compared. {found.not_on_record}")]
    return [compared, *([("Difference", messages.rows_sentence(found.rows, view))] if found.rows else [])]


def _mix(sides: TwoSides, view: View) -> Table:
    columns = [Column("Source", lambda row: row.name.label)]
    for side, label in enumerate(_labels(sides)):
        visits, share = f"{label}: visits ({VIEW_LABELS[view]})", f"{label}: share of answered"
        columns.append(Column(visits, lambda row, side=side: visits_number(row.units[side]), Cell.COUNT))
        columns.append(Column(share, lambda row, side=side: row.shares[side], Cell.SHARE))
    columns.append(Column("Apart", _apart, Cell.SHARE))
    columns.append(interval(APART, lambda row: row.apart if None not in row.shares else None))
    return Table("Side by side", columns, sides.rows)


def _apart(row: MixRow) -> float | None:
    """The difference of the shares as they stand; None where one side has no answers."""
    first, second = row.shares
    return None if first is None or second is None else first - second


def _labels(sides: TwoSides) -> tuple[str, str]:
    return f"First, {sides.first.label}", f"Second, {sides.second.label}"


def _replies(sides: TwoSides) -> Table:
    columns = [
        Column("Side", lambda side: side.label),
        Column("From", lambda side: side.period.first_day, Cell.DAY),
        Column("To", lambda side: side.period.last_day, Cell.DAY),
        Column("Days open", lambda side: side.days, Cell.COUNT),
        Column("Eligible", lambda side: side.coverage.eligible, Cell.COUNT),
        Column("Asked", lambda side: side.coverage.asked, Cell.COUNT),
        Column("Answered", lambda side: side.coverage.answered, Cell.COUNT),
        Column("Share answered", lambda side: side.coverage.share, Cell.SHARE),
    ]
    return Table("Coverage", columns, [sides.first, sides.second])


def _two(found: ComparedPair, rows: TwoRows, view: View) -> Table:
    columns = [
        Column(found.what, lambda side: side.name.label),
        Column("Detail", lambda side: side.name.detail),
        visits_column(view),
        Column("Share of answered", lambda side: side.share, Cell.SHARE),
        interval("95%", lambda side: side.interval if rows.answered else None),
        Column("Answered", lambda side: rows.answered, Cell.COUNT),
    ]
    return Table("Side by side", columns, [rows.first, rows.second], BarsBeside(found.labels, visits_heading(view), 2))


def _months(rows: TwoRows) -> Table:
    columns = [
        Column("Month", lambda each: say_month(each[0].first_day)),
        Column("First day", lambda each: each[0].first_day, Cell.DAY),
        Column(f"First: {rows.first.name.label}", lambda each: visits_number(each[1]), Cell.COUNT),
        Column(f"Second: {rows.second.name.label}", lambda each: visits_number(each[2]), Cell.COUNT),
    ]
    return Table("Months", columns, list(zip(rows.months, rows.first.months, rows.second.months, strict=True)))


def comparison_for_others(found: ComparedPair, view: View) -> Table:
    """Return the table for others, empty where there aren't two to compare. Raises NotForOthers."""
    suppressed.refuse_shared_credit(view)
    if found.is_of_patients:
        raise suppressed.NotForOthers("Who referred whom never leaves the practice.")
    if found.problem:
        raise suppressed.NotForOthers(found.problem)
    if found.not_on_record:
        raise suppressed.NotForOthers(f"These days can’t be compared. {found.not_on_record}")
    return _sides_for_others(found, found.sides, view) if found.sides else _rows_for_others(found, view)


def _sides_for_others(found: ComparedPair, sides: TwoSides, view: View) -> Table:
    one, two = sides.first.period, sides.second.period
    if found.of == PERIOD and max(one.first_day, two.first_day) <= min(one.last_day, two.last_day):
        raise suppressed.NotForOthers(
            "These days overlap, and the difference of two sums is a figure too. Choose days apart."
        )

    def apart(row: suppressed.SuppressedRow) -> Interval | None:
        (first, second), (of_first, of_second) = row.counts, row.of
        if view != View.PRIMARY or first is None or second is None or not of_first or not of_second:
            return None
        return difference(first, of_first, second, of_second)

    columns = [suppressed.label_column("Source")]
    for side, label in enumerate(_labels(sides)):
        columns.append(suppressed.count_column(f"{label}: visits ({VIEW_LABELS[view]})", side, f"{label}: visits"))
        columns.append(suppressed.share_column(f"{label}: share", side))
    names = [row.name.label for row in sides.rows]
    counts = [[units // UNIT for units in row.units] for row in sides.rows]
    given = suppressed.table_counts(counts, names, [sides.first.label, sides.second.label])
    return suppressed.table([*columns, interval(APART, apart)], list(zip(names, sides.rows, strict=True)), given)


def _rows_for_others(found: ComparedPair, view: View) -> Table:
    compared = (found.rows.first, found.rows.second) if found.rows else ()
    rows: list[tuple[str, Any]] = [(side.name.label, side) for side in compared]
    counts = [side.units // UNIT for side in compared]
    is_primary = view == View.PRIMARY
    if found.rows and is_primary:
        # Everybody else is a figure too, as soon as the sum is known. Of mentions nobody knows the sum.
        rows.append(("Everybody else who answered", None))
        counts.append(found.rows.answered - sum(counts))
    columns = [
        suppressed.label_column(found.what),
        suppressed.count_column(visits_heading(view), page_heading="Visits"),
        Column("Share of answered", lambda row: row.share() if row.record else None, Cell.SHARE),
        interval("95%", lambda row: row.interval() if row.record else None),
    ]
    return suppressed.table(
        columns,
        rows,
        suppressed.list_counts(counts, [name for name, _ in rows]),
        sums=None if is_primary else {},
        has_shares=is_primary,
    )
