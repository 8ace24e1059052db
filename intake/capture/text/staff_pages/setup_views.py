"""Pages of the texting set-up: checks, and a test text to the administrator's own phone."""

import uuid
from datetime import timedelta

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import clock, phone
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.capture.text.messages import delivery_sentence
from intake.capture.text.planning.wording import practice_name
from intake.capture.text.staff_pages.checks import carrier_checks, inbound_address, last_tests, own_checks
from intake.capture.text.staff_pages.tabs import PAUSES
from intake.config import current_settings
from intake.db import db
from intake.directory.patients import queries as directory
from intake.phone import NotAPhoneNumber
from intake.sms.carrier.gateway import TwilioGateway
from intake.sms.carrier.segments import in_gsm
from intake.sms.consent.consent import is_stopped
from intake.sms.consent.textable import why_not_textable
from intake.sms.models import TextPurpose
from intake.sms.queue import line
from intake.sms.queue.outbox import NewText, queue_text
from intake.web.http.route_guards import Pages
from intake.web.ops.doctor import Finding
from intake.web.ui.template_context import tell

bp = Pages("text_set_up", __name__)

BETWEEN_TESTS = timedelta(minutes=1)
TEST_LIVES = timedelta(days=1)


@bp.get("/texts/set-up", guard=roles("administrator"))
def check() -> str:
    """Show the checks. The carrier is asked by the page's script, or with `ask=1`, so that the page never waits."""
    settings = current_settings()
    asked = _ask_carrier() if request.args.get("ask") and settings.texting else None
    return _page(asked)


@bp.get("/texts/set-up/carrier", guard=roles("administrator"))
def carrier_part() -> str:
    """Show the carrier's checks alone."""
    return render_template("capture/text/_checks.html", checks=_ask_carrier() if current_settings().texting else [])


@bp.post("/texts/set-up/test", guard=roles("administrator"))
def send_test() -> Response | tuple[str, int]:
    """Queue a test text to the number that the administrator types, which is the consent. One a minute."""
    typed = request.form.get("phone", "").strip()[:40]
    problem = ""
    try:
        number = phone.to_e164(typed)
    except NotAPhoneNumber:
        number, problem = "", "That isn’t a telephone number. Ten digits do, such as 518 555 0142."
    if not problem:
        problem = _why_no_test(number)
    if problem:
        return _page(None, problem=problem, typed=typed), 422
    now = clock.now()
    outbox_id = queue_text(
        NewText(
            once_key=f"test:{uuid.uuid4()}",
            purpose=TextPurpose.TEST,
            phone_e164=number,
            body=in_gsm(f"{practice_name()}: this is a test text. Reply HELP to see that replies arrive too."),
            not_before=now,
            not_after=now + TEST_LIVES,
        )
    )
    audit_trail.record("text.tested", subject_kind="outbox_text", subject_id=outbox_id)
    db.session.commit()
    tell("The test text is queued. What becomes of it shows below.")
    return redirect(url_for("text_set_up.check", _anchor="test"), 303)


def _why_no_test(number: str) -> str:
    if not current_settings().texting:
        return "No carrier is set up yet, so nothing can leave."
    if special := why_not_textable(number):
        return special
    if is_stopped(number):
        return "This phone has said STOP. Text START from it first."
    latest = last_tests()
    if latest and clock.now() - latest[0].queued_at < BETWEEN_TESTS:
        return "A test text left less than a minute ago. Wait a moment for it."
    return ""


def _ask_carrier() -> list[Finding]:
    # Nothing of the database stays open while the carrier takes its time.
    db.session.rollback()
    settings = current_settings()
    return carrier_checks(TwilioGateway(settings).account_facts(), settings)


def _page(asked: list[Finding] | None, *, problem: str = "", typed: str = "") -> str:
    settings = current_settings()
    zone = directory.practice().time_zone
    tests = [(text, delivery_sentence(text, zone)) for text in last_tests()]
    return render_template(
        "capture/text/set_up.html",
        settings=settings,
        state=line.status(),
        pauses=PAUSES,
        own=own_checks(settings),
        asked=asked,
        inbound=inbound_address(settings),
        tests=tests,
        zone=zone,
        problem=problem,
        typed=typed,
    )
