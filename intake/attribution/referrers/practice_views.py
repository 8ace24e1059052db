"""The page of a referring practice: what its physicians sent together, its trend, who works there."""

from typing import Any

from flask import redirect, render_template, url_for

from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.request import ReportRequest, SentRequest
from intake.attribution.page.scope import ReportScope
from intake.attribution.referrers import charts, messages
from intake.attribution.referrers.behind import Behind
from intake.attribution.referrers.history import records
from intake.attribution.referrers.places import PRACTICE_ACTIONS, PRACTICE_BELOW, PRACTICE_PANELS
from intake.attribution.referrers.practices import practice_history, records_of_practice
from intake.attribution.referrers.status import status_of
from intake.attribution.referrers.views import bp, show_sent
from intake.attribution.suppression.view import report_page
from intake.directory.physicians import queries as directory
from intake.directory.physicians.practice_views import members_part


@bp.get("/reports/physicians/practices/<int:practice_id>", endpoint="practice")
@report_page("Referrals of a practice", ReportRequest)
def practice_page(asked: ReportScope, practice_id: int) -> Any:
    lists = lists_as_of_now()
    if into := lists.practice_counts_as.get(practice_id):
        return redirect(url_for("referring.practice", practice_id=into), 302)
    found = directory.practice(practice_id)
    known = records(today=asked.today, location_ids=asked.location_ids, lists=lists)
    ids = records_of_practice(found.id, lists)
    history = practice_history(ids, until=asked.today, location_ids=asked.location_ids)
    return render_template(
        "attribution/referrers/practice.html",
        asked=asked,
        **members_part(found),
        standing=status_of(found.id, history, known.windows) if history else None,
        standings=known.standings,
        windows=known.windows,
        months=charts.months(history, asked.today, began=known.windows.records_began) if history else [],
        years=charts.years(history, asked.today) if history else [],
        behind=Behind(asked, of_practice=True),
        behind_member=Behind(asked),
        words=messages,
        actions=PRACTICE_ACTIONS.shown(found),
        panels=PRACTICE_PANELS.shown(found),
        below=PRACTICE_BELOW.shown(found),
    )


@bp.get("/reports/physicians/practices/<int:practice_id>/sent", endpoint="practice_sent")
@report_page("Sent by a practice", SentRequest)
def practice_sent_page(asked: ReportScope, practice_id: int) -> str:
    found = directory.practice(practice_id)
    ids = records_of_practice(found.id, lists_as_of_now())
    return show_sent(asked, ids, found.name, endpoint="practice_sent", back="practice", practice_id=found.id)
