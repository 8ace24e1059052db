"""How sure the figures are, as tables for files."""

from typing import Any

from intake.attribution.drilldown.tables import visits_number
from intake.attribution.filters.date_basis import Basis
from intake.attribution.page.scope import Asked
from intake.attribution.reliability import messages
from intake.attribution.reliability.report import Trust
from intake.attribution.statistics.mixes import Mix
from intake.attribution.tables.workbook import Bars, Sheet
from intake.attribution.totals.messages import VIEW_LABELS
from intake.survey.outcomes import DOORS

MOST_BARS = 12


def trust_sheets(report: Trust, asked: Asked) -> list[Sheet]:
    """Shares; then by way of asking and by place on the list, which are known by the day of the visit only."""
    sheets = [_shares(report)]
    if asked.basis == Basis.VISIT:
        sheets += [_channels(report), _places(report)]
    return sheets


def trust_said(report: Trust, asked: Asked) -> list[tuple[str, Any]]:
    """The sentences of the page."""
    said: list[tuple[str, Any]] = [("Without an answer", messages.silent_sentence(report))]
    if asked.basis == Basis.VISIT:
        said += [("Who asks", messages.mix_sentence(report.mix)), *_chance("Who asks", report.mix)]
        said += [("What is shown first", messages.order_sentence(report.order, report.places))]
        said += _chance("What is shown first", report.order)
    return said


def _chance(of: str, mix: Mix) -> list[tuple[str, Any]]:
    return [] if mix.p is None else [(f"{of}: p", round(mix.p, 6))]


def _shares(report: Trust) -> Sheet:
    visits = f"Visits ({VIEW_LABELS[report.view]})"
    header = ["Source", visits, "Share of answered", "This row, 95% from", "This row, 95% to"]
    header += ["All rows at once, 95% from", "All rows at once, 95% to", "Share of eligible"]
    header += ["Share whatever the silent say, at least", "Share whatever the silent say, at most"]
    rows = []
    for row in report.shares:
        both = [*row.alone, *row.at_once]
        rows.append([row.name.label, visits_number(row.units), row.share, *both, row.share_of_eligible, *row.bounds])
    named = sum(not row.is_remainder for row in report.shares)
    return Sheet("Shares", header, rows, Bars("Visits", visits, min(MOST_BARS, named)) if named else None)


def _channels(report: Trust) -> Sheet:
    header = ["Asked by", "Asked", "Answered", "Share answered", "Replies, 95% from", "Replies, 95% to"]
    header += [f"{column.label}, named first" for column in report.columns] + ["Others, named first"]
    rows: list[list[Any]] = []
    for row in report.channels:
        asked, answered = row.replies.asked, row.replies.answered
        shares = [answered / asked, *row.reply_interval] if asked else [None, None, None]
        rows.append([DOORS[row.channel].label, asked, answered, *shares, *row.counts, row.others])
    return Sheet("Who asks", header, rows)


def _places(report: Trust) -> Sheet:
    rows = [
        [messages.places(row), row.chosen, round(row.expected, 4), round(row.chosen - row.expected, 4)]
        for row in report.places
    ]
    return Sheet("What is shown first", ["Place on the list", "Chosen", "Expected", "Difference"], rows)
