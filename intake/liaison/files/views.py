"""The page that takes contacts and touchpoints in from files and gives all of them out again."""

from flask import Flask, Response, render_template

from intake.accounts.auth.guards import roles
from intake.directory.brought_files.plan import FILE_KINDS
from intake.directory.brought_files.records import recent_files
from intake.liaison.files.contact_files import CONTACT_COLUMNS, CONTACTS, contact_rows
from intake.liaison.files.touchpoint_files import TOUCHPOINT_COLUMNS, TOUCHPOINTS, touchpoint_rows
from intake.liaison.page.access import PEOPLE, staff_names
from intake.web.http.route_guards import Pages
from intake.web.ui.downloads import csv_response

bp = Pages("relationship_files", __name__)


def init_app(app: Flask) -> None:
    """Let files of contacts and of touchpoints be brought in."""
    FILE_KINDS.add(app, CONTACTS)
    FILE_KINDS.add(app, TOUCHPOINTS)


@bp.get("/relationships/files", endpoint="files", guard=roles(*PEOPLE))
def files() -> str:
    return render_template("liaison/files/files.html", lately=recent_files(CONTACTS.what, TOUCHPOINTS.what))


@bp.get("/relationships/files/contacts.csv", endpoint="contacts", guard=roles(*PEOPLE))
def contacts() -> Response:
    return csv_response("contacts", CONTACT_COLUMNS, contact_rows())


@bp.get("/relationships/files/touchpoints.csv", endpoint="touchpoints", guard=roles(*PEOPLE))
def touchpoints() -> Response:
    return csv_response("touchpoints", TOUCHPOINT_COLUMNS, touchpoint_rows(staff_names()))
