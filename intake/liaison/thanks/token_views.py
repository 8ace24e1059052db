"""The ledger of tokens: what patients were given this year, giving one, taking a mistyped one back, the year's file."""

from collections.abc import Iterable
from typing import Any

from flask import Response, redirect, render_template, request, url_for

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.attribution.costs.forms import read_cents
from intake.directory.merging.merge import Kind, read_as_one
from intake.directory.patients import queries as directory
from intake.directory.patients.records import search_patients
from intake.id_filters import read_id
from intake.liaison.gifts.messages import dollars
from intake.liaison.page.access import staff_names
from intake.liaison.page.edges import commit_and_go, paged
from intake.liaison.page.referrers import today
from intake.liaison.thanks.tokens import TokenRefused, give_token, take_back, tokens_of_year
from intake.web.http.route_guards import Pages, reads_only
from intake.web.ui.downloads import csv_response
from intake.web.ui.template_context import tell

bp = Pages("tokens", __name__)
GIVERS = ("manager",)
ROWS_A_PAGE = 50
HEADER = ("Day", "Patient", "Chart number", "What", "Dollars", "Given by")


@bp.get("/relationships/thanks/tokens", guard=roles(*GIVERS))
def tokens() -> str:
    """Show the tokens of this year, the newest first."""
    return _page("")


@bp.post("/relationships/thanks/tokens/find", guard=roles(*GIVERS))
@reads_only
def find() -> str:
    """Find the patient whom a token is for; by POST, since names must not be in an address."""
    return _page(request.form.get("q", "").strip())


@bp.get("/relationships/thanks/tokens.csv", endpoint="csv", guard=roles(*GIVERS))
def year_file() -> Response:
    found, staff, year = tokens_of_year(today(), location_ids=current_locations()), staff_names(), today().year
    audit_trail.record_reading("tokens.exported", year=year, tokens=len(found))

    def rows() -> Iterable[tuple[Any, ...]]:
        for row, patient, _ in found:
            name = f"{patient.first_name} {patient.last_name}".strip()
            by = staff.get(row.given_by_id or 0, "")
            yield row.given_on.isoformat(), name, patient.mrn, row.what, f"{row.cents / 100:.2f}", by

    return csv_response(f"tokens-{year}", HEADER, rows())


@bp.post("/relationships/thanks/<int:patient_id>/token", guard=roles(*GIVERS))
def give(patient_id: int) -> Any:
    """Keep that this patient is given a token, if the practice gives any and the caps allow it."""
    if not directory.visits_of_charts(read_as_one(Kind.PATIENTS, patient_id), within=current_locations()):
        raise directory.NoSuchPatient
    try:
        cents = read_cents(request.form.get("dollars", "")) or 0
        give_token(patient_id, request.form.get("what", ""), cents, day=today(), staff=current_staff())
    except TokenRefused as refused:
        tell(str(refused), kind="problem")
        return redirect(url_for("tokens.tokens"), 303)
    return commit_and_go(url_for("tokens.tokens"), "The token is noted.")


@bp.post("/relationships/thanks/tokens/back", guard=roles(*GIVERS))
def back() -> Any:
    """Take back a token that was not given, or mistyped, so that it no longer counts for the year."""
    wanted = read_id(request.form.get("token", ""))
    found = tokens_of_year(today(), location_ids=current_locations())
    token = next((row for row, _, _ in found if row.id == wanted), None)
    if token is None:
        tell("That token isn’t listed any more.", kind="info")
        return redirect(url_for("tokens.tokens"), 303)
    told = f"Taken back: {dollars(token.cents)} count for nobody now."
    take_back(token)
    return commit_and_go(url_for("tokens.tokens"), told)


def _page(text: str) -> str:
    found = tokens_of_year(today(), location_ids=current_locations())
    shown, page, pages = paged(found, ROWS_A_PAGE)
    hits = search_patients(text, within=current_locations()) if text else []
    audit_trail.record_reading("tokens.listed", tokens=len(shown), found=len(hits))
    return render_template(
        "liaison/thanks/tokens.html",
        shown=shown,
        count=len(found),
        total=sum(row.cents for row, _, _ in found),
        page=page,
        pages=pages,
        year=today().year,
        text=text,
        hits=hits,
        on=directory.practice().patient_tokens,
        people=staff_names(),
        dollars=dollars,
    )
