"""Physicians who went quiet or grow, on the overview: by the states of their own list, as in the monthly report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Flask, render_template
from markupsafe import Markup

from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.people import PHYSICIAN
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.overview.view import PHYSICIANS_CHANGED
from intake.attribution.page.scope import ReportScope
from intake.attribution.referrers import messages
from intake.attribution.referrers.behind import Behind
from intake.attribution.referrers.history import records
from intake.attribution.referrers.status import GONE_QUIET, ReferrerStatus, StatusName, Windows
from intake.web.ttl_cache import worked_out_aside

CHANGED = (*GONE_QUIET, StatusName.GROWING)
MOST_NAMED = 4


@dataclass(frozen=True)
class ChangedPhysicians:
    """Those most missed with their names, then those who grow; `count` is how many changed in all."""

    windows: Windows
    named: Sequence[tuple[ReferrerStatus, str]]
    count: int


def init_app(app: Flask) -> None:
    PHYSICIANS_CHANGED.add(app, changed_part)


def changed_part(asked: ReportScope) -> Markup | None:
    """The list for a period that ends today, which is the day that states are of; None when nobody changed."""
    if asked.period.last_day != asked.today or asked.basis != Basis.VISIT:
        return None
    found = _changed_lately(asked.today, asked.location_ids)
    if found is None or not found.named:
        return None
    return Markup(  # noqa: S704 - the template has escaped what it was given
        render_template(
            "attribution/monthly/_physicians_changed.html",
            found=found,
            more=found.count - len(found.named),
            behind=Behind(asked),
            words=messages,
        )
    )


# At millions of answers they take a second and a half after each answer; the first page of the reports doesn't wait.
@worked_out_aside(seconds=120)
def _changed_lately(today: date, within: frozenset[int]) -> ChangedPhysicians:
    lists = lists_as_of_now()
    known = records(today=today, location_ids=within, lists=lists)
    changed = [each for each in known.standings.values() if each.status in CHANGED]
    changed.sort(key=lambda each: (-each.missed, -each.recent, each.physician_id))
    names = PHYSICIAN.names({each.physician_id for each in changed[:MOST_NAMED]}, lists)
    named = [(each, names[each.physician_id].label) for each in changed[:MOST_NAMED]]
    return ChangedPhysicians(known.windows, named, len(changed))
