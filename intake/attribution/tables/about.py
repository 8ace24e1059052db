"""Lines with which each file describes itself: practice, days, locations, way of counting, day of printing."""

from typing import Any

from intake import clock
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.page.scope import ReportScope
from intake.attribution.totals import messages
from intake.web.ui.template_context import practice_name

About = list[tuple[str, Any]]


def about(*lines: tuple[str, Any]) -> About:
    """Return the lines of a file between the practice's name and the day of printing."""
    return [("Practice", practice_name()), *lines, ("Printed on", clock.clinic_today(practice_time_zone()))]


def about_totals(asked: ReportScope, *compared: str) -> About:
    """Return the lines for pages of days. `compared` says what these stand beside, for pages that compare."""
    note = messages.record_note(asked.period)
    return about(
        ("Period", asked.when),
        ("From", asked.period.first_day),
        ("To", asked.period.last_day),
        *([("Records", note)] if note else []),
        *(("Compared with", said) for said in compared),
        *([("Who counts", only)] if (only := messages.only_answers(asked.by)) else []),
        ("Locations", asked.where),
        ("View", messages.VIEW_LABELS[asked.view]),
        ("What that means", messages.VIEW_SENTENCES[asked.view]),
        ("Counted", messages.BASIS_WORDS[asked.basis]),
        ("On which day", messages.BASIS_SENTENCES[asked.basis]),
        ("List", messages.LISTING_LABELS[asked.listing]),
        ("How it is read", messages.LISTING_SENTENCES[asked.listing]),
        ("Intervals", "95% Wilson score intervals of the shares"),
    )


def about_months(asked: ReportScope, period: Period) -> About:
    """Return the lines for pages of the months up to today."""
    return about(("From", period.first_day), ("To", period.last_day), ("Locations", asked.where))
