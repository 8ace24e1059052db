"""Files of report pages: PDF, Excel and CSV of the page that an address leads to, exactly as it is filtered."""

from collections.abc import Callable

from flask import Flask, abort, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.auth.guards import roles
from intake.accounts.current import current_staff
from intake.attribution.exports.books import EXPORTS, marked
from intake.attribution.filters.access import READERS
from intake.attribution.filters.request import InsideRequest
from intake.attribution.page.opening import LONGEST_ADDRESS, NotAReport, OpenedPage, find, opened
from intake.attribution.page.report_page import request_here
from intake.attribution.suppression.suppressed import NotForOthers
from intake.attribution.tables import csv_writer, xlsx_writer
from intake.attribution.tables.pdf_writer import as_pdf, printed, why_off
from intake.attribution.tables.table import ReportTables
from intake.web.http.route_guards import Pages
from intake.web.ui.downloads import file_name

bp = Pages("taking", __name__)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(taking_links=links, pdf_is_off=why_off)


@bp.get("/reports/file.pdf", endpoint="pdf", guard=roles(*READERS, fresh=True))
def pdf_file() -> Response:
    if reason := why_off():
        abort(503, reason)
    try:
        page = printed(_page(), current_staff())
    except NotAReport:
        abort(404)
    return _download(as_pdf(page), page.title, "pdf", "application/pdf")


@bp.get("/reports/file.xlsx", endpoint="xlsx", guard=roles(*READERS, fresh=True))
def xlsx_file() -> Response:
    try:
        return _file(xlsx_writer.xlsx_file, "xlsx", xlsx_writer.MIME_TYPE)
    except xlsx_writer.TooManyRows:
        abort(400, "These are more rows than an Excel file should hold. Take the CSV file, or fewer days.")


@bp.get("/reports/file.csv", endpoint="csv", guard=roles(*READERS, fresh=True))
def csv_file() -> Response:
    return _file(csv_writer.csv_file, "csv", "text/csv")


def links() -> dict[str, str]:
    """Return where this page is kept, mailed and made into files, and its edition for others where there is one."""
    here = request.full_path.rstrip("?")
    found = {form: url_for(f"taking.{form}", of=here) for form in ("pdf", "xlsx", "csv")}
    if len(here) > LONGEST_ADDRESS:
        # Too long to be made into a file, and the page is shown all the same.
        return found
    found["save"] = url_for("saved_views.new", of=here)
    if request.endpoint in EXPORTS and not (asked := request_here()).names_patients:
        found["mail"] = url_for("saved_views.new", of=here, mail="yes")
        if not (asked.leaving or isinstance(asked, InsideRequest)):
            found["for_others"] = asked.changed(leaving=True).after(request.path)
    return found


def _page() -> OpenedPage:
    """Return the page that a file is asked of. Raises NotAReport."""
    return find(request.args.get("of", ""))


def _file(write: Callable[[ReportTables], bytes], extension: str, mime_type: str) -> Response:
    """Return the tables of the page, or of its edition for others, as one file."""
    try:
        # Rows are read while the page is open.
        with opened(_page(), current_staff()) as page:
            export = EXPORTS[page.endpoint]
            leaving = page.request.leaving
            book = marked(export.for_others(**page.values)) if leaving else export.full(**page.values)
            made = write(book)
    except NotAReport:
        abort(404)
    except NotForOthers as refused:
        abort(400, str(refused))
    return _download(made, book.file_title, extension, mime_type)


def _download(made: bytes, title: str, extension: str, mime_type: str) -> Response:
    response = Response(made, mimetype=mime_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(f"intake-{title}")}.{extension}"'
    return response
