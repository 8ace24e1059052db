"""An answer as a tablet sealed it while it was offline: read, and put back into the patient's pages."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from intake import clock
from intake.capture.models import Handover
from intake.capture.patient_flow import birth_dates, queries
from intake.capture.patient_flow.handover import practice_languages
from intake.capture.patient_flow.session import BACK, SEARCH, PatientSession
from intake.capture.patient_flow.steps import StepKind
from intake.capture.patient_flow.text_input import InputRefused, tidy
from intake.survey.question.wording import known_language
from intake.survey.recording.secret_numbers import without_secret_numbers

MOST_FIELDS, MOST_PAGES = 200, 40
# Older than any answer that a tablet keeps.
OLDEST = timedelta(days=60)
LONGEST_INITIALS = 20


class UnreadableEntry(ValueError):
    """Unsealed, but nothing that a tablet's page would have made."""


@dataclass(frozen=True)
class LatePage:
    """One page as it would have been sent, and when it was left (None: not known)."""

    form: MultiDict[str, str]
    at: datetime | None


@dataclass(frozen=True)
class LateEntry:
    """`handover`: the visit's turn that it belongs to, as the pages name it; else `who` says whose it is."""

    entry_id: str
    handover: str
    who: Mapping[str, str]
    language: str
    options: tuple[str, ...]
    pages: tuple[LatePage, ...]
    given_at: datetime

    @property
    def submission_ids(self) -> list[str]:
        return [page.form.get("submission_id", "") for page in self.pages]

    @property
    def initials(self) -> str:
        return tidy(self.who.get("initials", ""))[:LONGEST_INITIALS]

    def birth_date(self, today: date) -> date | None:
        """Return the date of birth that was typed; None when it can't be read."""
        boxes = [self.who.get(name, "")[:100] for name in ("day", "month", "year")]
        try:
            return birth_dates.read_birth_date(*boxes, language=self.language, today=today)
        except InputRefused:
            return None


def read_entry(content: Mapping[str, Any], given_at: datetime) -> LateEntry:
    """Read what was sealed by this version of the tablet's script or by an earlier one. Raises UnreadableEntry."""
    try:
        # Before migration 0048 a tablet kept one page, as it stood.
        pages = content.get("pages") or [{"form": content["form"], "at": None}]
        read = tuple(_page(each, given_at) for each in pages[:MOST_PAGES])
        first = read[0].form
        return LateEntry(
            entry_id=str(uuid.UUID(content.get("id") or first.get("submission_id", ""))),
            handover=str(content.get("handover") or first.get("handover", ""))[:40],
            who={str(name): str(value) for name, value in (content.get("who") or {}).items()},
            language=known_language(str(content["language"])[:20]),
            options=tuple(str(code)[:40] for code in (content.get("options") or [])[:MOST_FIELDS]),
            pages=read,
            given_at=read[0].at or given_at,
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise UnreadableEntry from error


def as_kept(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `read_entry` has read, without numbers that nobody here may keep."""
    kept = dict(content)
    if "form" in content:
        kept["form"] = _without_numbers(content["form"])
    if content.get("pages"):
        kept["pages"] = [{**page, "form": _without_numbers(page["form"])} for page in content["pages"]]
    return kept


def _without_numbers(form: Any) -> str:
    fields = parse_qsl(str(form), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    return urlencode([(name, without_secret_numbers(value)) for name, value in fields])


def _page(page: Mapping[str, Any], latest: datetime) -> LatePage:
    form = MultiDict(parse_qsl(str(page["form"]), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    at = page.get("at")
    try:
        when = datetime.fromtimestamp(float(at) / 1000, UTC) if at else None
    except (OSError, OverflowError, ValueError):
        # No time that any clock shows; what was answered still counts.
        when = None
    # A clock that was set meanwhile moves nothing into the future, nor before anybody could have asked.
    within = when is not None and clock.now() - OLDEST <= when <= clock.now()
    return LatePage(form, when if within else (latest if at else None))


def replay(entry: LateEntry, handover: Handover) -> bool:
    """Record the pages that aren't recorded yet, each with its own time. Flushes; False when some say otherwise.

    Raises SubmissionReused, InputRefused.
    """
    language = entry.language if entry.language in practice_languages() else handover.ask.language
    patient_session = PatientSession(handover, language, device_id=handover.device_id, late=True)
    agrees = True
    for page in entry.pages:
        form = page.form
        if form.get("do", "") in (BACK, SEARCH) or queries.has_answer(handover.ask_id, form.get("submission_id", "")):
            continue
        if patient_session.is_step_done(form.get("step", "")):
            # Whom we may thank and what brought them back are no answers, so a repeat of it isn't known by its id.
            agrees = agrees and form["step"] in (StepKind.THANKS, StepKind.RETURN)
            continue
        patient_session.answered_at = max(page.at or entry.given_at, handover.handed_at)
        patient_session.take(_with_place(form, patient_session))
    return agrees


def _with_place(form: MultiDict[str, str], patient_session: PatientSession) -> MultiDict[str, str]:
    """Put the place of the source that mattered most where the tablet, which reads no words, names it by its code."""
    code = form.get("main", "")
    if not code or code.isdigit():
        return form
    ids = {each.source_id for each in patient_session.named}
    choices = [each for top in patient_session.offer.top for each in (top, *top.children)]
    wanted = next((each.source_id for each in choices if each.code == code and each.source_id in ids), None)
    places = [place for place, each in enumerate(patient_session.named, start=1) if each.source_id == wanted]
    # "Something else" was read into what it says, and stands where it stood.
    own = [place for place, each in enumerate(patient_session.named, start=1) if each.confidence is not None]
    others = [(name, value) for name, value in form.items(multi=True) if name != "main"]
    return MultiDict([*others, ("main", str((places or own or [1])[0]))])
