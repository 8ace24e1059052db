"""Coverage of today by location, for a screen at the front desk: large, by itself up to date, nobody's data on it.

Staff open it like any page, and are signed out like on any page. A screen that should show it all day is paired like a
tablet instead: its credential opens these counts of one location and nothing else, so nobody has to stay signed in.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import make_response, render_template, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.auth.guards import roles, wall_display
from intake.accounts.current import current_device, current_locations
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import Coverage, locations, practice_time_zone
from intake.attribution.rollup.reading import Rollups
from intake.capture.patient_flow.room_codes import room_code
from intake.db import db
from intake.web.http.route_guards import Pages
from intake.web.ui.formatting import percent, say_day, say_time

bp = Pages("wall", __name__)

REFRESH_SECONDS = 30


@dataclass(frozen=True)
class LocationToday:
    """One location today. `width` is percent of the bar."""

    name: str
    coverage: Coverage
    said: str
    room_code: str = ""

    @property
    def width(self) -> float:
        return round(100 * (self.coverage.share or 0), 1)

    @property
    def percent(self) -> str:
        return percent(self.coverage.share, 0)


@bp.get("/reports/today", endpoint="today", guard=roles("front_desk", "manager", "liaison", "administrator"))
def today() -> Response:
    response = make_response(render_template("attribution/wall/today.html", **_facts(current_locations())))
    # Works without a script; with one, only the middle of the page is fetched anew.
    response.headers["Refresh"] = str(REFRESH_SECONDS * 4)
    return response


@bp.get("/reports/today/now", endpoint="now", guard=roles("front_desk", "manager", "liaison", "administrator"))
def now() -> str:
    return render_template("attribution/wall/_today.html", address=url_for("wall.now"), **_facts(current_locations()))


@bp.get("/wall", endpoint="display", guard=wall_display)
def display() -> Response:
    """Show the same on a screen that nobody is signed in at, for the location that it was paired with."""
    response = make_response(render_template("attribution/wall/wall.html", **_facts({current_device().location_id})))
    response.headers["Refresh"] = str(REFRESH_SECONDS * 4)
    return response


@bp.get("/wall/now", endpoint="display_now", guard=wall_display)
def display_now() -> str:
    return render_template(
        "attribution/wall/_today.html", address=url_for("wall.display_now"), **_facts({current_device().location_id})
    )


@bp.post("/wall/seen", endpoint="seen", guard=wall_display)
def seen() -> Response:
    """Note that the screen is on; the list of tablets shows since when one isn't."""
    current_device().last_seen_at = clock.now()
    db.session.commit()
    return Response(status=204)


def _facts(within: Collection[int]) -> dict[str, Any]:
    places = []
    for place in locations(within=within):
        day = clock.clinic_today(place.time_zone)
        coverage = Coverage(*Rollups([place.id]).covered(Period(day, day)))
        if place.active or coverage.eligible:
            places.append(
                LocationToday(place.name, coverage, coverage_text(coverage), room_code(place) if place.active else "")
            )
    zone = practice_time_zone()
    moment = clock.now()
    return {
        "places": places,
        "day": say_day(clock.clinic_today(zone)),
        "as_of": say_time(moment, zone),
        "all": sum((place.coverage for place in places), Coverage()),
        "refresh_seconds": REFRESH_SECONDS,
    }


def coverage_text(coverage: Coverage) -> str:
    """Say what there is to do, kindly."""
    if not coverage.eligible:
        return "No new patient has arrived yet."
    came = "One new patient" if coverage.eligible == 1 else f"{coverage.eligible:,} new patients"
    if not coverage.not_asked:
        return f"{came} so far, and everybody was asked. Thank you."
    if coverage.never_asked <= 0:
        waiting = "one is" if coverage.not_asked == 1 else f"{coverage.not_asked:,} are"
        return f"{came} so far; {waiting} still answering."
    left = "one is" if coverage.not_asked == 1 else f"{coverage.not_asked:,} are"
    return f"{came} so far; {left} still to be asked."
