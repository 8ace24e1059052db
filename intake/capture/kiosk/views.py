"""The tablet's pages: welcome, question, thanks."""

from flask import Response, request, url_for

from intake import clock
from intake.accounts.auth.guards import kiosk_device, locked_device_too
from intake.accounts.current import current_device
from intake.accounts.tokens import hash_token
from intake.capture.models import Handover
from intake.capture.patient_flow import display_settings, pages, queries
from intake.capture.patient_flow.display_settings import Display
from intake.capture.patient_flow.handover import QUIET, QUIET_LONGER, AlreadyAnswered, practice_languages
from intake.capture.patient_flow.initials import initials
from intake.capture.patient_flow.links import issue_link, link_url
from intake.capture.patient_flow.pages import Door, onward, page
from intake.capture.patient_flow.queries import HeldVisit
from intake.capture.patient_flow.session import PatientSession
from intake.capture.patient_flow.text_input import InputRefused
from intake.capture.patient_flow.urgent_words import SpokeOfDanger
from intake.db import db
from intake.survey.recording.record_answer import SubmissionReused
from intake.web.http.route_guards import Pages, reads_only
from intake.web.ui.qr_code import qr_code

bp = Pages("kiosk", __name__)

# Tells the page's script that its answer wasn't taken in as it came.
OVER_HEADER = "X-Over"


@bp.get("/kiosk", guard=locked_device_too)
def here() -> Response:
    """Show what is due: welcome, an invitation to begin, the question, or thanks."""
    if current_device().locked_at is not None:
        return page("capture/kiosk/locked.html", waiting_display(), device=current_device())
    handover = queries.open_handover(current_device().id)
    if handover is None:
        return page("capture/kiosk/welcome.html", waiting_display(), device=current_device())
    display = _display(handover)
    patient_session = PatientSession(handover, display.language.code)
    if patient_session.answered_elsewhere and handover.begun_at is None:
        return page("capture/kiosk/welcome.html", waiting_display(), device=current_device())
    if patient_session.step is None:
        return page("capture/patient_flow/thanks.html", display, home_url=url_for("kiosk.here"))
    if handover.begun_at is None:
        letters = initials(handover.visit.patient)
        return page(
            "capture/kiosk/begin.html", display, door=_door(handover), initials=letters, patient_session=patient_session
        )
    return pages.question(patient_session, display, _door(handover))


@bp.post("/kiosk", guard=locked_device_too)
def change_display() -> Response:
    """Change language or size on a page without a question."""
    handover = queries.open_handover(current_device().id)
    display = _display(handover) if handover else waiting_display()
    return display_settings.remember(onward(url_for("kiosk.here")), display)


@bp.post("/kiosk/begin", guard=kiosk_device)
def begin() -> Response:
    """Record that the patient has taken the tablet."""
    handover = _open_handover()
    if handover is not None:
        handover.begun_at = handover.begun_at or clock.now()
        touch(handover)
        db.session.commit()
    return onward(url_for("kiosk.here"))


@bp.post("/kiosk/answer", guard=kiosk_device)
def answer() -> Response:
    held = _sent_handover(lock=True)
    if held is None:
        return onward(url_for("kiosk.here"))
    handover = held.handover
    if not held.is_open:
        return _over(handover)
    display = _display(handover)
    patient_session = PatientSession(handover, display.language.code, device_id=handover.device_id)
    touch(handover)
    if pages.only_shows(patient_session):
        db.session.commit()
        return pages.question(patient_session, display, _door(handover))
    try:
        patient_session.take(request.form)
    except InputRefused as problem:
        if patient_session.step is not None:
            return pages.question(patient_session, display, _door(handover), problem=problem)
        url = url_for("kiosk.here")
    except SubmissionReused:
        return onward(url_for("kiosk.here"))
    except SpokeOfDanger as said:
        # Whoever is alone with it there is looked for at once.
        current_device().called_at = clock.now()
        url = url_for("kiosk.urgent", danger=said.danger)
    else:
        url = url_for("kiosk.here")
    if patient_session.step is None:
        handover.ended_at = handover.ended_at or clock.now()
        url = url_for("kiosk.thanks")
    db.session.commit()
    return display_settings.remember(onward(url), display)


@bp.get("/kiosk/urgent/<danger>", guard=kiosk_device)
def urgent(danger: str) -> Response:
    """Say whom to tell and to call, before the question goes on."""
    handover = queries.open_handover(current_device().id)
    if handover is None:
        return onward(url_for("kiosk.here"))
    return pages.urgent(_display(handover), danger, home_url=url_for("kiosk.here"), at_desk=True, visit=handover.visit)


@bp.post("/kiosk/physicians")
@reads_only
@kiosk_device
def physicians() -> Response:
    """Return physicians that the typed words may mean."""
    handover = _open_handover()
    if handover is None:
        return Response(status=204)
    return pages.hits(_display(handover), handover.visit.location_id)


@bp.get("/kiosk/thanks", guard=kiosk_device)
def thanks() -> Response:
    """Thank the last patient, in their language; for a few minutes they may change their answer."""
    offered = practice_languages()
    display = display_settings.for_thanks(offered=offered, language=offered[0])
    last = queries.handover_just_ended(current_device().id)
    changeable = last is not None and owner_of(last) == display.owner and _session_of(last).may_be_changed
    return page(
        "capture/patient_flow/thanks.html",
        display,
        home_url=url_for("kiosk.here"),
        change_url=url_for("kiosk.change") if changeable else "",
        hidden={"handover": last.public_id} if last and changeable else {},
    )


@bp.post("/kiosk/change", guard=kiosk_device)
def change() -> Response:
    """Ask the patient anew who has just answered. What they chose before isn't shown: somebody else may stand there."""
    held = _sent_handover(lock=True)
    last = queries.handover_just_ended(current_device().id, visit_id=held.handover.visit_id) if held else None
    if held is None or last is None or last.id != held.handover.id or not _session_of(last).may_be_changed:
        return onward(url_for("kiosk.here"))
    last.ended_at = None
    _session_of(last).start_again()
    touch(last)
    db.session.commit()
    return display_settings.remember(onward(url_for("kiosk.here")), _display(last))


@bp.post("/kiosk/start-over", guard=kiosk_device)
def start_over() -> Response:
    """Start over. A visit that the desk handed over waits for its patient again."""
    handover = _open_handover()
    if handover is not None:
        if handover.handed_by_id is None:
            handover.ended_at = clock.now()
        else:
            PatientSession(handover, handover.ask.language).start_again()
            handover.begun_at, handover.active_until = None, None
        db.session.commit()
    return onward(url_for("kiosk.here"))


@bp.post("/kiosk/quiet", guard=kiosk_device)
def quiet() -> Response:
    """End the handover after a while without a touch; what was written on its page stays with the answer."""
    held = _sent_handover(lock=True)
    if held is not None and held.is_open:
        handover = held.handover
        try:
            _session_of(handover).keep_written(request.form)
        except SpokeOfDanger:
            # Whoever wrote it may sit there without moving.
            current_device().called_at = clock.now()
        except (InputRefused, SubmissionReused):
            # Nothing of it can be kept; their turn is over all the same.
            pass
        handover.ended_at = clock.now()
        db.session.commit()
    return onward(url_for("kiosk.here"))


@bp.post("/kiosk/still-here", guard=kiosk_device)
def still_here() -> Response:
    """Extend the handover while somebody reads or types."""
    handover = _open_handover()
    if handover is not None and handover.begun_at is not None:
        touch(handover)
        db.session.commit()
    return Response(status=204)


@bp.post("/kiosk/own-phone", guard=kiosk_device)
def own_phone() -> Response:
    """Show the question, as far as it is answered, as a QR code once, and free the tablet."""
    handover = _open_handover()
    if handover is None:
        return onward(url_for("kiosk.here"))
    display = _display(handover)
    try:
        token = issue_link(handover.visit, None, going_on=handover)
    except AlreadyAnswered:
        return onward(url_for("kiosk.thanks"))
    handover.ended_at = clock.now()
    db.session.commit()
    home, drawing = url_for("kiosk.here"), qr_code(link_url(token))
    return page("capture/patient_flow/own_phone.html", display, qr=drawing, home_url=home, on_tablet=True)


def _session_of(handover: Handover) -> PatientSession:
    return PatientSession(handover, handover.ask.language, device_id=handover.device_id)


def _over(handover: Handover) -> Response:
    """Answer a page whose handover is over: thanks if it was recorded, else the tablet's current page.

    What it says beyond that is taken in by one way only: the page's script seals it, and `kiosk_late` judges it.
    """
    if queries.has_answer(handover.ask_id, request.form.get("submission_id", "")):
        return onward(url_for("kiosk.thanks"))
    response = onward(url_for("kiosk.here"))
    response.headers[OVER_HEADER] = "1"
    return response


def _sent_handover(*, lock: bool = False) -> HeldVisit | None:
    """Return the handover that the page was about, over or not."""
    return queries.held_visit(current_device().id, request.form.get("handover", "")[:40], lock=lock)


def _open_handover() -> Handover | None:
    """Return the handover that the page was about, if it is still open."""
    held = _sent_handover()
    return held.handover if held is not None and held.is_open else None


def touch(handover: Handover) -> None:
    """Extend the handover by QUIET, or by QUIET_LONGER."""
    longer = request.form.get("text", "").strip() or _display(handover).size > display_settings.SIZES[0]
    handover.active_until = clock.now() + (QUIET_LONGER if longer else QUIET)


def _display(handover: Handover) -> Display:
    return display_settings.current(owner_of(handover), offered=practice_languages(), language=handover.ask.language)


def owner_of(handover: Handover) -> str:
    """Return the name under which this patient's display settings are kept in the tablet's cookie."""
    return f"h{hash_token(handover.public_id)[:16]}"


def waiting_display() -> Display:
    """Return the display settings of the waiting tablet."""
    offered = practice_languages()
    return display_settings.current(display_settings.WAITING, offered=offered, language=offered[0])


def _door(handover: Handover) -> Door:
    return Door(
        answer_url=url_for("kiosk.answer"),
        hits_url=url_for("kiosk.physicians"),
        start_over_url=url_for("kiosk.start_over"),
        own_phone_url=url_for("kiosk.own_phone"),
        quiet_url=url_for("kiosk.quiet"),
        hidden={"handover": handover.public_id},
    )
