"""The physicians who refer: a list with the most missed on top, and a page for each."""

from collections.abc import Collection
from typing import Any

from flask import abort, redirect, render_template, url_for

from intake.accounts.audit import audit_trail
from intake.attribution.filters.access import sees_names
from intake.attribution.filters.dimensions.dimension import RowName
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.filters.request import PhysiciansRequest, ReportRequest, SentRequest, Which
from intake.attribution.page.opening import rows_a_page
from intake.attribution.page.scope import ReportScope
from intake.attribution.referrers import charts, messages, queries
from intake.attribution.referrers.behind import Behind
from intake.attribution.referrers.history import records
from intake.attribution.referrers.listing import TIER_NAMES, filters_of, listing
from intake.attribution.referrers.places import PHYSICIAN_ACTIONS, PHYSICIAN_BELOW, PHYSICIAN_PANELS
from intake.attribution.referrers.status import false_alarms
from intake.attribution.suppression.view import report_page
from intake.directory.physicians.card import card_of
from intake.directory.registry_names import physician_name
from intake.web.http.route_guards import Pages

bp = Pages("referring", __name__)

ROWS_A_PAGE = 50
SENT_A_PAGE = 50


@bp.get("/reports/physicians", endpoint="physicians")
@report_page("Referrals from physicians", PhysiciansRequest)
def physician_list(asked: ReportScope) -> str:
    filters = filters_of(asked)
    known = records(today=asked.today, location_ids=asked.location_ids, lists=lists_as_of_now())
    found = listing(known, filters)
    a_page = rows_a_page(ROWS_A_PAGE)
    pages = max(1, -(-len(found.rows) // a_page))
    if asked.page > pages:
        abort(404)
    here = found.rows[(asked.page - 1) * a_page : asked.page * a_page]

    def address(page: int = 1, **changes: Any) -> str:
        return filters.changed(page=page, **changes).after(url_for("referring.physicians"))

    return render_template(
        "attribution/referrers/list.html",
        asked=asked,
        filters=filters,
        found=found,
        rows=here,
        pages=pages,
        address=address,
        behind=Behind(asked),
        windows=known.windows,
        expected=false_alarms(known.standings.values(), known.windows),
        sparkline=lambda row: charts.sparkline(row.history, asked.today),
        tiers=TIER_NAMES,
        words=messages,
    )


@bp.get("/reports/physicians/<int:physician_id>", endpoint="physician")
@report_page("Referrals of a physician", ReportRequest)
def physician_page(asked: ReportScope, physician_id: int) -> Any:
    lists = lists_as_of_now()
    if into := lists.physician_counts_as.get(physician_id):
        return redirect(url_for("referring.physician", physician_id=into), 302)
    found = queries.physician(physician_id) or abort(404)
    ids = queries.records_counted_as(found.id, lists)
    known = records(today=asked.today, location_ids=asked.location_ids, lists=lists)
    history, year = known.histories.get(found.id), Period(known.windows.year_first_day, asked.today)
    scope: dict[str, Any] = {"location_ids": asked.location_ids}

    behind = Behind(asked)
    at = {each.id: each for each in asked.locations}

    def rows_of(name: RowName, **which: Any) -> str:
        if name.key and not which:
            return behind.said(found.id, year, name.key)
        return behind.visits(found.id, year.first_day, year.last_day, **(which or {"which": Which.CHART_ALONE}))

    places, sources = queries.places_and_sources(ids, period=year, lists=lists, **scope)

    return render_template(
        "attribution/referrers/physician.html",
        asked=asked,
        **card_of(found),
        name=physician_name(found.first_name, found.last_name, found.credential),
        actions=PHYSICIAN_ACTIONS.shown(found),
        panels=PHYSICIAN_PANELS.shown(found),
        below=PHYSICIAN_BELOW.shown(found),
        merged=len(ids) - 1,
        standing=known.standings.get(found.id),
        windows=known.windows,
        months=charts.months(history, asked.today, began=known.windows.records_began) if history else [],
        years=charts.years(history, asked.today) if history else [],
        became=queries.referral_outcome(ids, until=asked.today, **scope),
        charted=queries.charted(ids, until=asked.today, **scope),
        known_by=known.known_by(found.id) if history else None,
        sources=[(name, count, rows_of(name)) for _, name, count in sources],
        places=[(name, count, rows_of(name, at=at[row])) for row, name, count in places],
        behind=behind,
        words=messages,
    )


@bp.get("/reports/physicians/<int:physician_id>/sent", endpoint="sent")
@report_page("Sent by a physician", SentRequest)
def sent_page(asked: ReportScope, physician_id: int) -> str:
    found = queries.physician(physician_id) or abort(404)
    name = physician_name(found.first_name, found.last_name, found.credential)
    ids = queries.records_counted_as(found.id, lists_as_of_now())
    return show_sent(asked, ids, name, endpoint="sent", back="physician", physician_id=found.id)


def show_sent(asked: ReportScope, ids: Collection[int], name: str, *, endpoint: str, back: str, **values: Any) -> str:
    """The page of those whom these records sent; `values` name a physician or a practice in its address."""
    sent = asked.request
    assert isinstance(sent, SentRequest)
    a_page = rows_a_page(SENT_A_PAGE)
    part = slice((asked.page - 1) * a_page, asked.page * a_page)
    here, count = queries.shown_patients(sent, ids, until=asked.today, location_ids=asked.location_ids, part=part)
    pages = max(1, -(-count // a_page))
    if asked.page > pages:
        abort(404)
    ((argument, row_id),) = values.items()
    subject: dict[str, Any] = {"subject_kind": argument.removesuffix("_id"), "subject_id": row_id}
    audit_trail.record_reading("report.sent", **subject, visits=len(here))

    def address(page: int) -> str:
        return sent.changed(page=page).after(url_for(f"referring.{endpoint}", **values))

    place: dict[str, Any] = {"location": asked.location.code} if asked.location else {}
    return render_template(
        "attribution/referrers/sent.html",
        asked=asked,
        name=name,
        back=url_for(f"referring.{back}", **values, **place),
        rows=here,
        count=count,
        which=messages.shown(sent),
        pages=pages,
        address=address,
        names=sees_names(),
    )
