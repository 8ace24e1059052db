"""Totals, coverage and the visits behind a figure as tables for files: plain rows that add up."""

from collections.abc import Iterable
from typing import Any

from intake.attribution.drilldown.visits import SaidMention, VisitRow
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.queries import Coverage
from intake.attribution.page.scope import ReportScope
from intake.attribution.tables.table import BarsBeside, Cell, Column, Table, interval
from intake.attribution.tables.visits import visits_column, visits_number
from intake.attribution.totals.messages import BASIS_WORDS, LISTING_LABELS, VIEW_LABELS
from intake.attribution.totals.report import Totals
from intake.survey.models import View
from intake.survey.outcomes import OUTCOMES, REPLIES

REPLY_LABELS = {OUTCOMES[outcome].label: str(outcome) for outcome in REPLIES}
# Heading → part of coverage.
PARTS_OF_ROW = {
    "Eligible": "eligible",
    "Asked": "asked",
    **REPLY_LABELS,
    "No reply yet": "awaiting",
    "Not asked": "never_asked",
}
PARTS = {
    "Eligible": "eligible",
    **REPLY_LABELS,
    "No reply yet": "awaiting",
    "Not asked": "never_asked",
    "Asked": "asked",
}


def cut_table(report: Totals, asked: ReportScope, bars: BarsBeside | None = None) -> Table:
    """A dimension's finest rows; each says the view, the days and the locations, since files travel alone."""
    columns = [
        Column(report.by.heading, lambda line: line.name.label),
        Column("Part of", lambda line: line.parent.label if line.parent else "", Cell.PARENT),
        Column("Detail", lambda line: line.name.detail),
        visits_column(report.view),
        Column("Share of answered", lambda line: line.share, Cell.SHARE),
        interval("95%", lambda line: line.interval if line.of else None),
        Column("Visits before", lambda line: visits_number(line.before_units), Cell.COUNT),
        Column("Change", lambda line: visits_number(line.change), Cell.COUNT),
    ]
    if report.is_covered:
        nobody = Coverage()
        columns += [
            Column(label, lambda line, part=part: getattr(line.coverage or nobody, part), Cell.COUNT)
            for label, part in PARTS_OF_ROW.items()
        ]
    before = report.before
    said = {
        "View": VIEW_LABELS[report.view],
        "From": report.period.first_day,
        "To": report.period.last_day,
        "Before from": before.first_day if before else None,
        "Before to": before.last_day if before else None,
        "Locations": asked.where,
        "List": LISTING_LABELS[report.listing],
        "Counted": BASIS_WORDS[report.basis],
    }
    return Table(report.by.heading, [*columns, *_said_columns(said)], report.lines, bars)


def coverage_table(report: Totals, asked: ReportScope, *, aside: bool = False) -> Table:
    """The parts of coverage, beside those of the period before."""
    now, before = report.coverage, report.coverage_before
    said = {
        "From": report.period.first_day,
        "To": report.period.last_day,
        "Locations": asked.where,
        "Counted": BASIS_WORDS[report.basis],
    }
    columns = [
        Column("Part", lambda part: part[0]),
        Column("Visits", lambda part: getattr(now, part[1]), Cell.COUNT),
        Column("Visits before", lambda part: getattr(before, part[1], None), Cell.COUNT),
        *_said_columns(said),
    ]
    return Table("Coverage", columns, PARTS.items(), BarsBeside(f"Coverage, {asked.when}", "Visits", 5), aside=aside)


def _said_columns(said: dict[str, Any]) -> list[Column]:
    """Columns that say the same in every row."""
    return [Column(heading, lambda _row, value=value: value) for heading, value in said.items()]


def rows_table(rows: Iterable[VisitRow], *, view: View, names: bool, basis: Basis) -> Table:
    """The visits behind a figure, as they were read for the reader. Without `names` no column of patients."""
    patients = [Column("MRN", lambda row: row.mrn, Cell.CODE), Column("Patient", lambda row: row.patient)]
    columns = [
        Column("Day" if basis == Basis.VISIT else "Day of visit", lambda row: row.day, Cell.DAY),
        Column("Location", lambda row: row.location),
        *(patients if names else []),
        Column("Outcome", lambda row: row.outcome),
        Column("What was said", lambda row: "; ".join(map(mention_text, row.said))),
        Column("In their own words", lambda row: row.verbatim),
        Column("Chart says", lambda row: row.chart_says),
        Column("Asked by", lambda row: row.asked_by),
        Column("Channel", lambda row: row.channel),
        Column("Seen by", lambda row: row.provider),
        visits_column(view),
        *_said_columns({"Counted": BASIS_WORDS[basis]}),
    ]
    return Table("Visits", columns, rows)


def mention_text(said: SaidMention) -> str:
    """'Doctor: Maria Gonzalez, MD', with the words given where they say more."""
    more = ", ".join(part for part in (said.who, f"“{said.words}”" if said.words else "") if part)
    return f"{said.source}: {more}" if more else said.source
