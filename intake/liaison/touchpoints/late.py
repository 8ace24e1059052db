"""Touchpoints that a telephone kept without a connection: written down once, by whoever wrote them."""

from dataclasses import replace

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from intake.accounts.models import Staff, staff_location
from intake.accounts.places import places
from intake.db import db
from intake.liaison.page.patient_names import patient_names
from intake.liaison.touchpoints.forms import LONGEST_WORDS, TouchpointForm
from intake.liaison.touchpoints.models import Touchpoint
from intake.liaison.touchpoints.recording import find_submission, record_late, remind_author

# What is kept as words where it can't be read.
UNREAD = {"cost": "Cost", "day": "Day", "promise_due": "Due"}


class NeverTaken(ValueError):
    """It names nobody, says nothing or comes from nobody: nothing is lost by forgetting it."""


def take_late(typed: "MultiDict[str, str]", *, author_id: int) -> Touchpoint:
    """Keep it, once. Nobody is there to mend it, so what can't be read is kept as words. Raises NeverTaken."""
    submission_id, author = typed.get("submission_id", "")[:64], db.session.get(Staff, author_id)
    form = TouchpointForm(people=(), formdata=typed, meta={"csrf": False})
    words = (form.words.data or "").strip()[:LONGEST_WORDS]
    form.long_ago.data = True
    form.validate()
    if not (submission_id and author and (words or not form.needs_words)) or "who" in form.errors:
        raise NeverTaken
    if found := find_submission(submission_id):
        return found
    for name, called in UNREAD.items():
        if name in form.errors and (typed_text := typed.get(name, "").strip()):
            words += f"\n{called}: {typed_text[:40]}"
    for name in form.errors:
        longest = form[name].flags.maxlength
        form[name].process_data((form[name].data or "")[:longest] if longest and name != "cost" else None)
    form.kind.data = form.kind.data or form.kind.default
    new = replace(form.touchpoint, over_limit_reason="")
    new = replace(new, words=words or new.words)
    made = record_late(new, submission_id=submission_id, author_id=author.id, location_ids=_locations_of(author))
    if form.is_long_ago and not typed.get("long_ago"):
        remind_author(made, "Look at the day of your note again: it is more than a year ago.")
    text = "\n".join((new.words, new.purpose, new.need, new.promise_text))
    if typed.get("sure") != "yes" and patient_names(text, known=[each.name for each in new.who]):
        remind_author(made, "Look at your note again: it may name a patient. Notes hold no patient's name.")
    return made


def _locations_of(author: Staff) -> list[int]:
    if author.all_locations:
        return [place.id for place in places()]
    here = select(staff_location.c.location_id).where(staff_location.c.staff_id == author.id)
    return list(db.session.scalars(here)) or [place.id for place in places()][:1]
