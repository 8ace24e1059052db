"""The page that takes contacts and touchpoints in from files and gives all of them out again."""

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.db import db
from intake.liaison.files.contact_files import CONTACT_COLUMNS, contact_rows, import_contacts
from intake.liaison.files.file_rows import FileRead
from intake.liaison.files.touchpoint_files import TOUCHPOINT_COLUMNS, import_touchpoints, touchpoint_rows
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
    if what not in ("contacts", "touchpoints") or not file or not file.filename or len(content) > MOST_BYTES:
        told = "Choose a file of at most ten megabytes, and what is in it."
        return _page(FileRead(wrong=[told]), what), 422
    staff = current_staff()
    if what == "contacts":
        read = import_contacts(content, by_id=staff.id)
    else:
        read = import_touchpoints(content, location_ids=current_locations())
    if read.added or read.changed:
        audit_trail.record("relationships.imported", what=what, added=read.added, changed=read.changed)
    db.session.commit()
    if read.wrong or read.unknown or read.notes:
        return _page(read, what), 422 if read.wrong else 200
    tell(summary(read, what))
    return redirect(url_for("relationship_files.files"), 303)


@bp.get("/relationships/files/contacts.csv", endpoint="contacts", guard=roles(*PEOPLE))
def contacts() -> Response:
    return csv_response("contacts", CONTACT_COLUMNS, contact_rows())


@bp.get("/relationships/files/touchpoints.csv", endpoint="touchpoints", guard=roles(*PEOPLE))
def touchpoints() -> Response:
    return csv_response("touchpoints", TOUCHPOINT_COLUMNS, touchpoint_rows(staff_names()))


def summary(read: FileRead, what: str) -> str:
    """'1 contact added; 2 changed; 3 were there already.'"""
    told = [f"{read.added:,} {what[:-1] if read.added == 1 else what} added"]
    told += [f"{read.changed:,} changed"] if read.changed else []
    told += [f"{read.known:,} {'was' if read.known == 1 else 'were'} there already"] if read.known else []
    return "; ".join(told) + "."


def _page(read: FileRead | None = None, what: str = "") -> str:
    told = summary(read, what) if read and what else ""
    return render_template("liaison/files/files.html", read=read, most=MOST_TOLD, what=what, summary=told)
