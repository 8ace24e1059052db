"""Pages of thanks: the list, letters, labels, and noting that somebody was thanked."""

from collections.abc import Sequence
from typing import Any

from flask import Flask, redirect, render_template, request, url_for
from sqlalchemy import select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff, holds
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.referrers.places import REFERRER_TABS, ReferrerTab
from intake.attribution.tables.pdf_writer import why_off
from intake.capture.answer_form.thanks_wishes import WISHES
from intake.db import db
from intake.directory.patients import queries as directory
from intake.id_filters import read_id
from intake.liaison.letters.sheets import label_sheets, letter_sheets, pdf_response, refuse_without_pdf
from intake.liaison.letters.words import THANKS, THANKS_NAMED
from intake.liaison.page.referrers import today
from intake.liaison.thanks.models import PatientThanks
from intake.liaison.thanks.queries import Thankworthy, listed, named_in_thanks, thanks_list, thankworthy
from intake.liaison.thanks.texting import may_be_thanked_by_text, queue_thanks
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
        sees_tokens=holds("manager"),
        by_text={each.patient.id for each in found.due[:MOST_SHOWN] if may_be_thanked_by_text(each.patient)},
        zone=practice_time_zone(),
        pdf_off=why_off(),
        goes_on=bool(request.args.get("next")),
    )


@bp.post("/relationships/thanks/<int:patient_id>", guard=roles(*WRITERS))
def thanked(patient_id: int) -> Any:
    """Note that this patient was thanked for those whom the page listed."""
    due, how = _known_here(patient_id), request.form.get("how", "letter")
    seen = {read_id(each) for each in request.form.getlist("visit")}
    sent = [each for each in (due.sent if due else ()) if each.visit_id in seen]
    if how == "text" and due is not None:
        if not (request.form.get("agreed") and may_be_thanked_by_text(due.patient)):
            tell("Ask them first whether a text of thanks is fine, and tick that they agreed.", kind="problem")
            return redirect(url_for("thanks.thanks"), 303)
        place = directory.visit(due.sent[0].visit_id, within=current_locations()).location
        queue_thanks(due, place, staff=current_staff())
    for each in sent:
        row = PatientThanks(visit_id=each.visit_id, referring_patient_id=patient_id, thanked_at=clock.now())
        row.how, row.thanked_by_id = how if how in HOW else "letter", current_staff().id
        db.session.add(row)
    if sent:
        audit_trail.record("patient.thanked", subject_kind="patient", subject_id=patient_id, visits=len(sent))
        db.session.commit()
        # A text can't be called back.
        undo = None if how == "text" else url_for("thanks.not_thanked", patient_id=patient_id)
        tell("Noted as thanked: {patient}.", undo=undo, names={"patient": ("patients", patient_id)})
    return redirect(url_for("thanks.thanks", next=1), 303)


@bp.post("/relationships/thanks/<int:patient_id>/undo", guard=roles(*WRITERS))
def not_thanked(patient_id: int) -> Any:
    """Take back what was noted last about this patient."""
    _known_here(patient_id)
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


@bp.get("/relationships/thanks/<int:patient_id>/letter.pdf", guard=roles(*WRITERS))
def letter(patient_id: int) -> Any:
    due = _known_here(patient_id)
    return _printed("thanks", [due] if due else [])


@bp.get("/relationships/thanks/letters.pdf", guard=roles(*WRITERS))
def letters() -> Any:
    """Return a letter to everybody whom the page lists, which doesn't tell by its day who came when."""
    return _printed("thanks", thanks_list(location_ids=current_locations()).due[:MOST_SHOWN])


@bp.get("/relationships/thanks/labels.pdf", guard=roles(*WRITERS))
def labels() -> Any:
    """Return labels for cards: the name, and lines for the address, which stands in the practice's own system."""
    return _printed("labels", thanks_list(location_ids=current_locations()).due[:MOST_SHOWN])


def _known_here(patient_id: int) -> Thankworthy | None:
    """What they are to be thanked for; 404 unless they have a visit, or sent somebody, at the reader's locations."""
    found = thankworthy(patient_id, location_ids=current_locations())
    if found is None:
        directory.patient(patient_id, within=current_locations())
    return found


def _printed(name: str, due: Sequence[Thankworthy]) -> Any:
    if not due:
        tell("Nobody waits for thanks.", kind="info")
        return redirect(url_for("thanks.thanks"), 303)
    refuse_without_pdf()
    audit_trail.record_reading("thanks.printed", patients=len(due))
    if name == "labels":
        return pdf_response(label_sheets("Labels", ((_name(each), "_" * 30, "_" * 30) for each in due)), name)
    return pdf_response(letter_sheets("Thank you", map(_letter, due)), name)


def _letter(due: Thankworthy) -> str:
    names = named_in_thanks(due.sent)
    values = {"today": say_long_date(today()), "name": _name(due), "practice": practice_name(), "friend": listed(names)}
    return (THANKS_NAMED if names else THANKS).filled(values)


def _name(due: Thankworthy) -> str:
    return f"{due.patient.first_name} {due.patient.last_name}".strip()
