"""Which report this request asks for, and what whoever asks may see of it."""

from typing import Any

from flask import abort, request

from intake import clock
from intake.accounts import audit
from intake.accounts.current import current_locations
from intake.accounts.guards import only_for
from intake.attribution import queries, words
from intake.attribution.asked import Asked, preset_links, read_asked, today_at
from intake.attribution.cuts import Cut
from intake.attribution.seeing import READERS_OF_NAMES, sees_names
from intake.attribution.tabs import tabs

COVERAGE = "coverage"


def asked_here(allowing: tuple[str, ...] = ()) -> Asked:
    """The report that the address asks for. `allowing`: what may stand for `by` besides the cuts."""
    locations = tuple(queries.locations(within=current_locations()))
    query = request.args.copy()
    if query.get("by") in allowing:
        query.pop("by")
    asked = read_asked(query, locations=locations, today=today_at(locations, queries.practice_time_zone()))
    if asked.by not in offered_cuts():
        abort(403, only_for(READERS_OF_NAMES))
    return asked


def is_leaving() -> bool:
    """Whether the page that is opened is for somebody outside the practice."""
    return request.args.get("leaving") == "yes"


def offered_cuts() -> list[Cut]:
    return [cut for cut in Cut if cut != Cut.PATIENT or sees_names()]


def note_names(by: Cut, action: str, lines: int) -> None:
    """Keeps that names of patients were read, when the cut shows any."""
    if by == Cut.PATIENT:
        audit.record_reading(action, lines=lines)


def choices(asked: Asked, *, here: str = "") -> dict[str, Any]:
    """What the frame of every report page offers; `here` is the endpoint of one that is no cut."""
    offered = [cut for cut in offered_cuts() if not (asked.leaving and cut == Cut.PATIENT)]
    return {
        "endpoint": here or "reports.totals",
        "presets": preset_links(asked, here or "reports.totals"),
        "views": words.VIEW_LABELS,
        "cut_headings": words.CUT_HEADINGS,
        "tabs": tabs(asked, offered, here=here),
        "printed_on": clock.clinic_today(queries.practice_time_zone()),
        "words": words,
    }
