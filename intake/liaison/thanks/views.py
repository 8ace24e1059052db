"""Pages of thanks: the list, letters, labels, and noting that somebody was thanked."""

from collections.abc import Iterable

from flask import Flask, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.attribution.costs.forms import read_cents
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.referrers.places import REFERRER_TABS, ReferrerTab
from intake.attribution.tables.pdf_writer import why_off
from intake.capture.answer_form.thanks_wishes import WISHES
from intake.db import db
from intake.directory.patients import queries as directory
from intake.id_filters import read_id
from intake.liaison.letters.sheets import label_sheets, letter_sheets, pdf_response, refuse_without_pdf
from intake.liaison.letters.words import THANKS, THANKS_NAMED
from intake.liaison.thanks.models import PatientThanks
from intake.liaison.thanks.queries import Thankworthy, thanks_list, thankworthy
from intake.liaison.thanks.texting import may_be_thanked_by_text, queue_thanks
from intake.liaison.thanks.tokens import TokenRefused, give_token
from intake.liaison.thanks.wording import listed, named_in_thanks
from intake.web.http.route_guards import Pages
from intake.web.ui.formatting import say_long_date
from intake.web.ui.template_context import practice_name, tell

bp = Pages("thanks", __name__)
WRITERS = ("front_desk", "manager")
HOW = ("letter", "text")
MOST_SHOWN = 100


def init_app(app: Flask) -> None:
    REFERRER_TABS.add(app, ReferrerTab("thanks.thanks", "Thanks", 65))


@bp.get("/relationships/thanks", guard=roles(*WRITERS))
def thanks() -> str:
    """Show who sent whom and is to be thanked, and how soon thanks went out."""
    found = thanks_list(location_ids=current_locations())
    audit_trail.record_reading("thanks.listed", patients=len(found.due))
    return render_template(
        "liaison/thanks/thanks.html",
        found=found,
        wishes=WISHES,
        shown=found.due[:MOST_SHOWN],
        gives_tokens=directory.practice().patient_tokens
        and bool({"manager"} & {r.name for r in current_staff().roles}),
        by_text={each.patient.id for each in found.due[:MOST_SHOWN] if may_be_thanked_by_text(each.patient)},
        zone=practice_time_zone(),
        pdf_off=why_off(),
        goes_on=bool(request.args.get("next")),
    )


@bp.post("/relationships/thanks/<int:patient_id>", guard=roles(*WRITERS))
def thanked(patient_id: int) -> Response:
    """Note that this patient was thanked for those whom the page listed."""
    _check_known_here(patient_id)
    due, how = thankworthy(patient_id, location_ids=current_locations()), request.form.get("how", "letter")
    seen = {read_id(each) for each in request.form.getlist("visit")}
    if how == "text" and due is not None:
        if not (request.form.get("agreed") and may_be_thanked_by_text(due.patient)):
            tell("Ask them first whether a text of thanks is fine, and tick that they agreed.", kind="problem")
            return redirect(url_for("thanks.thanks"), 303)
        place = directory.visit(due.sent[0].visit_id, within=current_locations()).location
        queue_thanks(due, place, staff=current_staff())
    rows = [
        PatientThanks(
            visit_id=each.visit_id,
            referring_patient_id=patient_id,
            how=how if how in HOW else "letter",
            thanked_at=clock.now(),
            thanked_by_id=current_staff().id,
        )
        for each in (due.sent if due else ())
        if each.visit_id in seen
    ]
    if rows:
        db.session.add_all(rows)
        audit_trail.record("patient.thanked", subject_kind="patient", subject_id=patient_id, visits=len(rows))
        db.session.commit()
        # A text can't be called back.
        undo = None if how == "text" else url_for("thanks.not_thanked", patient_id=patient_id)
        tell("Noted as thanked: {patient}.", undo=undo, names={"patient": ("patients", patient_id)})
    return redirect(url_for("thanks.thanks", next=1), 303)


@bp.post("/relationships/thanks/<int:patient_id>/undo", guard=roles(*WRITERS))
def not_thanked(patient_id: int) -> Response:
    """Take back what was noted last about this patient."""
    _check_known_here(patient_id)
    query = select(PatientThanks).where(
        PatientThanks.referring_patient_id == patient_id,
        PatientThanks.undone_at.is_(None),
        PatientThanks.how != "text",
        PatientThanks.thanked_by_id == current_staff().id,
    )
    rows = list(db.session.scalars(query))
    last = max((each.thanked_at for each in rows), default=None)
    for each in rows:
        if each.thanked_at == last:
            each.undone_at = clock.now()
    if rows:
        audit_trail.record("patient.not_thanked", subject_kind="patient", subject_id=patient_id)
        db.session.commit()
    return redirect(url_for("thanks.thanks"), 303)


@bp.post("/relationships/thanks/<int:patient_id>/token", guard=roles("manager"))
def token(patient_id: int) -> Response:
    """Keep that this patient is given a token, if the practice gives any and the caps allow it."""
    _check_known_here(patient_id)
    today = clock.clinic_today(practice_time_zone())
    try:
        cents = read_cents(request.form.get("dollars", "")) or 0
        give_token(patient_id, request.form.get("what", ""), cents, day=today, staff=current_staff())
    except TokenRefused as refused:
        db.session.rollback()
        tell(str(refused), kind="problem")
    else:
        db.session.commit()
        tell("The token is noted.")
    return redirect(url_for("thanks.thanks"), 303)


@bp.get("/relationships/thanks/<int:patient_id>/letter.pdf", guard=roles(*WRITERS))
def letter(patient_id: int) -> Response:
    _check_known_here(patient_id)
    due = thankworthy(patient_id, location_ids=current_locations())
    return _letters([due] if due else [])


@bp.get("/relationships/thanks/letters.pdf", guard=roles(*WRITERS))
def letters() -> Response:
    """Return a letter to everybody on the list, which doesn't tell by its day who came when."""
    return _letters(thanks_list(location_ids=current_locations()).due)


@bp.get("/relationships/thanks/labels.pdf", guard=roles(*WRITERS))
def labels() -> Response:
    """Return labels for cards: the name, and lines for the address, which stands in the practice's own system."""
    due = thanks_list(location_ids=current_locations()).due
    if not due:
        return _nobody()
    refuse_without_pdf()
    audit_trail.record_reading("thanks.printed", patients=len(due))
    lines = "_" * 30
    return pdf_response(label_sheets("Labels", ((_name(each), lines, lines) for each in due)), "labels")


def _check_known_here(patient_id: int) -> None:
    """Abort with 404 unless they have a visit, or sent somebody, at one of this person's locations."""
    if thankworthy(patient_id, location_ids=current_locations()) is None:
        directory.patient(patient_id, within=current_locations())


def _letters(due: Iterable[Thankworthy]) -> Response:
    people = list(due)
    if not people:
        return _nobody()
    refuse_without_pdf()
    audit_trail.record_reading("thanks.printed", patients=len(people))
    return pdf_response(letter_sheets("Thank you", map(_letter, people)), "thanks")


def _letter(due: Thankworthy) -> str:
    names = named_in_thanks(due.sent)
    today = say_long_date(clock.clinic_today(practice_time_zone()))
    values = {"today": today, "name": _name(due), "practice": practice_name(), "friend": listed(names)}
    return (THANKS_NAMED if names else THANKS).filled(values)


def _name(due: Thankworthy) -> str:
    return f"{due.patient.first_name} {due.patient.last_name}".strip()


def _nobody() -> Response:
    tell("Nobody waits for thanks.", kind="info")
    return redirect(url_for("thanks.thanks"), 303)
