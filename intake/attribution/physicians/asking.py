"""What the address of a physicians' page asks for."""

from datetime import date
from typing import Any

from flask import abort, request, url_for

from intake.accounts.current import current_locations
from intake.attribution.asked import Asked, read_asked, today_at
from intake.attribution.physicians.listing import Filters
from intake.attribution.physicians.queries import Which
from intake.attribution.queries import locations, practice_time_zone


def asked_here() -> tuple[Asked, date]:
    """The locations and page that the address asks for, and the day that reports end with."""
    places = tuple(locations(within=current_locations()))
    today = today_at(places, practice_time_zone())
    query = request.args.copy()
    for name in ("from", "to", "period", "by", "view", "list", "basis"):
        query.poplist(name)
    return read_asked(query, locations=places, today=today), today


def which_asked() -> Which:
    """Everybody, or only those who came, didn't, are named in a chart or only called; 404 for anything else."""
    try:
        return Which(request.args.get("came", ""))
    except ValueError:
        abort(404)


def list_address(asked: Asked, filters: Filters, *, page: int = 1, **changes: Any) -> str:
    """The list narrowed as it is, with something changed."""
    query: dict[str, Any] = filters.query(**changes)
    if asked.location:
        query["location"] = asked.location.code
    if page > 1:
        query["page"] = page
    return url_for("referring.physicians", **query)
