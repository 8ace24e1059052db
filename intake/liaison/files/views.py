"""The page that takes contacts and touchpoints in from CSV files and gives all of them out again."""

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.db import db
from intake.liaison.files import contacts_and_touchpoints as rows
from intake.liaison.files.contacts_and_touchpoints import FileRead
from intake.liaison.page.access import IN_CHARGE, PEOPLE, staff_names
from intake.web.http.route_guards import Pages
from intake.web.ui.downloads import csv_response
from intake.web.ui.template_context import tell

bp = Pages("relationship_files", __name__)

MOST_BYTES = 10_000_000
MOST_TOLD = 50


@bp.get("/relationships/files", endpoint="files", guard=roles(*PEOPLE))
def files() -> str:
    return _page()


@bp.post("/relationships/files", endpoint="take_in", guard=roles(*IN_CHARGE))
def take_in() -> AnyResponse | tuple[str, int]:
    """Take a file's rows over, and say row by row why one isn't."""
    what = request.form.get("what", "")
    file = request.files.get("file")
    content = file.read(MOST_BYTES + 1) if file else b""
    if what not in ("contacts", "touchpoints") or not content or len(content) > MOST_BYTES:
        told = "Choose a CSV file of at most ten megabytes, and what is in it."
        return _page(FileRead(wrong=[told]), what), 422
    staff = current_staff()
    if what == "contacts":
        read = rows.import_contacts(content, by_id=staff.id)
    else:
        read = rows.import_touchpoints(content, location_ids=current_locations())
    if read.added:
        audit_trail.record("relationships.imported", what=what, added=read.added)
    db.session.commit()
    if read.wrong or read.unknown:
        return _page(read, what), 422 if read.wrong else 200
    tell(f"{read.added:,} {what} added" + (f"; {read.known:,} were there already." if read.known else "."))
    return redirect(url_for("relationship_files.files"), 303)


@bp.get("/relationships/files/contacts.csv", endpoint="contacts", guard=roles(*PEOPLE))
def contacts() -> Response:
    return csv_response("contacts", rows.CONTACT_COLUMNS, rows.contact_rows())


@bp.get("/relationships/files/touchpoints.csv", endpoint="touchpoints", guard=roles(*PEOPLE))
def touchpoints() -> Response:
    return csv_response("touchpoints", rows.TOUCHPOINT_COLUMNS, rows.touchpoint_rows(staff_names()))


def _page(read: FileRead | None = None, what: str = "") -> str:
    return render_template("liaison/files/files.html", read=read, most=MOST_TOLD, what=what)
