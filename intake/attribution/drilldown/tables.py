"""Reports and the visits behind them as tables for files: one header line, then plain rows that add up."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from intake.attribution.drilldown.visits import SaidMention, VisitRow
from intake.attribution.filters.date_basis import Basis
from intake.attribution.page.scope import Asked
from intake.attribution.totals.messages import BASIS_WORDS, LISTING_LABELS, VIEW_LABELS
from intake.attribution.totals.report import TotalLine, Totals
from intake.survey.ledger.crediting import UNIT
from intake.survey.outcomes import OUTCOMES, REPLIES

REPLY_LABELS = {outcome: OUTCOMES[outcome].label for outcome in REPLIES}

Table = tuple[list[str], Iterable[list[Any]]]


def cut_table(report: Totals, asked: Asked) -> Table:
    """A cut, its finest rows; every row names the view, the days and the locations, since files travel alone."""
    header = [report.by.heading, "Part of", "Detail", f"Visits ({VIEW_LABELS[report.view]})"]
    header += ["27,720ths of a visit", "Share of answered", "95% from", "95% to", "Visits before", "Change"]
    covered = report.by.is_covered
    if covered:
        header += ["Eligible", "Asked", *REPLY_LABELS.values(), "Not asked", "Awaiting a reply"]
    header += ["View", "From", "To", "Before from", "Before to", "Locations", "List", "Counted"]
    return header, (_cut_row(line, report, asked, covered=covered) for line in report.lines)


def _cut_row(line: TotalLine, report: Totals, asked: Asked, *, covered: bool) -> list[Any]:
    low, high = line.interval
    row: list[Any] = [line.name.label, line.parent.label if line.parent else "", line.name.detail]
    row += [visits_number(line.units), line.units, _share(line.share)]
    row += [_share(low), _share(high)] if line.of else ["", ""]
    row += [visits_number(line.before_units), visits_number(line.change)]
    if covered:
        parts = line.coverage
        row += [] if parts else [0] * (4 + len(REPLY_LABELS))
        if parts:
            row += [parts.eligible, parts.asked, *map(parts.of, REPLY_LABELS)]
            row += [parts.not_asked, parts.awaiting]
    before = report.before
    row += [VIEW_LABELS[report.view], report.period.first_day, report.period.last_day]
    row += [before.first_day if before else "", before.last_day if before else "", asked.where]
    row += [LISTING_LABELS[report.listing], BASIS_WORDS[report.basis]]
    return row


def coverage_table(report: Totals, asked: Asked) -> Table:
    """The parts of coverage, beside those of the period before."""
    now, before = report.coverage, report.coverage_before
    parts = {
        "Eligible": "eligible",
        **{label: str(outcome) for outcome, label in REPLY_LABELS.items()},
        "Not asked": "not_asked",
        "Asked": "asked",
        "Asked and awaiting a reply (within not asked)": "awaiting",
    }
    rows = [
        [label, getattr(now, name), getattr(before, name) if before else "", *_days_and_places(report, asked)]
        for label, name in parts.items()
    ]
    return ["Part", "Visits", "Visits before", "From", "To", "Locations", "Counted"], rows


def _days_and_places(report: Totals, asked: Asked) -> list[Any]:
    return [report.period.first_day, report.period.last_day, asked.where, BASIS_WORDS[report.basis]]


def rows_table(rows: Iterable[VisitRow], *, view: str, names: bool, basis: Basis = Basis.VISIT) -> Table:
    """The visits behind a figure, as they were read for the reader. Without `names` no column of patients."""
    header = ["Day of visit" if basis != Basis.VISIT else "Day", "Location"]
    header += ["MRN", "Patient"] if names else []
    header += ["Outcome", "What was said", "In their own words", "Chart says", "Asked by", "Channel", "Seen by"]
    header += [f"Visits ({view})", "27,720ths of a visit", "Counted"]
    return header, _visit_rows(rows, names=names, basis=basis)


def _visit_rows(rows: Iterable[VisitRow], *, names: bool, basis: Basis) -> Iterator[list[Any]]:
    for row in rows:
        cells: list[Any] = [row.day, row.location]
        cells += [row.mrn, row.patient] if names else []
        cells += [row.outcome, "; ".join(said_in_words(said) for said in row.said)]
        cells += [row.verbatim, row.chart_says, row.asked_by, row.channel, row.provider]
        cells += ["", ""] if row.units is None else [visits_number(row.units), row.units]
        yield [*cells, BASIS_WORDS[basis]]


def said_in_words(said: SaidMention) -> str:
    """'Doctor: Maria Gonzalez, MD', with the words given where they say more."""
    told = ", ".join(part for part in (said.who, f"“{said.words}”" if said.words else "") if part)
    return f"{said.source}: {told}" if told else said.source


def visits_number(units: int | None) -> int | Decimal | None:
    """Visits as a number for a cell; shared ones with six decimals, since a third never ends."""
    if units is None:
        return None
    return units // UNIT if units % UNIT == 0 else (Decimal(units) / UNIT).quantize(Decimal("0.000001"))


def _share(share: float | None) -> float | str:
    return "" if share is None else round(share, 6)
