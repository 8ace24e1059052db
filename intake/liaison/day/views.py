"""My day: the round, promises and issues of the signed-in person; the week; the calendar."""

from datetime import timedelta
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for

from intake.accounts import one_time_display
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_staff
from intake.attribution.filters.queries import practice_time_zone
from intake.db import db
from intake.liaison.day import calendar, rounds
from intake.liaison.day import messages as day_messages
from intake.liaison.page.access import PEOPLE, is_in_charge
from intake.liaison.page.edges import commit_and_go
from intake.liaison.page.parties import key_of, names_of, parties_of, party_of
from intake.liaison.page.referrers import referrer_records, today
from intake.liaison.people import messages as people_messages
from intake.liaison.people import queries as people_queries
from intake.liaison.people.targets import due_offices, targets_at
from intake.liaison.promises import messages, queries
from intake.liaison.touchpoints.kinds import KINDS
from intake.liaison.touchpoints.views import touchpoint_forms
from intake.web.http.route_guards import Pages, public
from intake.web.ui.template_context import practice_name, tell
from intake.web.wall import location_wall

bp = Pages("liaison_day", __name__)

CALENDAR = "calendar address"
DAYS_A_WEEK = 5
SATURDAY = 5
MOST_CALLS = 10


@bp.get("/relationships/day", endpoint="my_day", guard=roles(*PEOPLE))
def my_day() -> str:
    """What is due today, overdue first, with a form for each stop that works without a connection."""
    staff, day, known = current_staff(), today(), referrer_records()
    stops = rounds.round_of(staff.id, [day], known)[day]
    promises = queries.open_promises(owner_id=staff.id, until=day)
    issues = queries.open_issues(owner_id=staff.id)
    mine = due_offices(known, owner_id=staff.id)
    due = [each for each in mine if each.day <= day]
    planned = {each.target.relationship_id for each in stops}
    to_visit = [each.relationship_id for each in due if not each.do_not_visit and each.relationship_id not in planned]
    left_out = rounds.left_out(to_visit, stops)
    return render_template(
        "liaison/day/day.html",
        today=day,
        stops=list(zip(stops, touchpoint_forms(parties_of(each.target for each in stops)), strict=True)),
        promises=promises,
        issues=issues,
        names=names_of([*promises, *issues]),
        key_of=key_of,
        mine=mine,
        to_visit=len(to_visit),
        may_be_met=len(to_visit) > left_out.count,
        left_out=day_messages.say_left_out(left_out),
        to_call=targets_at(known, [each for each in due if each.do_not_visit], 0, MOST_CALLS),
        a_day=rounds.STOPS_A_DAY,
        most=rounds.MOST_A_DAY,
        kinds=KINDS,
        in_charge=is_in_charge(),
        words=messages,
        people_words=people_messages,
    )


@bp.get("/relationships/week", endpoint="week", guard=roles(*PEOPLE))
def week() -> str:
    """The next five working days, and days off among and after them on which something is due, to look at and print."""
    staff, day = current_staff(), today()
    days = rounds.workdays(DAYS_A_WEEK)
    # Up to the weekend after them.
    promises = queries.open_promises(owner_id=staff.id, until=rounds.workdays(1, days[-1] + timedelta(days=1))[0])
    promises = [row for row in promises if row.due_on <= days[-1] or row.due_on.weekday() >= SATURDAY]
    return render_template(
        "liaison/day/week.html",
        days=sorted({*days, *(row.due_on for row in promises if row.due_on >= day)}),
        rounds=rounds.round_of(staff.id, days, referrer_records()),
        promises=promises,
        names=names_of(promises),
        key_of=key_of,
        today=day,
        calendar_token=one_time_display.take(CALENDAR, staff.id),
        a_day=rounds.STOPS_A_DAY,
        most=rounds.MOST_A_DAY,
        words=messages,
        people_words=people_messages,
    )


@bp.post("/relationships/day/propose", endpoint="propose", guard=roles(*PEOPLE))
def propose() -> Any:
    """Fill today, or with `days=week` five working days."""
    is_week = request.form.get("days") == "week"
    a_day = min(max(1, request.form.get("stops", rounds.STOPS_A_DAY, type=int)), rounds.MOST_A_DAY)
    days = rounds.workdays(DAYS_A_WEEK) if is_week else [today()]
    added = rounds.propose(staff_id=current_staff().id, days=days, a_day=a_day)
    told = f"{added} {'stop is' if added == 1 else 'stops are'} proposed."
    back = url_for("liaison_day.week" if is_week else "liaison_day.my_day")
    nobody = "Nobody more is due, in and within reach on these days."
    return commit_and_go(back, told if added else nobody)


@bp.post("/relationships/<int:relationship_id>/plan", endpoint="plan", guard=roles(*PEOPLE))
def add_stop(relationship_id: int) -> Any:
    """Put one on today's round by hand."""
    found = people_queries.relationship(relationship_id)
    if any(each.do_not_visit for each in people_queries.preferences_at(party_of(found))):
        tell(f"{party_of(found).name} wants no visits: call or write.", kind="info")
        return redirect(url_for("liaison_day.my_day"), 303)
    rounds.add_by_hand(found, staff_id=current_staff().id, day=today())
    return commit_and_go(url_for("liaison_day.my_day"), f"{party_of(found).name} is on today's round.")


@bp.post("/relationships/stops/<int:stop_id>/take-out", endpoint="take_out", guard=roles(*PEOPLE))
def take_stop_out(stop_id: int) -> Any:
    rounds.take_out(rounds.round_stop(stop_id))
    undo = url_for("liaison_day.put_back", stop_id=stop_id)
    return commit_and_go(url_for("liaison_day.my_day"), "The stop is taken out; they stay due.", undo)


@bp.post("/relationships/stops/<int:stop_id>/put-back", endpoint="put_back", guard=roles(*PEOPLE))
def put_stop_back(stop_id: int) -> Any:
    rounds.take_out(rounds.round_stop(stop_id), back=True)
    return commit_and_go(url_for("liaison_day.my_day"), "They are on today's round again.")


@bp.post("/relationships/calendar", endpoint="new_calendar", guard=roles(*PEOPLE))
def new_calendar() -> Any:
    """A new secret address, shown once."""
    staff = current_staff()
    one_time_display.put(CALENDAR, staff.id, calendar.new_address(staff.id))
    db.session.commit()
    return redirect(f"{url_for('liaison_day.week')}#calendar", 303)


@bp.get(
    "/relationships/calendar/<token>.ics",
    endpoint="calendar",
    guard=public("a calendar program holds the secret address; nothing that names a patient"),
)
def calendar_file(token: str) -> Response:
    staff = calendar.owner_of(token) or abort(404)
    location_wall.let_see(None if staff.all_locations else [place.id for place in staff.locations])
    name = f"{practice_name()}: rounds"
    zone = practice_time_zone()
    content = calendar.write_calendar(calendar.entries(staff.id, today(), time_zone=zone), name=name, time_zone=zone)
    headers = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    return Response(content, content_type="text/calendar; charset=utf-8", headers=headers)
