"""Lines with which each file describes itself: practice, days, locations, way of counting, day of printing."""

from datetime import date
from typing import Any

from intake import clock
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.page.scope import ReportScope
from intake.attribution.totals import messages
from intake.attribution.totals.messages import say_period
from intake.attribution.totals.on_record import is_to_come
from intake.web.ui.template_context import practice_name

About = list[tuple[str, Any]]


def about_totals(asked: ReportScope) -> About:
    """Return the lines for pages of days: all but the physicians'."""
    before = asked.period.before()
    return [
        ("Practice", practice_name()),
        ("Period", asked.when),
        ("From", asked.period.first_day),
        ("To", asked.period.last_day),
        ("Compared with", say_period(before) if before and not is_to_come(before) else "nothing"),
        ("Locations", asked.where),
        ("View", messages.VIEW_LABELS[asked.view]),
        ("What that means", messages.VIEW_SENTENCES[asked.view]),
        ("Counted", messages.BASIS_WORDS[asked.basis]),
        ("On which day", messages.BASIS_SENTENCES[asked.basis]),
        ("List", messages.LISTING_LABELS[asked.listing]),
        ("How it is read", messages.LISTING_SENTENCES[asked.listing]),
        ("Intervals", "95% Wilson score intervals of the shares"),
        ("Printed on", printed_on()),
    ]


def printed_on() -> date:
    """Return today on the practice's clocks."""
    return clock.clinic_today(practice_time_zone())
