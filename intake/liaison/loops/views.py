"""Pages of referrals: what is owed, one referral, and the steps that people note."""

from typing import Any

from flask import Flask, abort, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts import one_time_display
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff, holds
from intake.attribution.referrers.places import REFERRER_TABS, ReferrerTab
from intake.attribution.tables.pdf_writer import why_off
from intake.directory.name_keys import normal
from intake.directory.patients import queries as directory
from intake.liaison.letters.sheets import letter_sheets, pdf_response, refuse_without_pdf
from intake.liaison.letters.words import FAX, LETTER
from intake.liaison.loops import messages, queries, records
from intake.liaison.loops.models import EventKind
from intake.liaison.loops.office_views import SHOWN_ONCE, open_until
from intake.liaison.loops.owed import HOW, LABELS, LOOK_BACK, SENT, TOLD_LABELS, Owed, OwedNote, owed_note, owed_notes
from intake.liaison.loops.referrals import Referral, referral, referrals
from intake.liaison.loops.stages import FOLLOWS, Stage, may_go_back_to
from intake.liaison.loops.stages import LABELS as STAGES
from intake.liaison.page.edges import commit_and_go, paged
from intake.liaison.page.referrers import today
from intake.phone import national
from intake.web.http.route_guards import Pages
from intake.web.ui.formatting import say_long_date
from intake.web.ui.navigation import FRONT_DESK, LISTS, OFFERED, NavigationItem
from intake.web.ui.template_context import practice_name

bp = Pages("loops", __name__)
READERS = ("front_desk", "manager", "liaison", "administrator")
# Letters name patients.
WRITERS = ("front_desk", "manager")
NAMED_TO = ("front_desk", "manager", "administrator")
PER_PAGE = 50


def init_app(app: Flask) -> None:
    # Of the desk; whoever works on relationships has the tabs.
    desk = frozenset({FRONT_DESK})
    told = "What referring offices and patients who send others are owed"
    OFFERED.add(app, NavigationItem("loops.owed", "Letters", "envelope", desk, LISTS, told))
    REFERRER_TABS.add(app, ReferrerTab("loops.owed", "Owed", 60))
    REFERRER_TABS.add(app, ReferrerTab("letters.words", "Words", 90))


@bp.context_processor
def stage_words() -> dict[str, Any]:
    return {"stage_labels": STAGES}


@bp.get("/relationships/owed", guard=roles(*READERS))
def owed() -> str:
    """Show which referrers are owed word of their patients, the oldest first."""
    day = today()
    found = referrals(since=day - LOOK_BACK)
    notes = owed_notes(found, today=day)
    counts = {what: sum(note.what == what for note in notes) for what in Owed}
    wanted = request.args.get("what", "")
    listed = [note for note in notes if not wanted or note.what == wanted]
    here, page, pages = paged(listed, PER_PAGE)
    of = [note.referral for note in here]
    names = queries.people(of) if holds(*NAMED_TO) else {}
    audit_trail.record_reading("referrals.owed", referrals=len(here), names=bool(names))
    return render_template(
        "liaison/loops/owed.html",
        notes=here,
        counts=counts,
        wanted=wanted,
        page=page,
        pages=pages,
        total=len(notes),
        found=len(found),
        offices=queries.offices([each.physician_id for each in of]),
        names=names,
        sees_names=holds(*NAMED_TO),
        today=day,
        labels=LABELS,
        words=messages,
        may_write=holds(*WRITERS),
        pdf_off=why_off(),
        goes_on=bool(request.args.get("next")),
        sent=SENT,
        wished=queries.ways_wished([each.physician_id for each in of]),
        how=request.args.get("how") if request.args.get("how") in HOW else next(iter(HOW)),
    )


@bp.get("/relationships/referrals/<int:referral_id>", guard=roles(*READERS))
def one(referral_id: int) -> str:
    """Show one referral: its way so far, what its office was told, and what may come next."""
    return _page(referral(referral_id))


@bp.post("/relationships/referrals/<int:referral_id>/stage", guard=roles(*WRITERS))
def move(referral_id: int) -> Any:
    """Note the stage that the referral came to, or go back to an earlier one and say why."""
    found = referral(referral_id)
    try:
        stage = Stage(request.form.get("stage", ""))
        if request.form.get("back"):
            records.correct_stage(found, stage, request.form.get("why", ""), staff=current_staff())
        else:
            records.record_stage(found, stage, staff=current_staff())
    except records.NoReason:
        return _page(found, problem="Say in a few words why it goes back; it stands in the history."), 422
    except ValueError:
        now = STAGES[found.stage].lower()
        return _page(found, problem=f"It is at “{now}” now. Choose one of the steps below."), 422
    return commit_and_go(url_for("loops.one", referral_id=found.id), f"Noted: {STAGES[stage].lower()}.")


@bp.post("/relationships/referrals/<int:referral_id>/told", guard=roles(*WRITERS))
def told(referral_id: int) -> Any:
    """Note that the office was told, or that it wasn't after all."""
    found = referral(referral_id)
    what = request.form.get("what") or request.args.get("what", "")
    back = url_for("loops.one", referral_id=found.id)
    if what not in list(Owed):
        return _page(found, problem="Choose what they were told."), 422
    if request.args.get("undo"):
        records.take_back_told(found, Owed(what), staff=current_staff())
        return commit_and_go(back, "Noted: not told yet.")
    how = request.form.get("how", next(iter(HOW)))
    if how not in HOW:
        return _page(found, problem="Choose how they were told."), 422
    records.record_told(found, Owed(what), how, staff=current_staff())
    if request.form.get("list"):
        back = _list(how=how)
    undo = url_for("loops.told", referral_id=found.id, what=what, undo=1)
    return commit_and_go(back, f"{TOLD_LABELS[Owed(what)]}.", undo)


@bp.post("/relationships/referrals/<int:referral_id>/confirmed", guard=roles(*WRITERS))
def confirmed(referral_id: int) -> Response:
    """Note that this physician did send the patient, or that nobody is sure after all."""
    found = referral(referral_id)
    back = _list() if request.form.get("list") else url_for("loops.one", referral_id=found.id)
    if request.args.get("undo"):
        records.take_back_confirmed(found, staff=current_staff())
        return commit_and_go(back, "Noted: not confirmed that they sent them.")
    records.confirm(found, staff=current_staff())
    undo = url_for("loops.confirmed", referral_id=found.id, undo=1)
    return commit_and_go(back, "Confirmed: they did send them.", undo)


@bp.post("/relationships/referrals/<int:referral_id>/reference", guard=roles(*WRITERS))
def reference(referral_id: int) -> Any:
    """Note the referring office's own number for the patient."""
    found, number = referral(referral_id), request.form.get("reference", "").strip()
    if len(number) > records.LONGEST_REFERENCE:
        return _page(found, problem=f"A number has at most {records.LONGEST_REFERENCE} letters and digits."), 422
    # A liaison and the office's own page read it.
    if set(normal(number).split()) & {word for word in normal(queries.people([found])[found.id]).split() if word[2:]}:
        return _page(found, problem="Write the office’s own number, not the patient’s name."), 422
    records.record_reference(found, number, staff=current_staff())
    told = "Their number is noted." if number else "Their number is taken away."
    return commit_and_go(url_for("loops.one", referral_id=found.id), told)


@bp.get("/relationships/referrals/<int:referral_id>/letter.pdf", guard=roles(*WRITERS))
def letter(referral_id: int) -> Response:
    return _sheet(referral(referral_id), LETTER)


@bp.get("/relationships/referrals/<int:referral_id>/fax.pdf", guard=roles(*WRITERS))
def fax(referral_id: int) -> Response:
    return _sheet(referral(referral_id), FAX)


def _list(how: str | None = None) -> str:
    """The list as it was, its next line ready for Enter; sent the same way unless somebody says otherwise."""
    return url_for("loops.owed", next=1, what=request.form.get("only") or None, how=how)


def _page(found: Referral, *, problem: str = "") -> str:
    day = today()
    about: dict[str, Any] = {"subject_id": found.id, "location_id": found.location_id}
    audit_trail.record_reading("referral.read", subject_kind="physician_referral", **about)
    return render_template(
        "liaison/loops/referral.html",
        referral=found,
        office=queries.offices([found.physician_id])[found.physician_id],
        name=queries.people([found])[found.id] if holds(*NAMED_TO) else "",
        sees_names=holds(*NAMED_TO),
        location=directory.location(found.location_id, within=current_locations()),
        noted_by=queries.staff_names({each.recorded_by_id for each in found.events if each.recorded_by_id}),
        note=owed_note(found, today=day),
        follows=FOLLOWS[found.stage],
        back=may_go_back_to(found.stage),
        labels=LABELS,
        told_labels=TOLD_LABELS,
        ways=HOW,
        kinds=EventKind,
        problem=problem,
        today=day,
        words=messages,
        may_write=holds(*WRITERS),
        pdf_off=why_off(),
        office_address=one_time_display.take(SHOWN_ONCE, found.id),
        office_until=open_until(found.physician_id),
    )


def _sheet(found: Referral, words: Any) -> Response:
    if not found.is_sure:
        abort(409, messages.UNSURE)
    refuse_without_pdf()
    day = today()
    note = owed_note(found, today=day) or OwedNote(found, Owed.RESULT, found.since)
    office = queries.offices([found.physician_id])[found.physician_id]
    place = directory.location(found.location_id, within=current_locations())
    audit_trail.record_reading("referral.letter", subject_kind="physician_referral", subject_id=found.id)
    text = words.filled(
        {
            "today": say_long_date(day),
            "physician": office.name,
            "salutation": office.salutation,
            "office": "\n".join(filter(None, (office.practice, office.place))),
            "patient": queries.people([found])[found.id],
            "born": f"(born {say_long_date(born)})" if (born := queries.birth_date(found)) else "",
            "reference": f"(your number {found.reference})" if found.reference else "",
            "outcome": messages.outcome_sentence(found, note.what, place.name),
            "practice": practice_name(),
            "location": place.name,
            "address": ", ".join(filter(None, (place.city, place.state))),
            "phone": national(place.phone_e164) if place.phone_e164 else "",
        }
    )
    return pdf_response(letter_sheets(words.label, [text]), words.key.replace("_", "-"))
