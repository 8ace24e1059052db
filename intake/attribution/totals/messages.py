"""How a report says things: periods, credit, shares, and the sentences that come before every picture."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from intake import clock
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.calendar import CalendarDimension
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.lists import ListVersion
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import Coverage, practice_time_zone
from intake.attribution.totals.on_record import is_to_come, records_began
from intake.attribution.totals.report import Totals
from intake.attribution.totals.rounding import exact, hundredths
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from intake.web.ui.formatting import percent, say_during, say_long_date, say_span

VIEW_LABELS = {View.PRIMARY: "Primary", View.ANY: "Any mention", View.FRACTIONAL: "Fractional"}
BASIS_SENTENCES = {
    Basis.VISIT: "Visits count on the day of the visit.",
    Basis.ANSWERED: "Visits count on the day of the answer, so only those with a reply are in it.",
}
VIEW_SENTENCES = {
    View.PRIMARY: "Each answered visit counts once, for what was named first.",
    View.ANY: "Each answered visit counts for everything it names, so rows add up to more than the answered visits.",
    View.FRACTIONAL: "Each answered visit counts once, shared equally among everything it names.",
}
BASIS_WORDS = {
    Basis.VISIT: "by day of visit",
    Basis.ANSWERED: "by day of answer",
}
BASIS_LABELS = {
    Basis.VISIT: "Visit",
    Basis.ANSWERED: "Answer",
}
# What the patient did on that day.
BASIS_VERBS = {Basis.VISIT: "came", Basis.ANSWERED: "replied"}
LISTING_LABELS = {ListVersion.TODAY: "Today’s list", ListVersion.RECORDED: "As it was recorded"}
LISTING_SENTENCES = {
    ListVersion.TODAY: "Read under today’s list: sources and physicians merged since then count as one.",
    ListVersion.RECORDED: "Read as it was recorded: every source under its name and place at the end of the period, and"
    " nothing that was merged counts together.",
}
# Below as many in a period an interval is wider than what it is about.
FEW_ANSWERS = 30
OVERVIEW_PAGE = "Where patients come from"
TRUST_PAGE = "How sure these figures are"
COMPARISON_PAGE = "Side by side"
COSTS_PAGE = "What new patients cost"


def say_period(period: Period) -> str:
    """'November 2026', 'November 1–22, 2026', 'March 1 – November 22, 2026', '2026', 'November 22, 2026'."""
    return say_span(period.first_day, period.last_day)


def during(period: Period) -> str:
    """The same within a sentence: 'on November 22, 2026', 'in November 2026', 'from November 1 to 22, 2026'."""
    return say_during(period.first_day, period.last_day)


def credits_shown(view: View, units: Sequence[int]) -> list[str]:
    """Credits as they stand in a column: whole visits, or hundredths that add up when visits are shared."""
    values = in_hundredths(view, units)
    return [hundredths_shown(value, with_decimals=needs_decimals(values)) for value in values]


def in_hundredths(view: View, units: Sequence[int]) -> list[int]:
    """Credits as the hundredths of a visit that are shown for them."""
    return hundredths(units) if view == View.FRACTIONAL else [value // UNIT * 100 for value in units]


def needs_decimals(values: Iterable[int]) -> bool:
    """A column of whole visits reads better without two zeros behind each."""
    return any(value % 100 for value in values)


def hundredths_shown(value: int, *, with_decimals: bool) -> str:
    return f"{value // 100:,}.{value % 100:02d}" if with_decimals else f"{value // 100:,}"


@lru_cache(maxsize=4_096)
def credit_exactly(units: int) -> str:
    """'98', '31 1/3': the credit with nothing rounded away."""
    whole, rest = divmod(exact(units), 1)
    if not rest:
        return f"{int(whole):,}"
    return f"{int(whole):,} {rest}" if whole else str(rest)


def change_shown(units: int) -> str:
    """'+3', '−1.50', '0'."""
    value = round(units * 100 / UNIT)
    return hundredths_changed(value, with_decimals=needs_decimals([value]))


def hundredths_changed(value: int, *, with_decimals: bool) -> str:
    if not value:
        return "0"
    return f"{'+' if value > 0 else '−'}{hundredths_shown(abs(value), with_decimals=with_decimals)}"


def visits(count: int) -> str:
    return f"{count:,} visit" if count == 1 else f"{count:,} visits"


def coverage_sentence(coverage: Coverage, period: Period, basis: Basis = Basis.VISIT) -> str:
    """Coverage first, in words."""
    if not coverage.eligible:
        did = "replied" if basis == Basis.ANSWERED else "come" if basis == Basis.VISIT else "first come"
        return f"No new patient is recorded as having {did} {during(period)}."
    came = "One new patient" if coverage.eligible == 1 else f"{coverage.eligible:,} new patients"
    if coverage.answered == coverage.eligible:
        told = "and told us" if coverage.eligible == 1 else "and every one told us"
    elif coverage.answered == 0:
        told = "and nobody has told us yet"
    else:
        told = f"and {coverage.answered:,} told us"
    said = f"{came} {BASIS_VERBS[basis]} {during(period)}, {told} who or what sent them"
    return f"{said}: coverage {percent(coverage.share)}."


def are_enough(coverage: Coverage) -> bool:
    """Whether these answers are enough for more than their counts."""
    return coverage.answered >= FEW_ANSWERS


def record_note(period: Period) -> str:
    """That records began after the first of these days, or that they aren't over; empty for days on record."""
    began, notes = records_began(), []
    if began and period.first_day < began:
        notes.append(f"Records began {say_long_date(began)}.")
    if is_to_come(period):
        has_begun = period.first_day <= clock.clinic_today(practice_time_zone())
        notes.append("These days are not over yet." if has_begun else "These days are yet to come.")
    return " ".join(notes)


def not_compared(report: Totals) -> str:
    """Why nothing stands beside these figures; empty where something does."""
    if report.before:
        return ""
    if is_to_come(report.period):
        return "These days are not over yet, so nothing is compared"
    before = report.period.before()
    if before and report.began and before.first_day < report.began:
        return f"Nothing to compare with: records began {say_long_date(report.began)}"
    return "Nothing to compare with: nobody is on record for the days before"


def compared_with(report: Totals) -> str:
    """What the figures stand beside, for files: 'October 2026', or why nothing does."""
    return say_period(report.before) if report.before else not_compared(report)


def only_answers(by: Dimension) -> str:
    """That pages of those who refer count more than a table by who was named; empty where they don't."""
    if by.group != "Physicians":
        return ""
    return "Only answers count here. Whom a chart alone names is counted under Who refers."


def too_few_sentence(coverage: Coverage) -> str:
    """'12 answers are too few to tell more.'; empty for enough, and for none."""
    if are_enough(coverage) or not coverage.answered:
        return ""
    return f"{'One answer is' if coverage.answered == 1 else f'{coverage.answered} answers are'} too few to tell more."


def names_listed(labels: Sequence[str], most: int = 3) -> str:
    """'Google', 'Google and TV', 'Google, TV and 4 others'."""
    shown = list(labels) if len(labels) <= most else [*labels[: most - 1], f"{len(labels) - most + 1} others"]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def headline(report: Totals) -> str:
    """The report in one sentence; empty when there is nothing to say."""
    answered = report.coverage.answered
    named = [line for line in report.rolled_up or report.lines if not line.is_remainder and line.units]
    # Nobody who asks comes first: by who asked, figures are for coaching.
    if not answered or not named or not (report.by.is_ranked or report.by.is_calendar):
        return ""
    if isinstance(report.by, CalendarDimension):
        most = max(named, key=lambda line: line.units)
        if sum(line.units == most.units for line in named) > 1 or len(report.lines) == 1:
            # Several had as many, or there is nothing beside it: no sentence is better than a hollow one.
            return ""
        label = most.name.label.replace("Week", "week")
        return f"Most answers came {report.by.within} {label}: {credit_exactly(most.units)} of {answered:,}."
    first = named[0]
    told = {View.PRIMARY: "comes first with", View.ANY: "is named most, at", View.FRACTIONAL: "comes first with"}
    tied = [line.name.label for line in named if line.units == first.units]
    if len(tied) > 1:
        verb = told[report.view].replace("comes", "come").replace("is", "are")
        (each,) = credits_shown(report.view, [first.units])
        sentence = f"{names_listed(tied)} {verb} {each} each of {answered:,} answered visits"
    else:
        (each,) = credits_shown(report.view, [first.units])
        share = percent(first.share)
        sentence = f"{first.name.label} {told[report.view]} {each} of {answered:,} answered visits ({share})"
    if len(tied) > 1 or report.before is None or first.change is None:
        return f"{sentence}."
    if not first.change:
        return f"{sentence}, as many as {during(report.before)}."
    more = "more" if first.change > 0 else "fewer"
    return f"{sentence}, {change_shown(abs(first.change))[1:]} {more} than {during(report.before)}."
