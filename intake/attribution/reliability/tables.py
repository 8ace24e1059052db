"""How sure the figures are, as tables for files, and the table for others."""

from typing import Any

from intake.attribution.filters.date_basis import Basis
from intake.attribution.page.scope import ReportScope
from intake.attribution.reliability import messages
from intake.attribution.reliability.report import Trust
from intake.attribution.statistics.mixes import Mix
from intake.attribution.statistics.shares import simultaneous
from intake.attribution.suppression import suppressed
from intake.attribution.tables.table import MOST_BARS, BarsBeside, Cell, Column, Table, interval
from intake.attribution.tables.visits import visits_column, visits_heading
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from intake.survey.outcomes import DOORS

AT_ONCE = "All rows at once, 95%"


def trust_tables(report: Trust, asked: ReportScope) -> list[Table]:
    """Return shares; then ways of asking and places on the list, which are known by the day of the visit only."""
    tables = [_shares(report)]
    if asked.basis == Basis.VISIT:
        tables += [_channels(report), _places(report)]
    return tables


def trust_sentences(report: Trust, asked: ReportScope) -> list[tuple[str, Any]]:
    """Return (label, sentence) of the page."""
    said: list[tuple[str, Any]] = [("Without an answer", messages.silent_sentence(report))]
    if asked.basis == Basis.VISIT:
        said += [("Who asks", messages.mix_sentence(report.mix)), *_chance("Who asks", report.mix)]
        said += [("What is shown first", messages.order_sentence(report.order, report.places))]
        said += _chance("What is shown first", report.order)
    return said


def _chance(of: str, mix: Mix) -> list[tuple[str, Any]]:
    return [] if mix.p is None else [(f"{of}: p", round(mix.p, 4))]


def _shares(report: Trust) -> Table:
    columns = [
        Column("Source", lambda row: row.name.label),
        visits_column(report.view),
        Column("Share of answered", lambda row: row.share, Cell.SHARE),
        interval("This row, 95%", lambda row: row.alone),
        interval(AT_ONCE, lambda row: row.at_once),
        Column("Share of eligible", lambda row: row.share_of_eligible, Cell.SHARE),
        Column("Share whatever the silent say, at least", lambda row: row.bounds.low, Cell.SHARE),
        Column("Share whatever the silent say, at most", lambda row: row.bounds.high, Cell.SHARE),
    ]
    named = sum(not row.is_remainder for row in report.shares)
    bars = BarsBeside("Visits", visits_heading(report.view), min(MOST_BARS, named))
    return Table("Shares", columns, report.shares, bars)


def _channels(report: Trust) -> Table:
    columns = [
        Column("Asked by", lambda row: DOORS[row.channel].label),
        Column("Asked", lambda row: row.replies.asked, Cell.COUNT),
        Column("Answered", lambda row: row.replies.answered, Cell.COUNT),
        Column("Share answered", lambda row: row.reply_share, Cell.SHARE),
        interval("Replies, 95%", lambda row: row.reply_interval if row.replies.asked else None),
        *(
            Column(f"{name.label}, named first", lambda row, place=place: row.counts[place], Cell.COUNT)
            for place, name in enumerate(report.columns)
        ),
        Column("Others, named first", lambda row: row.others, Cell.COUNT),
    ]
    return Table("Who asks", columns, report.channels)


def _places(report: Trust) -> Table:
    columns = [
        Column("Place on the list", messages.places),
        Column("Chosen", lambda row: row.chosen, Cell.COUNT),
        Column("Expected", lambda row: round(row.expected, 4), Cell.COUNT),
        Column("Difference", lambda row: round(row.chosen - row.expected, 4), Cell.COUNT),
    ]
    return Table("What is shown first", columns, report.places)


def trust_for_others(report: Trust, asked: ReportScope) -> Table:
    """Return shares with their intervals; for what was named first also counts by way of asking."""
    suppressed.refuse_shared_credit(asked.view)
    is_primary = asked.view == View.PRIMARY
    labels, channels = [row.name.label for row in report.shares], []
    counts = [[row.units // UNIT] for row in report.shares]
    given = suppressed.list_counts([count for (count,) in counts], labels)
    if is_primary and report.channels:
        # The largest sources, and all others together.
        others = [row.others for row in report.channels]
        labels = [*(column.label for column in report.columns), *(["Others"] if any(others) else [])]
        counts = [list(row) for row in zip(*(row.counts for row in report.channels), strict=True)]
        counts += [others] if any(others) else []
        channels = [DOORS[row.channel].label for row in report.channels]
        given = suppressed.table_counts(counts, labels, channels).with_row_sums()
    sums = [float(sum(row)) for row in counts]
    at_once = simultaneous(sums, int(sum(sums))) if any(sums) else sums
    columns = [
        suppressed.label_column("Source"),
        suppressed.count_column(visits_heading(asked.view), page_heading="Visits"),
        suppressed.share_column("Share"),
        interval("95%", lambda row: row.interval()),
        interval(AT_ONCE, lambda row: row.record if row.interval() else None),
        *(suppressed.count_column(label, place) for place, label in enumerate(channels, start=1)),
    ]
    # A mention is one of several of a visit: their sum is no number of visits to take a share of.
    return suppressed.table(columns, list(zip(labels, at_once, strict=True)), given, has_shares=is_primary)
