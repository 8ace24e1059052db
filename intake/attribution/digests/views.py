"""The page of e-mails, and the link in each of them that ends it."""

from typing import Any

from flask import Flask, abort, current_app, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from intake.accounts.auth.guards import roles
from intake.accounts.current import current_staff
from intake.accounts.models import RoleName, Staff
from intake.accounts.staff.records import may_manage
from intake.attribution.digests import sending
from intake.attribution.digests.mail import digest_by_token, period_named
from intake.attribution.filters.access import READERS
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.page.opening import find
from intake.attribution.saved import records
from intake.attribution.saved.forms import RHYTHMS, DigestForm
from intake.attribution.saved.models import Digest, DigestSend, Rhythm, SendState
from intake.attribution.tables import pdf_writer
from intake.attribution.totals.messages import say_period
from intake.chores import CHORES, every
from intake.db import db
from intake.once_a_look import once_a_look
from intake.web.http.csrf import csrf
from intake.web.http.route_guards import Pages, public
from intake.web.ui.template_context import tell

bp = Pages("digests", __name__)

CHORE_SECONDS = 20.0
STATE_LABELS = {
    SendState.WAITING: "Waiting",
    SendState.SENDING: "Being sent",
    SendState.SENT: "Sent",
    SendState.FAILED: "Failed",
    SendState.UNCERTAIN: "Uncertain",
}
PROBLEMS = {
    "unreachable": "the mail server can't be reached",
    "not_encrypted": "the mail server offers no encrypted connection that can be trusted",
    "sign_in_refused": "the mail server refused our user or password",
    "sender_refused": "the mail server refused our sender address",
    "recipient_refused": "the mail server refused this address",
    "mail_refused": "the mail server refused the mail",
    "connection_lost": "the connection broke while it was on its way; it may have arrived",
    "worker_ended": "the worker ended while it was on its way; it may have arrived",
    "missed": "nobody sent it when it was due: no worker was running",
    "may_not_open": "this person may not open the view any more, or it was deleted",
    "names_patients": "the name of a patient stands in it, perhaps in that of a source, so it was not sent",
    "could_not_be_made": "the report could not be made",
}


def init_app(app: Flask) -> None:
    # The worker looks up to twice a second, and mail isn't urgent.
    CHORES.add(app, every(CHORE_SECONDS, sending.work))


@bp.get("/reports/e-mails", endpoint="digests", guard=roles(*READERS))
def digest_page() -> str:
    # Somebody who chose to mail a page comes here with the view that it was saved as.
    return _page(_form(formdata=None, saved_view_id=request.args.get("view", type=int)))


@bp.post("/reports/e-mails", endpoint="start", guard=roles(*READERS))
def start_digest() -> Response | tuple[str, int]:
    form = _form()
    if not form.validate_on_submit():
        return _page(form), 422
    by = current_staff()
    view = records.saved_view(form.saved_view_id.data, reader=by) or abort(404)
    recipient = db.session.get_one(Staff, form.staff_id.data)
    try:
        sending.start_digest(view=view, recipient=recipient, rhythm=Rhythm(form.rhythm.data), by=by)
    except sending.DigestRefused as refused:
        form.saved_view_id.errors = [str(refused)]
        return _page(form), 422
    db.session.commit()
    tell(f"{recipient.name} gets “{view.name}”: {RHYTHMS[Rhythm(form.rhythm.data)].lower()}.")
    return redirect(url_for("digests.digests"), 303)


@bp.post("/reports/e-mails/stop", endpoint="stop", guard=roles(*READERS))
def stop_digest() -> Response:
    digest = db.session.get(Digest, request.form.get("digest", 0, type=int))
    if digest is not None and digest.staff_id in _in_reach():
        sending.stop_digest(digest)
        db.session.commit()
        tell("Stopped. Nothing more is sent.")
    return redirect(url_for("digests.digests"), 303)


@bp.post("/reports/e-mails/again", endpoint="again", guard=roles("manager", "administrator"))
def send_again() -> Response:
    row = db.session.get(DigestSend, request.form.get("send", 0, type=int))
    reached = row is not None and row.digest.staff_id in _in_reach()
    if row is not None and reached and row.state in (SendState.FAILED, SendState.UNCERTAIN):
        sending.send_again(row)
        db.session.commit()
        tell("It is sent again within a minute.")
    return redirect(url_for("digests.digests"), 303)


@bp.get("/mail/stop/<token>", endpoint="ask_stop")
@public("the link in an e-mail, signed; whoever got the mail may end it")
def ask_stop(token: str) -> str:
    # Mail programs open links by themselves, so opening one ends nothing.
    digest = digest_by_token(token) or abort(404)
    return render_template("attribution/digests/stop_mail.html", token=token, ended=digest.ended_at is not None)


@bp.post("/mail/stop/<token>", endpoint="unsubscribe")
@csrf.exempt
@public("one click in a mail program ends the e-mail: RFC 8058; the token is signed")
def unsubscribe(token: str) -> str:
    digest = digest_by_token(token) or abort(404)
    sending.stop_digest(digest, how="unsubscribed")
    db.session.commit()
    return render_template("attribution/digests/stop_mail.html", token=token, ended=True)


def _form(**values: Any) -> DigestForm:
    form = DigestForm(**values)
    reader = current_staff()
    views = [view for view in records.saved_views(reader) if not find(view.address).request.names_patients]
    form.saved_view_id.choices = [SelectChoice(view.id, view.name) for view in views]
    form.staff_id.choices = [
        SelectChoice(each.id, f"{each.name}, {each.email}")
        for each in _in_reach().values()
        if each.active and {role.name for role in each.roles} & set(READERS)
    ]
    form.rhythm.choices = [SelectChoice(str(rhythm), label) for rhythm, label in RHYTHMS.items()]
    return form


def _page(form: DigestForm) -> str:
    reached = _in_reach()
    return render_template(
        "attribution/digests/digests.html",
        form=form,
        standing=sending.active_digests(of=reached),
        history=sending.history(of=reached),
        in_charge=_is_in_charge(),
        mailing=current_app.config["SETTINGS"].mailing,
        pdf_off=pdf_writer.why_off(),
        rhythms=RHYTHMS,
        states=STATE_LABELS,
        problems=PROBLEMS,
        zone=practice_time_zone(),
        say=say_period,
        period_named=period_named,
    )


def _is_in_charge() -> bool:
    return bool({RoleName.MANAGER, RoleName.ADMINISTRATOR} & {role.name for role in current_staff().roles})


def _in_reach() -> dict[int, Staff]:
    """Return by id whose e-mails the reader looks after: their own; in charge, those of who works where they do."""
    reader = current_staff()
    if not _is_in_charge():
        return {reader.id: reader}
    return once_a_look("digests_in_reach", reader.id, lambda: _managed_by(reader))


def _managed_by(reader: Staff) -> dict[int, Staff]:
    query = select(Staff).options(selectinload(Staff.roles), selectinload(Staff.locations)).order_by(Staff.name)
    return {each.id: each for each in db.session.scalars(query) if may_manage(reader, each)}
