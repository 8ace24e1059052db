"""The desk's list: a day's arrivals of one location."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import abort, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, is_background
from intake.capture.desk import notices, queries
from intake.capture.desk.answer_keys import keys_for
from intake.capture.desk.queries import Arrival, ArrivalGroup
from intake.capture.desk.training_card import card_lines
from intake.capture.patient_flow.room_codes import room_code
from intake.capture.text.staff_pages import emergency_alerts
from intake.capture.waiting_room import late_views, room_views
from intake.db import set_reading
from intake.directory.dates import UnreadableDate, read_date
from intake.directory.models import Location, Visit
from intake.directory.patients import queries as directory
from intake.id_filters import read_id
from intake.survey.question.choices import SourceChoice, choices
from intake.web.http.route_guards import Pages

bp = Pages("desk", __name__)

REMEMBERED_LOCATION = "desk_location"
# Forms that the page's script sends ask for the list alone; without script the same address answers with a redirect.
PART_HEADER = "X-Part"
EARLIEST_DAY = date(2000, 1, 1)
FURTHEST_DAYS_AHEAD = 366
# So many of the answers stand first on the list, larger than the rest.
LARGER = 4
# From so many visits on the list can be searched.
LONG_LIST = 12


@dataclass(frozen=True)
class ArrivalsPlace:
    """The list on the page: a location's day."""

    location: Location
    locations: list[Location]
    day: date
    today: date
    unreadable_day: str = ""

    @property
    def is_today(self) -> bool:
        return self.day == self.today

    @property
    def query(self) -> dict[str, Any]:
        """Return the parameters of this list's address; today's has no day, so that it stays today's."""
        day = {} if self.is_today else {"day": self.day.isoformat()}
        return {"location": self.location.id, **day}


@bp.get("/desk", guard=roles("front_desk", "manager"))
def arrivals() -> Response:
    """Show the list of `location` and `day`; `just` and `did` name the step whose notice is shown."""
    place = chosen_place()
    if place is None:
        return make_response(render_template("capture/arrivals/no_location.html"))
    session[REMEMBERED_LOCATION] = place.location.id
    just = read_id(request.args.get("just", ""))
    if just:
        notices.show_step_notice(just, request.args.get("did", ""), arrived="arrived" in request.args)
    shown = contents(place) | chrome(place) | {"just": just, "card": card_lines()}
    page = render_template("capture/arrivals/arrivals.html", **shown)
    _record_look(place)
    return make_response(page, 422 if place.unreadable_day else 200)


@bp.get("/desk/list", guard=roles("front_desk", "manager"))
def list_part() -> str:
    """Show the list alone, for the page's own refresh."""
    place = chosen_place()
    if place is None:
        abort(404)
    _record_look(place)
    return render_template("capture/arrivals/_list.html", **contents(place))


def _record_look(place: ArrivalsPlace) -> None:
    facts = {"location_id": place.location.id, "day": place.day.isoformat()}
    audit_trail.record_reading("desk.arrivals", repeats=is_background(), **facts)


def done(visit: Visit, did: str, *, arrived: bool = False) -> Response:
    """The answer to a form of the list, after the commit: the list as it is now for the page's script, else a
    redirect to it. Either tells what was done and how to undo it."""
    place = place_of(visit)
    if request.headers.get(PART_HEADER) != "list":
        # Flask leaves parameters that are None out of the address.
        facts = {"just": visit.id, "did": did, "arrived": 1 if arrived else None, **place.query}
        return redirect(url_for("desk.arrivals", **facts), 303)
    # The write is committed; what follows only reads, so on the embedded database it needn't queue behind writers.
    set_reading(True)
    notices.show_step_notice(visit.id, did, arrived=arrived)
    return make_response(render_template("capture/arrivals/_list.html", **contents(place), told=True))


def render_page(name: str, **values: Any) -> str:
    """Render the page of one visit, or for the list's script only its part below the line."""
    part = request.headers.get(PART_HEADER) is not None
    return render_template(f"capture/desk/_{name}.html" if part else f"capture/desk/{name}.html", part=part, **values)


def place_of(visit: Visit) -> ArrivalsPlace:
    """The list that the visit is on."""
    location = visit.location
    return ArrivalsPlace(location, [location], visit.visit_date, clock.clinic_today(location.time_zone))


def chosen_place() -> ArrivalsPlace | None:
    """Return the location and day of the address, else the ones remembered; None for staff without a location."""
    within = current_locations()
    locations = directory.locations(within=within)
    wanted = request.args.get("location", "")
    location: Location | None
    if wanted:
        location = directory.location(read_id(wanted) or 0, within=within)
    else:
        remembered = session.get(REMEMBERED_LOCATION)
        location = next((each for each in locations if each.id == remembered), locations[0] if locations else None)
    if location is None:
        return None
    today = clock.clinic_today(location.time_zone)
    text = request.args.get("day", "").strip()
    day = _readable_day(text, today) if text else today
    return ArrivalsPlace(location, locations, day or today, today, unreadable_day="" if day else text)


def contents(place: ArrivalsPlace) -> dict[str, Any]:
    """Return the template values of the list."""
    language = queries.practice_language()
    return {
        "place": place,
        "shown": queries.day_at(
            location_id=place.location.id, day=place.day, language=language, within=current_locations()
        ),
        "Group": ArrivalGroup,
        "version": _version,
        "emergencies": emergency_alerts.unopened(within=current_locations()),
        "calling": room_views.calling(place.location.id),
        "late": late_views.count_waiting(place.location.id),
    }


def chrome(place: ArrivalsPlace) -> dict[str, Any]:
    """Return the template values around the list: sources with their keys, days around, earlier days' rest."""
    language = queries.practice_language()
    offered = choices(place.day, language)
    before, after = queries.days_around(location_id=place.location.id, day=place.day)
    commonest = _commonest(offered)
    return {
        # Those named most stand first; each keeps the key of its place on the practice's list.
        "choices": sorted(offered, key=lambda each: (*commonest, each.source_id).index(each.source_id)),
        "keys": keys_for(offered),
        "commonest": commonest,
        "begun": queries.has_answers(),
        "long_list": LONG_LIST,
        "room_code": room_code(place.location) if place.is_today else "",
        "before": before,
        "after": after,
        "unasked": queries.unasked_before(location_id=place.location.id, day=place.today) if place.is_today else [],
    }


def _commonest(offered: Sequence[SourceChoice]) -> list[int]:
    """Ids of the choices that stand first and larger, in the order in which they are named most."""
    tops = {each.source_id: top.source_id for top in offered for each in (top, *top.children)}
    named = [tops[source_id] for source_id in queries.commonest_sources() if source_id in tops]
    return list(dict.fromkeys([*named, *tops.values()]))[:LARGER]


def _readable_day(text: str, today: date) -> date | None:
    try:
        day = read_date(text)
    except UnreadableDate:
        return None
    return day if EARLIEST_DAY <= day <= today + timedelta(days=FURTHEST_DAYS_AHEAD) else None


def _version(person: Arrival) -> str:
    """Return a checksum of the line, so that the page's script leaves unchanged lines alone."""
    return f"{zlib.crc32(repr(person).encode()):08x}"
