"""Files of report pages: PDF, Excel and CSV of whatever page an address leads to, exactly as it is filtered."""

from flask import Blueprint, Flask, abort, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.auth.guards import roles
from intake.accounts.current import current_staff
from intake.attribution.exports.books import BOOKS
from intake.attribution.exports.suppressed_books import BOOKS as FOR_OTHERS
from intake.attribution.filters.access import READERS
from intake.attribution.page.opening import LONGEST_ADDRESS, NotAReport, Opened, find, opened
from intake.attribution.page.report_page import request_here
from intake.attribution.suppression.suppressed_counts import NotForOthers
from intake.attribution.tables.csv_writer import csv_of
from intake.attribution.tables.pdf_writer import as_pdf, printed, why_off
from intake.attribution.tables.workbook import TooManyRows, Workbook, workbook_response
from intake.web.ui.downloads import file_name

bp = Blueprint("taking", __name__)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(taking_links=links, pdf_is_off=why_off)


@bp.get("/reports/file.pdf", endpoint="pdf")
@roles(*READERS)
def pdf_file() -> Response:
    if reason := why_off():
        abort(503, reason)
    try:
        page = printed(_page(), current_staff())
    except NotAReport:
        abort(404)
    response = Response(as_pdf(page), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name("intake-" + page.title)}.pdf"'
    return response


@bp.get("/reports/file.xlsx", endpoint="xlsx")
@roles(*READERS)
def xlsx_file() -> Response:
    book = _book()
    try:
        return workbook_response(f"intake-{book.title}", book)
    except TooManyRows:
        abort(400, "These are more rows than an Excel file should hold. Take the CSV file, or fewer days.")


@bp.get("/reports/file.csv", endpoint="csv")
@roles(*READERS)
def csv_file() -> Response:
    book = _book()
    response = Response(b"".join(csv_of(book)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name("intake-" + book.title)}.csv"'
    return response


def links() -> dict[str, str]:
    """Addresses of the files of the page that is being shown, and of the page for others where there is one."""
    here = request.full_path.rstrip("?")
    found = {form: url_for(f"taking.{form}", of=here) for form in ("pdf", "xlsx", "csv")}
    if len(here) > LONGEST_ADDRESS:
        # Too long to be made into a file, and the page is shown all the same.
        return found
    if request.endpoint in FOR_OTHERS and not (asked := request_here()).leaving and not asked.names_patients:
        found["for_others"] = asked.changed(leaving=True).after(request.path)
    return found


def _page() -> Opened:
    """The page that a file is asked of. Raises NotAReport."""
    return find(request.args.get("of", ""))


def _book() -> Workbook:
    try:
        with opened(_page(), current_staff()) as page:
            books = FOR_OTHERS if page.request.leaving else BOOKS
            if page.endpoint not in books:
                abort(404)
            book = books[page.endpoint](**page.values)
            # Rows are read while the page is open.
            for sheet in book.sheets:
                sheet.rows = list(sheet.rows)
            return book
    except NotAReport:
        abort(404)
    except NotForOthers as refused:
        abort(400, str(refused))
