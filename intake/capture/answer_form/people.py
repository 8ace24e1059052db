"""The people an answer names: looked up while the form is open, checked before it is kept."""

from collections.abc import Collection
from dataclasses import dataclass

from intake.accounts.audit import audit_trail
from intake.capture.answer_form.form import AnswerForm, SourceLine
from intake.capture.answer_form.readable_answers import patient_name, physician_name
from intake.db import db
from intake.directory.models import Physician
from intake.directory.name_keys import normal
from intake.directory.patients import queries as directory
from intake.directory.patients.provisional import say_chart
from intake.directory.patients.records import search_patients
from intake.directory.physician_search.search import far_ahead, probably_nobody, search_physicians
from intake.directory.physicians.by_hand import NotAName, add_by_hand
from intake.web.ui.formatting import say_date

MOST_HITS = 8
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class PersonHit:
    """A record that the typed name may mean; `note` tells two of one name apart. `sure`: it can mean nobody else."""

    id: int
    name: str
    note: str
    sure: bool = False


def physicians_called(text: str, *, location_id: int | None = None) -> list[PersonHit]:
    hits = search_physicians(text[:LONGEST_SEARCH], limit=MOST_HITS, location_id=location_id)
    stands_out = far_ahead(hits)
    doubt = "probably somebody else" if probably_nobody(hits) else ""
    return [
        PersonHit(
            hit.physician_id,
            hit.display_name,
            " · ".join(part for part in (doubt, hit.specialty, hit.practice, hit.city) if part),
            sure=stands_out and place == 0,
        )
        for place, hit in enumerate(hits)
    ]


def patients_called(text: str, *, within: Collection[int]) -> list[PersonHit]:
    """Patients seen at these locations. Showing them is reading personal data: the caller notes it.

    Only a full name that one patient alone has is sure: whoever sent somebody is often no patient at all.
    """
    hits = search_patients(text[:LONGEST_SEARCH], within=within, limit=MOST_HITS)
    typed = sorted(normal(text).split())
    named = [hit.patient_id for hit in hits if sorted(normal(f"{hit.first_name} {hit.last_name}").split()) == typed]
    return [
        PersonHit(
            hit.patient_id,
            f"{hit.first_name} {hit.last_name}".strip(),
            " · ".join(
                part
                for part in (f"born {say_date(hit.birth_date)}" if hit.birth_date else "", say_chart(hit.mrn))
                if part
            ),
            sure=len(typed) > 1 and named == [hit.patient_id],
        )
        for hit in hits
    ]


def look_up(form: AnswerForm, source: str, *, within: Collection[int]) -> None:
    """Put the people that the typed name may mean on the form, for pages without script.

    Notes that patients were looked up; the caller commits.
    """
    for line in form.lines:
        if str(line.choice.source_id) != source:
            continue
        line.chosen = True
        if not line.detail:
            line.error = "Type a name to look for."
        elif line.asks == "physician":
            line.hits = physicians_called(line.detail)
        elif line.asks == "patient":
            line.hits = patients_called(line.detail, within=within)
            audit_trail.record("patients.searched", found=len(line.hits))
        line.looked_up = bool(line.detail)


def resolve_people(form: AnswerForm, *, within: Collection[int]) -> bool:
    """Check every record that the form points at, and add the physicians that it asks to add. Flushes.

    True when all is well; else the lines say what to do. A patient outside `within` reads like one who isn't there.
    """
    lines = form.chosen_lines()
    for line in lines:
        if line.asks == "physician":
            _resolve_physician(line)
        elif line.asks == "patient" and line.patient_id:
            try:
                line.who = patient_name(directory.patient(line.patient_id, within=within))
            except directory.NoSuchPatient:
                line.patient_id = None
                line.error = "That patient isn't there any more. Look again, or keep the name as they said it."
    return not any(line.error for line in lines)


def _resolve_physician(line: SourceLine) -> None:
    if line.physician_id:
        physician = db.session.get(Physician, line.physician_id)
        if physician is None:
            line.physician_id = None
            line.error = "That physician isn't there any more. Look again, or keep the name as they said it."
            return
        line.who = physician_name(physician)
    elif line.add_physician:
        try:
            added = add_by_hand(line.detail)
        except NotAName:
            line.error = "Type the physician's name to add them."
            return
        line.physician_id, line.who = added.id, physician_name(added)
