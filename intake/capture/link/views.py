"""The personal link: the same pages on the patient's phone. Opening it uses nothing up; answering does."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Response, g, request, session, url_for
from sqlalchemy.exc import SQLAlchemyError

from intake import clock
from intake.accounts.current import Actor
from intake.capture.models import SurveyLink
from intake.capture.patient_flow import display_settings, pages, queries
from intake.capture.patient_flow.display_settings import Display
from intake.capture.patient_flow.handover import practice_languages
from intake.capture.patient_flow.links import find_link
from intake.capture.patient_flow.pages import Door, onward, page
from intake.capture.patient_flow.session import PatientSession
from intake.capture.patient_flow.text_input import InputRefused
from intake.capture.patient_flow.urgent_words import SpokeOfDanger
from intake.db import db, write_changes
from intake.directory.patients.queries import find_practice
from intake.survey.question import wording
from intake.survey.recording.record_answer import SubmissionReused
from intake.web.http.route_guards import Guard, Pages, declare, public, reads_only
from intake.web.wall import location_wall

bp = Pages("link", __name__)


@bp.context_processor
def whose() -> dict[str, Any]:
    """`whose` in the templates of these pages: whose link it is, for a phone that shows nothing else.

    Absent where the database is what an error page is about.
    """
    try:
        practice = find_practice()
    except SQLAlchemyError:
        return {}
    return {"whose": practice} if practice else {}


# The phone that answered first may go on with the next page for this long; nobody else may.
FINISH = timedelta(minutes=30)
ANSWERING = "answering"


def personal_link(view: Callable[..., Response]) -> Callable[..., Response]:
    """Guard a view by the token in its address; wrong, old and used ones all look alike."""

    @wraps(view)
    def guarded(token: str, **places: str) -> Response:
        link = _usable(token)
        if link is None:
            return _closed()
        g.actor = Actor("link", link.id)
        return view(link, token, **places)

    return declare(guarded, Guard("link"))


@bp.get("/a/thanks", guard=public("thanks after a personal link was answered; knows nothing of whom it thanks"))
def thanks() -> Response:
    offered = practice_languages()
    display = display_settings.for_thanks(offered=offered, language=preferred_language(offered))
    held = session.get(ANSWERING)
    token = held.get("token", "") if isinstance(held, dict) else ""
    link = _usable(token) if isinstance(token, str) else None
    return page("capture/patient_flow/thanks.html", display, change_url=_change_url(link, token) if link else "")


@bp.get("/a/<token>", guard=personal_link)
def open_link(link: SurveyLink, token: str) -> Response:
    """Show the question. Changes nothing, since messengers fetch addresses to preview them."""
    patient_session = PatientSession(link, _display(link).language.code)
    if patient_session.step is None:
        return page("capture/patient_flow/thanks.html", _display(link), change_url=_change_url(link, token))
    return pages.question(patient_session, _display(link), _door(token))


@bp.post("/a/<token>", guard=personal_link)
def answer(link: SurveyLink, token: str) -> Response:
    display = _display(link)
    patient_session = PatientSession(link, display.language.code)
    if link.used_at is not None and (patient_session.step is None or link.used_at < clock.now() - FINISH):
        # Nothing is taken in after the last page; a second tap on it is thanked for again, and another tab of the
        # browser that answered is shown where the answer can be changed.
        return onward(url_for("link.thanks")) if _is_repeat(link) or _is_held(link) else _closed()
    if pages.only_shows(patient_session):
        # Whoever merely knows the number of a page that was recorded isn't shown what it said.
        return pages.question(patient_session, display, _door(token)) if _is_open(link) else _closed()
    try:
        patient_session.take(request.form)
    except InputRefused as problem:
        if patient_session.step is not None:
            return pages.question(patient_session, display, _door(token), problem=problem)
    except SubmissionReused:
        return _closed()
    except SpokeOfDanger as said:
        db.session.commit()
        return display_settings.remember(onward(url_for("link.urgent", token=token, danger=said.danger)), display)
    if patient_session.answer is not None and (link.used_at is None or not _is_held(link)):
        link.used_at = link.used_at or clock.now()
        session[ANSWERING] = {"link": link.id, "token": token, "until": time.time() + FINISH.total_seconds()}
    write_changes(link)
    db.session.commit()
    url = url_for("link.thanks") if patient_session.step is None else url_for("link.open_link", token=token)
    return display_settings.remember(onward(url), display)


@bp.get("/a/<token>/urgent/<danger>", guard=personal_link)
def urgent(link: SurveyLink, token: str, danger: str) -> Response:
    """Say whom to call, before the question goes on."""
    return pages.urgent(_display(link), danger, home_url=url_for("link.open_link", token=token), visit=link.visit)


@bp.post("/a/<token>/change", guard=personal_link)
def change(link: SurveyLink, token: str) -> Response:
    """Open the pages again with what was answered, for a few minutes and on the phone that answered."""
    if not _change_url(link, token):
        return _closed()
    PatientSession(link, link.ask.language).reopen()
    db.session.commit()
    return onward(url_for("link.open_link", token=token))


@bp.post("/a/<token>/start-over", guard=personal_link)
def start_over(link: SurveyLink, token: str) -> Response:
    patient_session = PatientSession(link, link.ask.language)
    if link.used_at is not None and patient_session.step is None:
        return onward(url_for("link.thanks")) if _is_held(link) else _closed()
    patient_session.start_again()
    db.session.commit()
    return onward(url_for("link.open_link", token=token))


@bp.post("/a/<token>/physicians")
@reads_only
@personal_link
def physicians(link: SurveyLink, token: str) -> Response:
    """Return physicians that the typed words may mean."""
    return pages.hits(_display(link), link.visit.location_id)


def _usable(token: str) -> SurveyLink | None:
    """The link while it may be answered: never used, or used by this very phone a moment ago."""
    # Whoever holds it is shown its visit, wherever that is; on the page of thanks too.
    location_wall.let_see(None)
    link = find_link(token, lock=request.method == "POST")
    if link is None or link.used_at is None:
        return link
    return link if _is_held(link) or _is_repeat(link) else None


def _change_url(link: SurveyLink, token: str) -> str:
    """Return where the patient may change their answer; empty once they no longer may."""
    may = _is_held(link) and PatientSession(link, link.ask.language).may_be_changed
    return url_for("link.change", token=token) if may else ""


def _is_open(link: SurveyLink) -> bool:
    return link.used_at is None or _is_held(link)


def _is_held(link: SurveyLink) -> bool:
    held = session.get(ANSWERING)
    return isinstance(held, dict) and held.get("link") == link.id and held.get("until", 0) > time.time()


def _is_repeat(link: SurveyLink) -> bool:
    """Return whether this page was recorded before and is sent again; nobody else knows its submission id."""
    given = request.form.get("submission_id", "") if request.method == "POST" else ""
    return bool(given) and queries.has_answer(link.ask_id, given)


def _closed() -> Response:
    """Return one page for all links that can't be opened, so that nobody learns which tokens existed."""
    offered = practice_languages()
    display = display_settings.for_thanks(offered=offered, language=preferred_language(offered))
    return page("capture/link/closed.html", display, status=404)


def _display(link: SurveyLink) -> Display:
    offered = practice_languages()
    asked = link.ask.language
    # A language that the chart names outweighs the phone's; the practice's default doesn't.
    language = asked if asked != offered[0] else preferred_language(offered)
    return display_settings.current(f"l{link.id}", offered=offered, language=language)


def preferred_language(offered: list[str]) -> str:
    """Return the first of the phone's languages that the practice offers, else the practice's first."""
    for wanted in request.accept_languages.values():
        known = wording.find_language(wanted)
        if known in offered:
            return known
    return offered[0]


def _door(token: str) -> Door:
    return Door(
        answer_url=url_for("link.answer", token=token),
        hits_url=url_for("link.physicians", token=token),
        start_over_url=url_for("link.start_over", token=token),
    )
