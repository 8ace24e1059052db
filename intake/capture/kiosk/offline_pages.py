"""What a tablet puts away while it has a connection, to ask without one: its pages, and who refers here.

The pages are those of `patient_flow`, without a visit; `intake/static/js/tablet/offline.js` puts them in order.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, abort, g, jsonify, render_template, url_for
from sqlalchemy import select

from intake import clock
from intake.accounts import sealing
from intake.accounts.auth.guards import locked_device_too
from intake.accounts.current import current_device
from intake.accounts.devices.health import TABLET_VERSION
from intake.capture.patient_flow import birth_dates, display_settings
from intake.capture.patient_flow.display_settings import Display
from intake.capture.patient_flow.handover import practice_languages
from intake.capture.patient_flow.pages import TEMPLATES, Door
from intake.capture.patient_flow.steps import FIRST, WHICH, QuestionStep, StepKind
from intake.capture.patient_flow.text_input import LONGEST, LONGEST_NAME
from intake.db import db
from intake.directory import registry_names
from intake.directory.models import Physician
from intake.directory.npi.specialties import specialty_names
from intake.directory.patients.queries import find_practice
from intake.directory.physician_search.referral_counts import REFERRALS
from intake.directory.practice.look import GROUND, shown_look
from intake.directory.sources.records import OTHER_CODE
from intake.survey.question import wording
from intake.survey.question.choices import SourceChoice, choices
from intake.survey.recording.record_answer import NewMention
from intake.web.http.assets import addresses_with, asset_url
from intake.web.http.assets import serve as serve_asset
from intake.web.http.route_guards import Pages, public
from intake.web.ttl_cache import remembered

bp = Pages("offline", __name__)

MOST_PHYSICIANS = 400
LAST = (QuestionStep(StepKind.MAIN), QuestionStep(StepKind.THANKS))
STYLES = ("css/kiosk.css",)
SCRIPTS = ("js/kiosk.js", "js/tablet/tablet.js")
PROBLEMS = (
    "choose_one",
    "choose_or_skip",
    "choose_main",
    "write_or_skip",
    "too_long",
    "birth_date_incomplete",
    "birth_date_unreadable",
    "birth_date_month",
    "birth_date_day",
    "birth_date_future",
    "initials_missing",
    "not_kept",
)


def init_app(app: Flask) -> None:
    TABLET_VERSION.fill(app, scripts_version)
    app.jinja_env.globals.update(
        current_tablet=lambda: g.get("kiosk_device"),
        late_key=sealing.public_key,
        list_key=sealing.signing_key,
        tablet_version=scripts_version,
    )


@dataclass(frozen=True)
class NoVisit:
    """What the pages' templates read of a patient's session, where there is none."""

    top: Sequence[SourceChoice]
    named: Sequence[NewMention] = field(default_factory=tuple)
    is_for_child: bool = False
    whom: Sequence[str] = ()

    @property
    def offer(self) -> "NoVisit":
        return self

    def below(self, choice: SourceChoice) -> Sequence[SourceChoice]:
        return choice.children

    def find(self, _source_id: int | None) -> SourceChoice | None:
        return None

    def other(self) -> SourceChoice | None:
        return next((each for each in self.top if each.code == OTHER_CODE), None)


@bp.get("/kiosk/worker.js")
@public("the script that gives the tablet its pages without a connection; knows nothing")
def worker() -> Response:
    response = serve_asset("js/tablet/worker.js")
    response.headers["Cache-Control"] = "no-cache"
    # The welcome page itself lies above this address.
    response.headers["Service-Worker-Allowed"] = url_for("kiosk.here")
    return response


@bp.get("/kiosk/offline", guard=locked_device_too)
def shell() -> Response:
    """Show the page that the tablet opens without a connection."""
    return Response(_welcome(_display(practice_languages()[0])))


@bp.get("/kiosk/offline/list", guard=locked_device_too)
def listed() -> Response:
    """Tell what to put away, and the name of this version of it."""
    tag = version(current_device().location_id)
    pages = [url_for("offline.pages_in", language=code, v=tag) for code in practice_languages()]
    own = [url_for("offline.shell"), url_for("offline.physicians", v=tag), *pages]
    look = shown_look()
    own += [url_for("directory.look_css", v=look.version)] if look.accent else []
    own += [url_for("directory.logo", v=look.version)] if look.has_logo else []
    return jsonify(tag=tag, addresses=[*own, asset_url("mark.svg"), *addresses_with(*STYLES, *SCRIPTS)])


@bp.get("/kiosk/manifest.webmanifest", guard=public("the name under which the tablet's page is put on its home screen"))
def manifest() -> Response:
    practice = find_practice()
    colours = {"background_color": GROUND, "theme_color": GROUND}
    icon = {"src": asset_url("mark.svg"), "sizes": "any", "type": "image/svg+xml"}
    response = jsonify(
        id=url_for("kiosk.here"),
        name=practice.name if practice else "Intake",
        short_name=(practice.name if practice else "Intake")[:12],
        start_url=url_for("kiosk.here"),
        scope=url_for("kiosk.here"),
        display="fullscreen",
        icons=[icon],
        **colours,
    )
    response.content_type = "application/manifest+json"
    return response


@bp.get("/kiosk/offline/pages/<language>", guard=locked_device_too)
def pages_in(language: str) -> Response:
    """Return every page in one language, and how one follows another."""
    if language not in practice_languages():
        abort(404)
    display = _display(language)
    offered = _offered(language)
    every = [each for top in offered for each in (top, *top.children)]
    steps = [step for each in every for step in _steps_of(each, offered)]
    t = display.t
    return jsonify(
        first=practice_languages()[0],
        other=OTHER_CODE,
        pages={
            "welcome": _welcome(display),
            "sorry": _page("capture/kiosk/offline_sorry.html", display),
            "find": _page("capture/kiosk/offline_find.html", display, **_find_values(language)),
            "end": _page("capture/patient_flow/thanks.html", display, home_url=url_for("kiosk.here"), kept=True),
            **{step.key: _question(step, display, offered) for step in [FIRST, *steps, *LAST]},
        },
        below={each.code: QuestionStep(StepKind.BELOW, each).key for each in offered if each.children},
        which={
            each.code: step.key for each in every for step in _steps_of(each, offered) if step.kind != StepKind.BELOW
        },
        labels={each.code: each.label for each in every},
        problems={key: t(f"problem.{key}") for key in PROBLEMS},
        longest={"words": LONGEST, "name": LONGEST_NAME},
        progress=t("page.progress", step="{step}", steps="{steps}"),
        found=t("physician.found", count="{count}"),
        question=t("page.question", step="{step}"),
        display={
            "larger": t("display.larger"),
            "normal": t("display.normal"),
            "more": t("display.more_contrast"),
            "less": t("display.less_contrast"),
        },
        hit=_hits(display, [_ONE_HIT]),
        none=_hits(display, []),
    )


@bp.get("/kiosk/offline/physicians", guard=locked_device_too)
def physicians() -> Response:
    """Return the physicians who refer here, signed."""
    words = json.dumps(_referrers(current_device().location_id))
    return jsonify(list=words, signature=sealing.signed(words))


@remembered(seconds=300)
def scripts_version() -> str:
    """Return a name for the scripts that a tablet should run."""
    return hashlib.sha256(repr(addresses_with(*SCRIPTS)).encode()).hexdigest()[:8]


@remembered(seconds=30)
def version(location_id: int) -> str:
    """Return a name for everything that is put away; it changes whenever any of it does."""
    languages = practice_languages()
    practice = find_practice()
    facts: list[Any] = [
        practice and (practice.name, shown_look()),
        [(code, _offered(code)) for code in languages],
        _referrers(location_id),
        addresses_with(*STYLES, *SCRIPTS),
        [wording.fingerprint(code) for code in languages],
        sealing.public_key(),
        sealing.signing_key(),
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _offered(language: str) -> list[SourceChoice]:
    return choices(clock.clinic_today(current_device().location.time_zone), language)


def _steps_of(choice: SourceChoice, offered: Sequence[SourceChoice]) -> list[QuestionStep]:
    """Return the pages that follow because this one was chosen, as `steps_for` has them."""
    found = [QuestionStep(StepKind.BELOW, choice)] if choice.children else []
    if choice.asks_which:
        is_other = choice.code == OTHER_CODE and choice in offered
        kind = StepKind.WORDS if is_other else WHICH.get(choice.kind, StepKind.WORDS)  # type: ignore[call-overload]
        found.append(QuestionStep(kind, choice))
    return found


def _question(step: QuestionStep, display: Display, offered: Sequence[SourceChoice]) -> str:
    named = (NewMention(None, detail="…"), NewMention(None, detail="…")) if step.kind is StepKind.MAIN else ()
    values: dict[str, Any] = {
        "step": step,
        "number": 1,
        "steps": None,
        "patient_session": NoVisit(offered, named),
        "door": Door(
            answer_url=url_for("offline.shell"),
            hits_url=url_for("kiosk.physicians"),
            start_over_url=url_for("kiosk.start_over"),
            offline=True,
        ),
        "text": "",
        "chosen": set(),
        "problem": None,
        "submission_id": "-",
        "hits": [],
        "searched": False,
        "stands": "",
        "physicians": {},
    }
    return _page(TEMPLATES[step.kind], display, **values)


def _welcome(display: Display) -> str:
    return _page("capture/kiosk/welcome.html", display, device=current_device(), offline=True)


def _page(template: str, display: Display, **values: Any) -> str:
    return render_template(template, display=display, t=display.t, **values)


@dataclass(frozen=True)
class HitModel:
    """A line of the list of physicians that the tablet fills in."""

    physician_id: int = 0
    display_name: str = "-"
    specialty: str = "-"
    practice: str = ""
    city: str = ""
    score: float = 0.0


_ONE_HIT = HitModel()


def _hits(display: Display, hits: Sequence[HitModel]) -> str:
    return _page("capture/patient_flow/_hits.html", display, hits=hits, searched=True)


def _display(language: str) -> Display:
    # Nothing that a patient chose on this tablet is put away with its pages.
    offered = tuple(map(wording.language, practice_languages()))
    return Display(display_settings.WAITING, wording.language(language), offered)


def _find_values(language: str) -> dict[str, Any]:
    return {"order": birth_dates.parts_order(language), "example": birth_dates.example(language)}


@remembered(seconds=300)
def _referrers(location_id: int) -> list[dict[str, Any]]:
    """Return who has sent patients here, most first; where these are few, those who refer anywhere, too."""
    links = REFERRALS.filled.links()
    busiest = sorted(links, key=lambda each: (-links[each], each))[: 5 * MOST_PHYSICIANS]
    here = REFERRALS.filled.new_patients(busiest, within=[location_id])
    order = sorted(busiest, key=lambda each: (-(here[each][0] if each in here else 0), -links[each], each))
    wanted = order[:MOST_PHYSICIANS]
    query = select(Physician).where(Physician.id.in_(wanted), Physician.active)
    rows = {row.id: row for row in db.session.scalars(query)}
    specialties = specialty_names({row.taxonomy_code for row in rows.values()})
    return [_line(rows[each], specialties) for each in wanted if each in rows]


def _line(row: Physician, specialties: dict[str, str]) -> dict[str, Any]:
    practice = row.referring_practice.name if row.referring_practice else ""
    about = [specialties.get(row.taxonomy_code, ""), practice, row.city.title()]
    return {
        "id": row.id,
        "name": registry_names.physician_name(row.first_name, row.last_name, row.credential),
        "hint": " · ".join(each for each in about if each),
    }
