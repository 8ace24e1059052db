"""Pages of referrals: what is owed, one referral, and the steps that people note."""

from typing import Any

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts import one_time_display
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.accounts.models import RoleName
from intake.attribution.filters.dimensions.sources import source_name
from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.attribution.filters.periods import add_months
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.referrers.places import REFERRER_TABS, ReferrerTab
from intake.attribution.tables.pdf_writer import why_off
from intake.db import db
from intake.directory.patients import queries as directory
from intake.id_filters import read_id
from intake.liaison.letters.sheets import letter_sheets, pdf_response, refuse_without_pdf
from intake.liaison.letters.words import FAX, LETTER
from intake.liaison.loops import messages, queries, records
from intake.liaison.loops.funnel import funnel, funnels
from intake.liaison.loops.models import EventKind
from intake.liaison.loops.office_links import open_until
from intake.liaison.loops.office_views import SHOWN_ONCE
from intake.liaison.loops.owed import LABELS, LOOK_BACK, TOLD_LABELS, Owed, OwedNote, owed_note, owed_notes
from intake.liaison.loops.referrals import Referral, referral, referrals
from intake.liaison.loops.stages import FOLLOWS, MoveNotAllowed, Stage, may_go_back_to
from intake.liaison.loops.stages import LABELS as STAGES
from intake.phone import national
from intake.web.http.route_guards import Pages
from intake.web.ui.formatting import say_long_date
from intake.web.ui.navigation import FRONT_DESK, LISTS, NavigationItem, offer_in_navigation
from intake.web.ui.template_context import practice_name, tell

bp = Pages("loops", __name__)
READERS = ("front_desk", "manager", "liaison", "administrator")
# Letters name patients.
WRITERS = ("front_desk", "manager")
NAMED_TO = frozenset({RoleName.FRONT_DESK, RoleName.MANAGER, RoleName.ADMINISTRATOR})
PER_PAGE = 50
MONTHS = (3, 6, 12)
CHART_ALONE = "The chart alone"


def init_app(app: Flask) -> None:
    # Of the desk; whoever works on relationships has the tabs.
    desk = frozenset({FRONT_DESK})
    told = "What referring offices and patients who send others are owed"
    offer_in_navigation(app, NavigationItem("loops.owed", "Letters", "envelope", desk, LISTS, told))
    REFERRER_TABS.add(app, ReferrerTab("loops.owed", "Owed", 60))
    REFERRER_TABS.add(app, ReferrerTab("loops.how_far", "How far they come", 70))
    REFERRER_TABS.add(app, ReferrerTab("letters.words", "Words", 90))


@bp.context_processor
def stage_words() -> dict[str, Any]:
    return {"stage_labels": STAGES}


@bp.get("/relationships/owed", guard=roles(*READERS))
def owed() -> str:
    """Show which referrers are owed word of their patients, the oldest first."""
    today, lists = clock.clinic_today(practice_time_zone()), lists_as_of_now()
    found = referrals(since=today - LOOK_BACK, until=today, location_ids=current_locations(), lists=lists)
    notes = owed_notes(found, today=today)
    counts = {what: sum(note.what == what for note in notes) for what in Owed}
    wanted = request.args.get("what", "")
    listed = [note for note in notes if not wanted or note.what == wanted]
    pages = max(1, -(-len(listed) // PER_PAGE))
    page = min(max(read_id(request.args.get("page", "")) or 1, 1), pages)
    here = listed[(page - 1) * PER_PAGE : page * PER_PAGE]
    of = [note.referral for note in here]
    names = queries.people(of) if _sees_names() else {}
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
        sees_names=_sees_names(),
        today=today,
        labels=LABELS,
        words=messages,
        may_write=_may_write(),
        pdf_off=why_off(),
        goes_on=bool(request.args.get("next")),
    )


@bp.get("/relationships/referrals/<int:referral_id>", guard=roles(*READERS))
def one(referral_id: int) -> str:
    """Show one referral: its way so far, what its office was told, and what may come next."""
    return _page(_found(referral_id))


@bp.post("/relationships/referrals/<int:referral_id>/stage", guard=roles(*WRITERS))
def move(referral_id: int) -> Response | tuple[str, int]:
    """Note the stage that the referral came to, or go back to an earlier one and say why."""
    found, back = _found(referral_id), bool(request.form.get("back"))
    try:
        stage = Stage(request.form.get("stage", ""))
        if back:
            records.correct_stage(found, stage, request.form.get("why", ""), staff=current_staff())
        else:
            records.record_stage(found, stage, staff=current_staff())
    except records.NoReason:
        db.session.rollback()
        return _page(found, problem="Say in a few words why it goes back; it stands in the history."), 422
    except (MoveNotAllowed, ValueError):
        db.session.rollback()
        now = STAGES[found.stage].lower()
        return _page(found, problem=f"It is at “{now}” now. Choose one of the steps below."), 422
    db.session.commit()
    tell(f"Noted: {STAGES[stage].lower()}.")
    return redirect(url_for("loops.one", referral_id=found.id), 303)


@bp.post("/relationships/referrals/<int:referral_id>/told", guard=roles(*WRITERS))
def told(referral_id: int) -> Response | tuple[str, int]:
    """Note that the office was told, or that it wasn't after all."""
    found = _found(referral_id)
    what = request.form.get("what") or request.args.get("what", "")
    if what not in list(Owed):
        return _page(found, problem="Choose what they were told."), 422
    if request.args.get("undo"):
        records.take_back_told(found, Owed(what), staff=current_staff())
        db.session.commit()
        return redirect(url_for("loops.one", referral_id=found.id), 303)
    records.record_told(found, Owed(what), request.form.get("how", "letter"), staff=current_staff())
    db.session.commit()
    undo = url_for("loops.told", referral_id=found.id, what=what, undo=1)
    tell(f"{TOLD_LABELS[Owed(what)]}.", undo=undo)
    if request.form.get("list"):
        return redirect(url_for("loops.owed", next=1, what=request.form.get("only") or None), 303)
    return redirect(url_for("loops.one", referral_id=found.id), 303)


@bp.post("/relationships/referrals/<int:referral_id>/reference", guard=roles(*WRITERS))
def reference(referral_id: int) -> Response | tuple[str, int]:
    """Note the referring office's own number for the patient."""
    found, number = _found(referral_id), request.form.get("reference", "").strip()
    if len(number) > records.LONGEST_REFERENCE:
        return _page(found, problem=f"A number has at most {records.LONGEST_REFERENCE} letters and digits."), 422
    records.record_reference(found, number, staff=current_staff())
    db.session.commit()
    tell("Their number is noted." if number else "Their number is taken away.")
    return redirect(url_for("loops.one", referral_id=found.id), 303)


@bp.get("/relationships/referrals/<int:referral_id>/letter.pdf", guard=roles(*WRITERS))
def letter(referral_id: int) -> Response:
    return _sheet(_found(referral_id), LETTER)


@bp.get("/relationships/referrals/<int:referral_id>/fax.pdf", guard=roles(*WRITERS))
def fax(referral_id: int) -> Response:
    return _sheet(_found(referral_id), FAX)


@bp.get("/relationships/funnel", guard=roles("manager", "liaison", "administrator"))
def how_far() -> str:
    """Show how far the referrals of these months came, by physician and by how they were named."""
    today, lists = clock.clinic_today(practice_time_zone()), lists_as_of_now()
    months = read_id(request.args.get("months", "")) or MONTHS[-1]
    months = months if months in MONTHS else MONTHS[-1]
    since = add_months(today, -months)
    found = referrals(since=since, until=today, location_ids=current_locations(), lists=lists)
    by_physician = dict(list(funnels(found, lambda each: each.physician_id).items())[:PER_PAGE])
    return render_template(
        "liaison/loops/funnel.html",
        whole=funnel(found),
        months=months,
        offered=MONTHS,
        since=since,
        by_physician=by_physician,
        by_source={_source(key, lists): each for key, each in funnels(found, lambda each: each.source_id).items()},
        offices=queries.offices(by_physician),
        words=messages,
    )


def _source(source_id: int | None, lists: Lists) -> str:
    return CHART_ALONE if source_id is None else source_name(lists, source_id).label


def _sees_names() -> bool:
    return bool(NAMED_TO & {role.name for role in current_staff().roles})


def _may_write() -> bool:
    return bool(set(WRITERS) & {role.name for role in current_staff().roles})


def _found(referral_id: int) -> Referral:
    return referral(referral_id, within=current_locations(), lists=lists_as_of_now())


def _page(found: Referral, *, problem: str = "") -> str:
    today = clock.clinic_today(practice_time_zone())
    facts: dict[str, Any] = {
        "subject_kind": "physician_referral",
        "subject_id": found.id,
        "location_id": found.location_id,
    }
    audit_trail.record_reading("referral.read", **facts)
    return render_template(
        "liaison/loops/referral.html",
        referral=found,
        office=queries.offices([found.physician_id])[found.physician_id],
        name=queries.people([found])[found.id] if _sees_names() else "",
        sees_names=_sees_names(),
        location=directory.location(found.location_id, within=current_locations()),
        noted_by=queries.staff_names({each.recorded_by_id for each in found.events if each.recorded_by_id}),
        note=owed_note(found, today=today),
        follows=FOLLOWS[found.stage],
        back=may_go_back_to(found.stage),
        labels=LABELS,
        told_labels=TOLD_LABELS,
        kinds=EventKind,
        problem=problem,
        today=today,
        words=messages,
        may_write=_may_write(),
        pdf_off=why_off(),
        office_address=one_time_display.take(SHOWN_ONCE, found.id),
        office_until=open_until(found.physician_id),
    )


def _sheet(found: Referral, words: Any) -> Response:
    refuse_without_pdf()
    today = clock.clinic_today(practice_time_zone())
    note = owed_note(found, today=today) or OwedNote(found, Owed.RESULT, found.since)
    office = queries.offices([found.physician_id])[found.physician_id]
    place = directory.location(found.location_id, within=current_locations())
    audit_trail.record_reading("referral.letter", subject_kind="physician_referral", subject_id=found.id)
    text = words.filled(
        {
            "today": say_long_date(today),
            "physician": office.name,
            "office": "\n".join(filter(None, (office.practice, office.place))),
            "patient": queries.people([found])[found.id],
            "reference": f"(your number {found.reference})" if found.reference else "",
            "outcome": messages.outcome_sentence(found, note.what, place.name),
            "practice": practice_name(),
            "location": place.name,
            "phone": national(place.phone_e164) if place.phone_e164 else "",
        }
    )
    return pdf_response(letter_sheets(words.label, [text]), words.key.replace("_", "-"))
