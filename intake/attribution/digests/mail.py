"""The e-mail of a report: its period, its coverage, the PDF, and how to stop it; nobody's name."""

from datetime import date, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from intake import clock
from intake.accounts.models import Staff
from intake.attribution.digests import disclosure
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.calendar import week_begins
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period, add_months, week_start
from intake.attribution.filters.queries import Coverage
from intake.attribution.filters.request import TotalsRequest
from intake.attribution.page.opening import find
from intake.attribution.saved import records
from intake.attribution.saved.models import Digest, DigestSend, Rhythm
from intake.attribution.tables import pdf_writer
from intake.attribution.totals.messages import coverage_sentence, say_period
from intake.attribution.totals.sums import sums_on
from intake.config import Settings
from intake.db import db, reading
from intake.directory.models import Location
from intake.web.ui.template_context import practice_name

SALT = "digest unsubscribe"


class NamesPatients(Exception):
    """A patient's name stands in the report, so it doesn't leave."""


class NoLongerWanted(Exception):
    """The recipient may not open the view any more, or nobody wants it."""


def message(send_id: int, settings: Settings) -> tuple[EmailMessage, bool]:
    """Return the mail and whether it has a PDF. Raises NoLongerWanted and NamesPatients; aborts as the page would."""
    with reading():
        row = db.session.get_one(DigestSend, send_id)
        digest = row.digest
        recipient, view, period = digest.staff, digest.saved_view, period_named(row.period)
        if digest.ended_at or view.deleted_at or not recipient.active:
            raise NoLongerWanted
        page = find(view.address).over(period)
        if not records.may_be_sent(page, recipient):
            raise NoLongerWanted
        pdf = None
        if not pdf_writer.why_off():
            printed = pdf_writer.printed(page, recipient)
            if disclosure.names_patients(printed, period):
                raise NamesPatients
            pdf = pdf_writer.as_pdf(printed)
        basis = page.request.basis if isinstance(page.request, TotalsRequest) else Basis.VISIT
        said = coverage_sentence(_coverage(recipient, period, basis), period, basis)
        if page.request.leaving:
            # Who passes the mail on passes its words on, too.
            said = f"Figures for others, small ones hidden: {say_period(period)}."
        return _written(row, said, pdf, settings), pdf is not None


def _coverage(recipient: Staff, period: Period, basis: Basis) -> Coverage:
    ids = [place.id for place in recipient.locations]
    if recipient.all_locations:
        ids = list(db.session.scalars(select(Location.id)))
    return sums_on(basis, location_ids=ids, lists=lists_as_of_now()).coverage(period)


def _written(row: DigestSend, said: str, pdf: bytes | None, settings: Settings) -> EmailMessage:
    """Nothing in it says who a patient or a physician is: the view's own name is typed by people and stays out."""
    practice, digest, period = practice_name(), row.digest, period_named(row.period)
    every = "Weekly" if digest.rhythm == Rhythm.WEEKLY else "Monthly"
    stop = f"{settings.public_url}/mail/stop/{token_of(digest)}"
    attached = (
        "The report is attached as PDF." if pdf else "The report is behind the link; this server can't make PDF files."
    )
    message = EmailMessage()
    message["Subject"] = f"{every} report of {practice}: {say_period(period)}"
    message["From"] = settings.mail_from
    message["To"] = digest.staff.email
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2] or "localhost")
    message["List-Unsubscribe"] = f"<{stop}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"{said}\n\n{attached}\n"
        f"Open it: {settings.public_url}/reports/saved/{digest.saved_view_id}\n\n"
        f"You get this because somebody at {practice} chose it for you in Intake.\n"
        f"To stop it: {stop}\n"
    )
    if pdf:
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"report-{row.period}.pdf")
    return message


def period_named(name: str) -> Period:
    """Return the days of '2026-W47', the practice's week in which that Monday lies, or of '2026-10'."""
    if "W" in name:
        year, week = name.split("-W")
        first = week_start(date.fromisocalendar(int(year), int(week), 1), week_begins())
        return Period(first, first + timedelta(days=6))
    first = date.fromisoformat(f"{name}-01")
    return Period(first, add_months(first, 1) - timedelta(days=1))


def token_of(digest: Digest) -> str:
    """Return the part of the link that ends this digest without signing in."""
    return str(_signer().dumps(digest.id))


def digest_by_token(token: str) -> Digest | None:
    try:
        digest_id = _signer().loads(token)
    except BadSignature:
        return None
    return db.session.get(Digest, digest_id) if isinstance(digest_id, int) else None


def _signer() -> URLSafeSerializer:
    # It signs with the last of a list and takes any of it.
    return URLSafeSerializer(list(current_app.config["SETTINGS"].secret_keys[::-1]), salt=SALT)
