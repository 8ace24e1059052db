"""Pages of the texting plans and wordings of each location."""

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.capture.patient_flow.handover import practice_languages
from intake.capture.text.planning.forms import TextPlanForm, filled
from intake.capture.text.planning.planner import plans_by_location
from intake.capture.text.planning.preview import preview
from intake.capture.text.planning.text_name import NameRefused, name_problem, set_text_name
from intake.capture.text.planning.wording import (
    built_in_wording,
    current_wording,
    latest_wordings,
    practice_name,
    save_wording,
)
from intake.config import current_settings
from intake.db import db
from intake.directory.models import Location
from intake.directory.patients import queries as directory
from intake.sms.consent.location_hours import open_hours
from intake.sms.models import TextPlan
from intake.survey.question import wording
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import tell

bp = Pages("text_plans", __name__)


@bp.get("/texts/plan", guard=roles("manager", "administrator"))
def plans() -> str:
    """Show every location, and whether it texts."""
    return _plans_page()


@bp.post("/texts/plan", guard=roles("manager", "administrator", everywhere=True))
def name_for_texts() -> Response | tuple[str, int]:
    """Keep what texts call the practice."""
    typed = request.form.get("name", "")[:200]
    try:
        set_text_name(typed)
    except NameRefused as error:
        return _plans_page(typed=typed, problem=str(error)), 422
    db.session.commit()
    tell(f"Texts call you “{practice_name()}”.")
    return redirect(url_for("text_plans.plans"), 303)


def _plans_page(*, typed: str | None = None, problem: str = "") -> str:
    locations = directory.locations(within=current_locations())
    practice = directory.practice()
    return render_template(
        "capture/text/plans.html",
        locations=locations,
        plans=plans_by_location([each.id for each in locations]),
        whole_name=practice.name,
        typed=(practice.text_name or "") if typed is None else typed,
        problem=problem,
        too_long=name_problem(),
    )


@bp.get("/texts/plan/<int:location_id>", guard=roles("manager", "administrator"))
def plan(location_id: int) -> str:
    location = directory.location(location_id, within=current_locations())
    return _plan_page(location, filled(_plan(location), open_hours(location.id, current_settings())))


@bp.post("/texts/plan/<int:location_id>", guard=roles("manager", "administrator"))
def save_plan(location_id: int) -> Response | tuple[str, int]:
    location = directory.location(location_id, within=current_locations())
    form = TextPlanForm()
    if form.validate_on_submit():
        needs_link = [] if form.includes_link.data else _wordings_with_link(location)
        if not needs_link:
            kept = db.session.merge(_plan(location))
            for name, value in form.facts.items():
                setattr(kept, name, value)
            facts = {"subject_kind": "location", "subject_id": location.id, "location_id": location.id}
            audit_trail.record("texting.planned", **facts, enabled=kept.enabled, cap=kept.daily_cap)
            db.session.commit()
            tell(f"Saved. {location.name} {'texts new patients' if kept.enabled else 'texts nobody by itself'}.")
            return redirect(url_for("text_plans.plan", location_id=location.id), 303)
        name = wording.language(needs_link[0]).name
        form.includes_link.errors = [f"Your wording in {name} uses {{link}}. Take it out there first."]
    return _plan_page(location, form), 422


@bp.get("/texts/plan/<int:location_id>/wording", guard=roles("manager", "administrator"))
def edit_wording(location_id: int) -> str:
    """Show the wording of one language with its preview."""
    location = directory.location(location_id, within=current_locations())
    language = _language()
    return _wording_page(location, language, _current_body(location, language))


@bp.post("/texts/plan/<int:location_id>/wording", guard=roles("manager", "administrator"))
def change_wording(location_id: int) -> Response | str | tuple[str, int]:
    """Save, preview, or return to the built-in wording, as the button says."""
    location = directory.location(location_id, within=current_locations())
    language = _language()
    body = _typed()
    doing = request.form.get("do", "save")
    if doing == "look":
        return _wording_page(location, language, body)
    if doing == "reset":
        body = ""
    elif _shown(location, language, body).problem:
        return _wording_page(location, language, body, refused=True), 422
    elif body == _built_in(location, language):
        body = ""
    saved = save_wording(location.id, language, body, staff_id=current_staff().id)
    db.session.commit()
    words = "These are our own words again." if not body else "Saved. Texts from now on say this."
    tell(words if saved else "Nothing has changed.", kind="done" if saved else "info")
    return redirect(url_for("text_plans.edit_wording", location_id=location.id, language=language), 303)


@bp.post("/texts/plan/<int:location_id>/preview", guard=roles("manager", "administrator"))
def preview_part(location_id: int) -> str:
    """Show the preview alone, for the page's script. Writes nothing."""
    location = directory.location(location_id, within=current_locations())
    return render_template("capture/text/_preview.html", shown=_shown(location, _language(), _typed()))


def _shown(location: Location, language: str, body: str) -> Any:
    own = None if body == _built_in(location, language) else body
    return preview(
        location, language, own=own, includes_link=_plan(location).includes_link, settings=current_settings()
    )


def _plan(location: Location) -> TextPlan:
    """Return the location's plan, or an unsaved one with the defaults."""
    return db.session.get(TextPlan, location.id) or TextPlan(
        location_id=location.id, enabled=False, minutes_after=60, daily_cap=200, includes_link=False
    )


def _built_in(location: Location, language: str) -> str:
    return built_in_wording(language, includes_link=_plan(location).includes_link)


def _wordings_with_link(location: Location) -> list[str]:
    """Return the languages whose own wording uses the personal link."""
    found = [(language, current_wording(location.id, language)) for language in practice_languages()]
    return [language for language, own in found if own is not None and "{link}" in own.body]


def _language() -> str:
    """Return the language of the address or the form, if the practice offers it; else its first one."""
    offered = list(practice_languages())
    wanted = request.values.get("language", "")
    return wanted if wanted in offered else offered[0]


def _typed() -> str:
    # Browsers send line breaks as two characters; a text has one.
    return request.form.get("body", "").replace("\r\n", "\n").strip()[:5000]


def _plan_page(location: Location, form: TextPlanForm) -> str:
    languages = [wording.language(code) for code in practice_languages()]
    return render_template(
        "capture/text/plan.html",
        location=location,
        form=form,
        languages=languages,
        own={language.code: current_wording(location.id, language.code) for language in languages},
        settings=current_settings(),
        shown=_shown(location, languages[0].code, _current_body(location, languages[0].code)),
    )


def _current_body(location: Location, language: str) -> str:
    own = current_wording(location.id, language)
    return own.body if own else _built_in(location, language)


def _wording_page(location: Location, language: str, body: str, *, refused: bool = False) -> str:
    return render_template(
        "capture/text/wording.html",
        location=location,
        language=wording.language(language),
        languages=[wording.language(code) for code in practice_languages()],
        body=body,
        shown=_shown(location, language, body),
        refused=refused,
        versions=latest_wordings(location.id, language),
        includes_link=_plan(location).includes_link,
    )
