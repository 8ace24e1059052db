"""Sentences on how sure a report is, which promise no more than the figures do."""

from intake.attribution.drilldown.option_positions import BELOW_KEY, BELOW_WORDS
from intake.attribution.filters.ordinals import ordinal_range
from intake.attribution.reliability.report import PlaceRow, Trust
from intake.attribution.statistics.mixes import Mix
from intake.web.ui.formatting import percent


def chance(mix: Mix) -> str:
    """Say how often luck alone would make such a difference; empty where nothing is compared."""
    if mix.p is None:
        return ""
    said = "p < 0.001" if mix.p < 0.001 else f"p = {mix.p:.3f}" if mix.p < 0.1 else f"p = {mix.p:.2f}"
    said = said.replace(" ", "\N{NO-BREAK SPACE}")
    return f"Luck alone would make as large a difference with a chance of {said}."


def silent_sentence(report: Trust) -> str:
    """Say what those without an answer could change at the source that comes first."""
    coverage = report.coverage
    if not coverage.eligible:
        return "Nobody came in this period."
    silent = coverage.eligible - coverage.answered
    if not silent:
        return "Everybody answered, so nobody's silence can change a share."
    if not report.shares:
        return "Nobody has answered yet, so nothing is known."
    first = report.shares[0]
    others = "the one who didn't" if silent == 1 else f"the {silent:,} who didn't"
    return (
        f"{coverage.answered:,} of {coverage.eligible:,} answered. Whatever {others} would have said,"
        f" {first.name.label} sent between {percent(first.bounds.low)} and {percent(first.bounds.high)} of them all."
    )


def mix_sentence(mix: Mix) -> str:
    """Say whether it matters who asks."""
    if mix.p is None:
        return "There are too few answers yet to compare ways of asking."
    if mix.differs:
        return (
            "The answers differ by who asks, more than luck would make them."
            " Patients may say different things to a person and to a screen, or different patients are asked in"
            " different ways: compare two periods only while the ways of asking stay much the same."
        )
    return "The answers don't clearly differ by who asks."


def order_sentence(order: Mix, places: tuple[PlaceRow, ...]) -> str:
    """Say whether it matters what is shown first."""
    if order.p is None or not places:
        return "There are too few answers from lists in a drawn order to tell."
    first = places[0]
    times = "once" if first.chosen == 1 else f"{first.chosen:,} times"
    expected = f"{first.expected:,.0f}"
    were = "was" if expected == "1" else "were"
    counted = f"What stood first was chosen {times}; {expected} {were} to be expected"
    if order.differs:
        return (
            f"{counted}: where an option stands moves answers. The order is drawn anew for every"
            " patient, so no source gains by it."
        )
    return f"{counted}: where an option stands makes no clear difference."


def places(row: PlaceRow) -> str:
    """'1st', '5th to 12th', 'Below the first screen'."""
    return BELOW_WORDS if row.key == BELOW_KEY else ordinal_range(row.first, row.last)
