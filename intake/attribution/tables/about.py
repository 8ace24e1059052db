"""What every file says about itself: whose figures, of when and where, how counted, and when it was made."""

from typing import Any

from intake import clock
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.page.scope import Asked
from intake.attribution.referrers.messages import weighing
from intake.attribution.referrers.status import Windows
from intake.attribution.totals import messages
from intake.attribution.totals.messages import say_period
from intake.web.ui.template_context import practice_name

About = list[tuple[str, Any]]


def about_totals(asked: Asked) -> About:
    """For the overview, the cuts and the pages beside them."""
    before = asked.period.before()
    return [
        ("Practice", practice_name()),
        ("Period", asked.when),
        ("From", asked.period.first_day),
        ("To", asked.period.last_day),
        ("Compared with", say_period(before) if before else "nothing"),
        ("Locations", asked.where),
        ("View", messages.VIEW_LABELS[asked.view]),
        ("What that means", messages.VIEW_SENTENCES[asked.view]),
        ("Counted", messages.BASIS_WORDS[asked.basis]),
        ("On which day", messages.BASIS_SENTENCES[asked.basis]),
        ("List", messages.LISTING_LABELS[asked.listing]),
        ("How it is read", messages.LISTING_SENTENCES[asked.listing]),
        ("Intervals", "95% Wilson score intervals of the shares"),
        ("Printed on", _today()),
    ]


def about_physicians(asked: Asked, windows: Windows) -> About:
    """For the physicians' pages, which are of one day and always count any mention."""
    return [
        ("Practice", practice_name()),
        ("As of", windows.today),
        ("Locations", asked.where),
        ("View", "Any mention"),
        ("What that means", "A visit counts once for each physician it names."),
        ("Counted", "by day of visit"),
        ("List", messages.LISTING_LABELS[asked.listing]),
        ("Records began", windows.records_began),
        ("Windows", weighing(windows)),
        ("Printed on", _today()),
    ]


def _today() -> Any:
    return clock.clinic_today(practice_time_zone())
