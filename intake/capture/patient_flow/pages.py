"""Pages that patients see, the same on a tablet and on their own phone."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Flask, Response, make_response, redirect, render_template, request, url_for

from intake.accounts.audit import audit_trail
from intake.capture.patient_flow import display_settings, queries
from intake.capture.patient_flow.display_settings import Display
from intake.capture.patient_flow.session import SAME, SEARCH, PatientSession
from intake.capture.patient_flow.steps import StepKind
from intake.capture.patient_flow.text_input import InputRefused
from intake.directory.models import Visit
from intake.directory.npi.doctors_in_languages import kind_in
from intake.directory.physician_search.search import PhysicianHit, far_ahead, search_physicians
from intake.sms.queue.line_answers import office_phone
from intake.survey.text_kind.emergencies import Danger
from intake.web.http.errors import SENTENCES

TEMPLATES = {
    StepKind.SOURCES: "capture/patient_flow/sources.html",
    StepKind.BELOW: "capture/patient_flow/below.html",
    StepKind.MAIN: "capture/patient_flow/main_source.html",
    StepKind.THANKS: "capture/patient_flow/may_we_thank.html",
    StepKind.RETURN: "capture/patient_flow/brought_back.html",
    StepKind.PHYSICIAN: "capture/patient_flow/physician.html",
    StepKind.PERSON: "capture/patient_flow/words.html",
    StepKind.WORDS: "capture/patient_flow/words.html",
}
HITS_SHOWN = 6
# The page's script asks for a part of a page, or for the next address instead of a redirect.
SCRIPT_HEADER = "X-Script"


@dataclass(frozen=True)
class Door:
    """What differs between a tablet and a phone: where forms go and what the edge of the page offers."""

    answer_url: str
    hits_url: str
    start_over_url: str = ""
    own_phone_url: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)
    # A tablet goes back to its welcome when nobody touches it; somebody's own phone stays where it is.
    quiet_url: str = ""
    # Put away on a tablet, which puts the pages in order itself while it has no connection.
    offline: bool = False


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        error_display=display_settings.for_error,
        patient_error=_error_words,
        error_back=_error_back,
        far_ahead=far_ahead,
    )


def page(template: str, display: Display, *, status: int = 200, **values: Any) -> Response:
    """Render a patient's page, and keep display settings that were just changed.

    Of physicians' `hits` the commonest kinds are said in the patient's language.
    """
    for place, hit in enumerate(found := list(values.get("hits", ()))):
        found[place] = replace(hit, specialty=kind_in(display.language.code, hit.taxonomy) or hit.specialty)
        values["hits"] = found
    response = make_response(render_template(template, display=display, t=display.t, **values), status)
    return display_settings.remember(response, display) if display_settings.was_pressed() else response


def question(
    patient_session: PatientSession, display: Display, door: Door, *, problem: InputRefused | None = None
) -> Response:
    """Render the step that is due, with what was typed. The caller has checked that there is one."""
    step = patient_session.step
    assert step is not None
    entered = request.form if request.method == "POST" and request.form.get("step") == step.key else None
    text = entered.get("text", "") if entered is not None else patient_session.text_of(step)
    values: dict[str, Any] = {
        "step": step,
        "number": patient_session.steps.index(step) + 1,
        "steps": patient_session.total,
        "patient_session": patient_session,
        "door": door,
        "text": text,
        "chosen": _chosen(patient_session, entered),
        "problem": problem,
        # Sent again with a page that comes back, so that a second tap or a repeat after an outage counts once.
        "submission_id": str(uuid.uuid4()),
    }
    if step.kind is StepKind.PHYSICIAN:
        searched = entered is not None and bool(text.strip())
        values["hits"] = _hits(text, patient_session.visit.location_id) if searched else []
        values["searched"] = searched
        stands = None if searched else patient_session.stands(step)
        names = queries.names_of_physicians({stands.physician_id}) if stands else {}
        values["stands"] = stands and (names.get(stands.physician_id) or stands.detail)
    if step.kind is StepKind.MAIN:
        # The physician who was tapped, not what was typed on the way there.
        values["physicians"] = queries.names_of_physicians({each.physician_id for each in patient_session.named})
    shown = page(TEMPLATES[step.kind], display, status=422 if problem else 200, **values)
    audit_trail.record_reading("question.shown", repeats=True, **audit_trail.about(patient_session.visit))
    return shown


def urgent(display: Display, danger: str, *, home_url: str, visit: Visit, at_desk: bool = False) -> Response:
    """Render whom to call about this danger, and the way back to the question."""
    if danger not in list(Danger):
        return onward(home_url)
    phone = office_phone(visit.location_id)
    template = "capture/patient_flow/urgent.html"
    return page(template, display, danger=danger, home_url=home_url, at_desk=at_desk, phone=phone)


def hits(display: Display, location_id: int) -> Response:
    """Render physicians that the words may mean, for the page's script."""
    text = request.form.get("text", "")
    return page("capture/patient_flow/_hits.html", display, hits=_hits(text, location_id), searched=bool(text.strip()))


def onward(url: str) -> Response:
    """Return a redirect to the next page, or its address for the page's script."""
    if request.headers.get(SCRIPT_HEADER):
        return Response(url, content_type="text/plain; charset=utf-8", headers={"X-Onward": url})
    return redirect(url, 303)  # type: ignore[return-value]


def only_shows(patient_session: PatientSession) -> bool:
    """Return whether this request records nothing and a page is due: another language, larger words, a search."""
    step, action = patient_session.step, request.form.get("do")
    if step is None:
        return False
    changed = action == SAME and not patient_session.goes_on_with_same(step, request.form)
    return display_settings.was_pressed() or action == SEARCH or (changed and step.key == request.form.get("step"))


def _chosen(patient_session: PatientSession, entered: Any) -> set[int]:
    step = patient_session.step
    assert step is not None
    if entered is None:
        return patient_session.chosen(step)
    codes = set(entered.getlist("source"))
    offered = (
        patient_session.offer.below(step.choice)
        if step.kind is StepKind.BELOW and step.choice
        else patient_session.offer.top
    )
    return {choice.source_id for choice in offered if choice.code in codes}


def _hits(text: str, location_id: int) -> Sequence[PhysicianHit]:
    return search_physicians(text, limit=HITS_SHOWN, location_id=location_id)


def _error_back() -> str:
    """Return the address of the page that a refused form stands on."""
    door, *rest = request.path.strip("/").split("/")
    return url_for("kiosk.here") if door == "kiosk" else f"/{door}/{rest[0]}" if rest else "/"


def _error_words(status: int, title: str, advice: str, display: Display, form_fault: str) -> tuple[str, str]:
    """Return an error's title and advice in the patient's language; advice of its own stays as it is."""
    if form_fault == "cookies":
        return display.t("error_cookies.title"), display.t("error_cookies.advice")
    if form_fault:
        return display.t("problem.reload"), ""
    key = f"error_{status}" if status in (404, 429, 503) else "error"
    own = advice != SENTENCES.get(status, ("", ""))[1]
    return display.t(f"{key}.title"), advice if own else display.t(f"{key}.advice")
