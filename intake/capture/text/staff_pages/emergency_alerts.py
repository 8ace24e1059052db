"""Alerts of emergency texts: on every desk page until opened, and by mail without content."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from flask import Flask, abort, redirect, render_template, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.wrappers import Response

from intake import clock, log
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.accounts.models import Role, RoleName, Staff
from intake.capture.text.staff_pages.inbox import patient_name, with_patients
from intake.capture.text.staff_pages.tabs import waiting_texts
from intake.config import Settings
from intake.db import db
from intake.directory.models import Practice, Visit
from intake.sms.models import UNOPENED, EmergencyMail, InboundText
from intake.survey.text_kind.emergencies import Danger, danger_in
from intake.web.http.route_guards import Pages
from intake.web.ops import mailing
from intake.web.ui.template_context import ALERTS
from intake.web.wall.location_wall import whole_practice

bp = Pages("text_emergencies", __name__)

# One that nobody opened for this long is the managers' to hear of.
MANAGERS_AFTER = timedelta(minutes=10)
# What has lain for longer is found in the inbox; a mail would come too late to help.
MAILED_WITHIN = timedelta(hours=12)
MOST_SHOWN = 20
# Before the second try, the third and so on; the last one repeats.
BACKOFF_MINUTES = (1, 2, 5, 15, 30, 60)
# The connection broke after the mail was on its way: it may have been taken.
UNCERTAIN = "uncertain"


WHERE = {"kiosk": "Words on a tablet", "link": "Words on a personal link"}
TOLD = {Danger.MEDICAL: "911", Danger.SELF_HARM: "988 or 911"}


def init_app(app: Flask) -> None:
    ALERTS.add(app, alert_bar)


@dataclass(frozen=True)
class Emergency:
    """What may be an emergency. Without a name: from a number that is on no chart, or on several."""

    id: int
    at: datetime
    name: str
    phone_e164: str
    time_zone: str
    where: str
    # Whom they were told to call.
    told: str


@whole_practice()
def unopened(*, within: Collection[int]) -> list[Emergency]:
    """Unopened emergencies of these locations and of unknown numbers, the newest first."""
    rows = db.session.execute(
        with_patients(InboundText)
        .where(UNOPENED, InboundText.visit_id.is_(None) | Visit.location_id.in_(within))
        .order_by(InboundText.id.desc())
        .limit(MOST_SHOWN)
    ).all()
    zone = db.session.scalar(select(Practice.time_zone)) or "UTC" if rows else ""
    return [
        Emergency(
            text.id,
            text.received_at,
            patient_name(*names),
            text.from_e164,
            at or zone,
            WHERE.get(text.channel, "A text"),
            TOLD[danger_in(text.body) or Danger.MEDICAL],
        )
        for text, *names, at in rows
    ]


def alert_bar(endpoint: str) -> Markup | None:
    """What stands above every page of those who read patients' words; the desk's own renews itself."""
    if endpoint == "desk.arrivals" or not waiting_texts():
        return None
    found = unopened(within=current_locations())
    return Markup(render_template("capture/text/_emergencies.html", emergencies=found))  # noqa: S704 - escaped there


@bp.post("/texts/emergencies/<int:emergency_id>/open", guard=roles("front_desk", "manager"))
def open_one(emergency_id: int) -> Response:
    """Open an emergency: the alert leaves every desk, the text stays on top of the inbox until it is done."""
    inbound = _emergency(emergency_id, within=current_locations())
    if inbound.opened_at is None:
        inbound.opened_at = clock.now()
        audit_trail.record("text.emergency_opened", subject_kind="inbound_text", subject_id=emergency_id)
        db.session.commit()
    if inbound.visit_id is None:
        return redirect(url_for("text_replies.replies"), 303)
    return redirect(url_for("desk_texting.conversation", visit_id=inbound.visit_id), 303)


def mail_alerts(settings: Settings) -> int:
    """Mail what is due: at once to whom the settings name, after ten minutes to the managers. Commits; how many left.

    Each address has a row of its own: what the server refuses for now is tried again after a pause that grows, for as
    long as nobody has opened the emergency. A worker that is killed while it mails may mail twice, never not at all.
    """
    if not settings.mailing:
        return 0
    now = clock.now()
    lately = InboundText.received_at > now - MAILED_WITHIN
    named = [address.strip() for address in settings.emergency_mail_to.split(",") if address.strip()]
    if named:
        for inbound in _due(InboundText.mailed_at, lately):
            inbound.mailed_at = now
            _add_mails(inbound, named)
    for inbound in _due(InboundText.alerted_at, lately & (InboundText.received_at < now - MANAGERS_AFTER)):
        inbound.alerted_at = now
        _add_mails(inbound, _managers_of(inbound))
    db.session.commit()
    tried: list[int] = []
    sent = 0
    while (mail := _next_mail(lately, tried)) is not None:
        tried.append(mail.id)
        sent += _send(mail, settings)
    return sent


def refused_addresses(since: datetime) -> list[str]:
    """Addresses of which the mail server has refused a mail about an emergency for good since then, in order."""
    refused = select(EmergencyMail.address).where(
        EmergencyMail.queued_at >= since,
        EmergencyMail.due_at.is_(None),
        EmergencyMail.sent_at.is_(None),
        EmergencyMail.problem != UNCERTAIN,
    )
    return list(db.session.scalars(refused.distinct().order_by(EmergencyMail.address)))


def _due(noted: InstrumentedAttribute[datetime | None], when: ColumnElement[bool]) -> list[InboundText]:
    found = select(InboundText).where(UNOPENED, noted.is_(None), when).order_by(InboundText.id).limit(MOST_SHOWN)
    return list(db.session.scalars(found.with_for_update(skip_locked=True)))


def _add_mails(inbound: InboundText, addresses: list[str]) -> None:
    now = clock.now()
    db.session.add_all(
        EmergencyMail(inbound_id=inbound.id, address=address, queued_at=now, due_at=now) for address in addresses
    )


def _next_mail(lately: ColumnElement[bool], tried: list[int]) -> EmergencyMail | None:
    return db.session.scalars(
        select(EmergencyMail)
        .join(InboundText, InboundText.id == EmergencyMail.inbound_id)
        .where(EmergencyMail.due_at <= clock.now(), EmergencyMail.id.not_in(tried), UNOPENED, lately)
        .order_by(EmergencyMail.due_at, EmergencyMail.id)
        .limit(1)
        .with_for_update(of=EmergencyMail, skip_locked=True)
    ).one_or_none()


def _send(mail: EmergencyMail, settings: Settings) -> int:
    mail_id, inbound_id, message = mail.id, mail.inbound_id, _written(mail.address, settings)
    pause = timedelta(minutes=BACKOFF_MINUTES[min(mail.tries, len(BACKOFF_MINUTES) - 1)])
    mail.tries += 1
    mail.due_at = clock.now() + pause
    # No transaction stays open while the server is asked.
    db.session.commit()
    problem, again = None, False
    try:
        mailing.send(message, settings)
    except mailing.Refused as refused:
        problem, again = refused.word, refused.again
    except mailing.Uncertain:
        problem = UNCERTAIN
    mail = db.session.get_one(EmergencyMail, mail_id)
    mail.problem = problem
    if problem is None:
        mail.sent_at = clock.now()
    else:
        log.logger().error("emergency_mail_failed", inbound=inbound_id, word=problem, again=again)
    if not again:
        mail.due_at = None
    db.session.commit()
    return int(problem is None)


def _written(address: str, settings: Settings) -> EmailMessage:
    """Return the mail: that there is an emergency, without its words or names."""
    message = EmailMessage()
    message["Subject"] = "A patient’s words may be an emergency"
    message["From"] = settings.mail_from
    message["To"] = address
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "Somebody may have told of an emergency. They were told to call 911, and the office’s number.\n"
        f"Nobody has opened it yet: {settings.public_url}/desk\n"
    )
    return message


def _managers_of(inbound: InboundText) -> list[str]:
    """Managers who may see the text: of its location, or all where it belongs to none."""
    at = db.session.scalar(select(Visit.location_id).where(Visit.id == inbound.visit_id)) if inbound.visit_id else None
    managers = db.session.scalars(
        select(Staff).where(Staff.active, Staff.roles.any(Role.name == RoleName.MANAGER)).order_by(Staff.id)
    )
    return [
        staff.email
        for staff in managers
        if at is None or staff.all_locations or at in {location.id for location in staff.locations}
    ]


@whole_practice()
def _emergency(inbound_id: int, *, within: Collection[int]) -> InboundText:
    """An emergency at these locations, or a 404."""
    inbound = db.session.get(InboundText, inbound_id)
    if inbound is None or inbound.outcome != "emergency":
        abort(404)
    at = db.session.scalar(select(Visit.location_id).where(Visit.id == inbound.visit_id))
    return inbound if inbound.visit_id is None or at in within else abort(404)
