"""Touchpoints that a telephone kept without a connection: written down once, by whoever wrote them."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from intake.accounts.models import Staff, staff_location
from intake.accounts.places import places
from intake.attribution.costs.forms import read_cents
from intake.db import db
from intake.id_filters import read_id
from intake.liaison.page.referrers import today
from intake.liaison.people.whom import persons
from intake.liaison.promises.models import IssueKind
from intake.liaison.touchpoints.kinds import Shared, TouchpointKind
from intake.liaison.touchpoints.models import Touchpoint
from intake.liaison.touchpoints.patient_names import patient_names
from intake.liaison.touchpoints.recording import NewTouchpoint, find_submission, record_late, remind_author

LONGEST_WORDS = 4000


class NeverTaken(ValueError):
    """It names nobody, says nothing or comes from nobody: nothing is lost by forgetting it."""


def take_late(typed: "MultiDict[str, str]", *, author_id: int) -> Touchpoint:
    """Keep it, once. Nobody is there to mend it, so what can't be read is kept as words. Raises NeverTaken."""
    submission_id, author = typed.get("submission_id", "")[:64], db.session.get(Staff, author_id)
    who = persons(typed.getlist("who"))
    words = typed.get("words", "").strip()[:LONGEST_WORDS]
    if not (submission_id and author and who and words):
        raise NeverTaken
    if found := find_submission(submission_id):
        return found
    cents = read_cents(typed.get("cost", ""))
    if typed.get("cost", "").strip() and cents is None:
        words += f"\nCost: {typed['cost'].strip()[:40]}"
    new = NewTouchpoint(
        kind=_member(TouchpointKind, typed.get("kind")) or TouchpointKind.VISIT,
        words=words,
        day=min(_day(typed.get("day", "")) or today(), today() + timedelta(days=1)),
        who=who,
        **{name: " ".join(typed.get(name, "").split())[:most] for name, most in _OPTIONAL.items()},
        cost_cents=cents or None,
        shared=_member(Shared, typed.get("shared")) or Shared.SPLIT,
        received=frozenset(typed.getlist("received")),
        promise_due=_day(typed.get("promise_due", "")),
        promise_owner_id=_staff_id(typed.get("promise_owner", "")),
        issue_kind=_member(IssueKind, typed.get("issue_kind")),
    )
    made = record_late(new, submission_id=submission_id, author_id=author.id, location_ids=_locations_of(author))
    text = "\n".join((new.words, new.purpose, new.need, new.promise_text))
    if typed.get("sure") != "yes" and patient_names(text, known=[each.name for each in who]):
        remind_author(made, "Look at your note again: it may name a patient. Notes hold no patient's name.")
    return made


_OPTIONAL = {"purpose": 200, "need": 300, "materials": 200, "promise_text": 300}


def _member(kind: Any, value: str | None) -> Any:
    return kind(value) if value in set(kind) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _staff_id(text: str) -> int | None:
    row_id = read_id(text)
    return row_id if row_id and db.session.get(Staff, row_id) else None


def _locations_of(author: Staff) -> list[int]:
    if author.all_locations:
        return [place.id for place in places()]
    here = select(staff_location.c.location_id).where(staff_location.c.staff_id == author.id)
    return list(db.session.scalars(here)) or [place.id for place in places()][:1]
