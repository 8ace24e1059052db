"""The report that the request at hand asks for, within what its reader may see."""

from typing import Any

from flask import abort, current_app, request

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import only_for
from intake.accounts.current import current_locations
from intake.attribution.filters import queries
from intake.attribution.filters.access import READERS_OF_NAMES, sees_names
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.registry import DIMENSIONS
from intake.attribution.filters.request import NotAReport, ReportRequest, read_request, request_of
from intake.attribution.page.scope import ReportScope, asked_of, preset_links, today_at
from intake.attribution.page.tabs import tabs
from intake.attribution.totals import messages
from intake.web.http.url_converters import single_values

# Where a request is kept beside the address that it was read from.
HERE = "intake.report_request"
OF_A_DIMENSION = ("reports.totals", "reports.rows")


def request_here() -> ReportRequest:
    """Return the request that the address makes, read once; 404 for values that there aren't."""
    if HERE not in request.environ:
        model = request_of(current_app.view_functions[request.endpoint or ""])
        assert model is not None, request.endpoint
        try:
            put_here(read_request(model, single_values(request.args)))
        except NotAReport:
            abort(404)
    return request.environ[HERE]


def put_here(asked: ReportRequest) -> None:
    """Make the page from a request that was read and judged before."""
    request.environ[HERE] = asked


def asked_here() -> ReportScope:
    """Return the report that the address asks for; 403 for one of names that the reader may not see."""
    locations = tuple(queries.locations(within=current_locations()))
    if request_here().needs_names and not sees_names():
        abort(403, only_for(READERS_OF_NAMES))
    return asked_of(request_here(), locations=locations, today=today_at(locations, queries.practice_time_zone()))


def offered_dimensions() -> list[Dimension]:
    return [each for each in DIMENSIONS if not each.names_patients or sees_names()]


def note_names(by: Dimension, action: str, lines: int) -> None:
    """Keeps that names of patients were read, when the dimension shows any."""
    if by.names_patients:
        audit_trail.record_reading(action, lines=lines)


def choices(asked: ReportScope, *, page: str = "") -> dict[str, Any]:
    """What the frame of every report page offers; `page` is its endpoint, where the request has another."""
    page = page or request.endpoint or ""
    here = "" if page in OF_A_DIMENSION else page
    offered = [each for each in offered_dimensions() if not (asked.leaving and each.names_patients)]
    return {
        "endpoint": here or "reports.totals",
        "presets": preset_links(asked, here or "reports.totals"),
        "views": messages.VIEW_LABELS,
        "tabs": tabs(asked, offered, here=here),
        "printed_on": clock.clinic_today(queries.practice_time_zone()),
        "words": messages,
    }
