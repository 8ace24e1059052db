"""The current actor: the signed-in member of staff, the paired tablet, or nobody."""

from dataclasses import dataclass

from flask import abort, current_app, g, has_request_context, request
from flask_login import current_user
from sqlalchemy import select

from intake.accounts.models import KioskDevice, Staff, staff_location
from intake.accounts.places import places
from intake.db import db
from intake.web.http.route_guards import guard_of

# Pages that refresh themselves say so, or a list left open would keep its reader signed in for ever.
BACKGROUND_HEADER = "X-Background"


@dataclass(frozen=True)
class Actor:
    """Who acts in an audit entry: kind 'staff', 'device', 'link' or 'system', and the row's id."""

    kind: str
    id: int | None = None


def current_staff() -> Staff:
    """Return the signed-in member of staff; 404 when nobody is (guards run first, so views may rely on one)."""
    if not current_user.is_authenticated:
        abort(404)
    return current_user._get_current_object()


def holds(*roles: str) -> bool:
    """Whether the signed-in member of staff has one of these roles."""
    return bool(set(roles) & {role.name for role in current_staff().roles})


def may_open(endpoint: str) -> bool:
    """Whether one of their roles lets them open this page."""
    guard = guard_of(current_app.view_functions[endpoint])
    return guard is not None and holds(*guard.roles)


def current_locations() -> frozenset[int]:
    """Return the ids of the locations whose rows the signed-in member of staff may see."""
    if "current_locations" not in g:
        staff = current_staff()
        if staff.all_locations:
            ids = [place.id for place in places()]
        else:
            # Their numbers alone: this is asked with every page.
            query = select(staff_location.c.location_id).where(staff_location.c.staff_id == staff.id)
            ids = list(db.session.scalars(query))
        g.current_locations = frozenset(ids)
    return g.current_locations


def current_device() -> KioskDevice:
    """Return the paired tablet that sent this request; its guard put it there."""
    return g.kiosk_device


def current_actor() -> Actor:
    """Return the actor for the audit trail: staff, tablet, personal link, or the system itself outside a request."""
    if not has_request_context():
        return Actor("system")
    if "actor" in g:
        return g.actor
    if current_user.is_authenticated:
        return Actor("staff", current_user.id)
    return Actor("system")


def is_background() -> bool:
    """Return whether a page asked for this by itself. A browser's own word: never a reason to do less for safety."""
    return bool(request.headers.get(BACKGROUND_HEADER))
