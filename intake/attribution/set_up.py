"""Set-up: everything that is opened now and then, and for administrators what is missing or needs somebody."""

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, redirect, render_template, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_staff
from intake.accounts.models import KioskDevice, Role, RoleName, Staff
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.saved.models import DigestSend, SendState
from intake.attribution.tables import pdf_writer
from intake.capture.desk.queries import has_answers, is_anybody_listed
from intake.config import Settings
from intake.db import db
from intake.directory.models import Location, Physician, Visit
from intake.sms.queue import line
from intake.web.http.route_guards import Pages
from intake.web.ui.formatting import say_long_date
from intake.web.ui.navigation import set_up_groups
from intake.web.wall.location_wall import whole_practice

bp = Pages("set_up", __name__)

TABLET_SILENT = timedelta(days=7)
SCHEDULE_SILENT = timedelta(days=7)


@dataclass(frozen=True)
class SetupCheck:
    """One thing to know. state: good, missing (not set up), wrong (needs somebody)."""

    state: str
    title: str
    told: str
    address: str
    act: str


@bp.get("/set-up", endpoint="set_up", guard=roles("manager", "administrator"))
def set_up_page() -> str:
    held = {role.name for role in current_staff().roles}
    checks = [*_people(), *_places(), *_machines(), *_carriers()] if RoleName.ADMINISTRATOR in held else []
    order = {"wrong": 0, "missing": 1, "good": 2}
    checks.sort(key=lambda check: order[check.state])
    counts = {state: sum(1 for check in checks if check.state == state) for state in order}
    # The steps lead to the desk, which not everybody who administers may open.
    begun = not checks or not held & {RoleName.FRONT_DESK, RoleName.MANAGER} or has_answers()
    return render_template(
        "attribution/overview/set_up.html",
        checks=checks,
        counts=counts,
        listed=is_anybody_listed(),
        begun=begun,
        groups=set_up_groups(),
    )


@bp.get("/start", endpoint="start", guard=roles("manager", "administrator"))
def checklist() -> Response:
    """Lead from where the checklist stood before."""
    return redirect(url_for("set_up.set_up"), 301)


def _people() -> list[SetupCheck]:
    found = []
    for role, what in ((RoleName.FRONT_DESK, "the front desk"), (RoleName.MANAGER, "reports")):
        query = select(func.count()).select_from(Staff).join(Staff.roles).where(Staff.active, Role.name == role)
        count = db.session.scalar(query) or 0
        told = f"{count:,} {'person' if count == 1 else 'people'}" if count else f"Nobody has been let in to {what}."
        title = f"People for {what}"
        found.append(SetupCheck("good" if count else "missing", title, told, url_for("accounts.people"), "People"))
    return found


@whole_practice()
def _places() -> list[SetupCheck]:
    places = db.session.scalar(select(func.count()).select_from(Location).where(Location.active)) or 0
    told = f"{places:,} open" if places else "No location is open."
    checks = [
        SetupCheck("good" if places else "missing", "Locations", told, url_for("directory.locations"), "Locations")
    ]
    last = db.session.scalar(select(func.max(Visit.visit_date)).where(Visit.appointment_id.is_not(None)))
    today = clock.clinic_today(practice_time_zone())
    if last is None:
        state, told = "missing", "No schedule has been loaded yet."
    elif today - last > SCHEDULE_SILENT:
        state, told = "wrong", f"The newest appointment is of {say_long_date(last)}. Load a newer schedule."
    else:
        state, told = "good", f"Appointments are known up to {say_long_date(last)}."
    checks.append(SetupCheck(state, "Schedule", told, url_for("schedule.upload_page"), "Schedule"))
    known = db.session.scalar(select(Physician.id).limit(1))
    told = "Loaded." if known else "Nobody can be found by name yet. Load your state from the NPI registry."
    address = url_for("directory.physicians")
    checks.append(SetupCheck("good" if known else "missing", "Physicians", told, address, "Physicians"))
    return checks


def _machines() -> list[SetupCheck]:
    tablets = list(db.session.scalars(select(KioskDevice).where(KioskDevice.revoked_at.is_(None))))
    paired = [tablet for tablet in tablets if tablet.paired_at]
    silent = [tablet for tablet in paired if tablet.last_seen_at and clock.now() - tablet.last_seen_at > TABLET_SILENT]
    if silent:
        state, told = "wrong", f"Not seen for a week: {', '.join(tablet.name for tablet in silent)}."
    elif paired:
        state, told = "good", f"{len(paired):,} paired."
    else:
        state, told = "missing", "None is paired. The desk and personal links work without."
    return [SetupCheck(state, "Tablets", told, url_for("accounts.tablets"), "Tablets")]


def _carriers() -> list[SetupCheck]:
    settings: Settings = current_app.config["SETTINGS"]
    emails = url_for("digests.digests")
    failed = db.session.scalar(
        select(func.count()).where(DigestSend.state.in_((SendState.FAILED, SendState.UNCERTAIN)))
    )
    if not settings.mailing:
        mail = SetupCheck("missing", "E-mail", "No mail server is set, so reports aren't mailed.", emails, "E-mails")
    elif failed:
        mail = SetupCheck("wrong", "E-mail", f"{failed:,} failed or uncertain.", emails, "E-mails")
    else:
        mail = SetupCheck("good", "E-mail", "A mail server is set, and nothing has failed.", emails, "E-mails")
    reports = url_for("reports.totals")
    off = pdf_writer.why_off()
    pdf = SetupCheck(
        "missing" if off else "good", "PDF", f"{off}." if off else "Reports can be printed.", reports, "Reports"
    )
    checks = [mail, pdf]
    if settings.texting and not line.worker_lives():
        told = "The worker isn't running, so no text leaves. Start it: flask worker."
        checks.append(SetupCheck("wrong", "Texting", told, url_for("text_overview.texts"), "Texts"))
    return checks
