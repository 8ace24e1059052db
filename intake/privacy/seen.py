"""What an account has seen: for the notice that a breach asks for (45 CFR 164.404), the patients, when and how.

From the audit trail. A page that lists a day names the patients of that day; a look whose patients the trail doesn't
keep (a search, the rows of a report) stands there as what it was, with how many it showed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from intake.accounts.audit import messages
from intake.accounts.audit.queries import LOOKS, Filter, all_entries
from intake.accounts.models import AuditEntry
from intake.db import db
from intake.directory.models import Caller, Patient, Visit
from intake.id_filters import among
from intake.sms.models import InboundText
from intake.survey.models import Answer, Mention
from intake.web.wall.location_wall import whole_practice

# How to come from what an entry names to charts: (subject id, chart).
_CHARTS: dict[str, Any] = {
    "patient": select(Patient.id, Patient.id),
    "visit": select(Visit.id, Visit.patient_id),
    "caller": select(Caller.id, Visit.patient_id).join(Visit, Visit.id == Caller.visit_id),
    "mention": (
        select(Mention.id, Visit.patient_id)
        .join(Answer, Answer.id == Mention.answer_id)
        .join(Visit, Visit.id == Answer.visit_id)
    ),
    "inbound_text": select(InboundText.id, Visit.patient_id).join(Visit, Visit.id == InboundText.visit_id),
}
# A page of these lists the patients of one day at one location.
DAY_LISTS = frozenset({"desk.arrivals"})
AT_ONCE = 1000


@dataclass(frozen=True)
class SeenPatient:
    """One patient as an account saw them on these pages."""

    patient_id: int
    name: str
    mrn: str
    first_at: datetime
    last_at: datetime
    looks: int
    how: tuple[str, ...]


@dataclass(frozen=True)
class SeenElse:
    """A look whose patients the trail doesn't name."""

    at: datetime
    how: str
    details: str


@dataclass(frozen=True)
class Seen:
    patients: tuple[SeenPatient, ...]
    others: tuple[SeenElse, ...]


@whole_practice()
def seen_by(wanted: Filter) -> Seen:
    """Return what this account has seen in these days: patients by name, then the looks that name nobody."""
    looks = Filter(**{**vars(wanted), "action": LOOKS})
    found: dict[int, list[tuple[datetime, str]]] = {}
    others: list[SeenElse] = []
    some: list[AuditEntry] = []
    for entry in all_entries(looks):
        some.append(entry)
        if len(some) == AT_ONCE:
            _sort(some, found, others)
            some = []
    _sort(some, found, others)
    people = {row.id: row for row in _patients(found)}
    patients = [_seen(people[key], looks) for key, looks in found.items() if key in people]
    return Seen(tuple(sorted(patients, key=lambda each: (each.name, each.patient_id))), tuple(others))


def _sort(entries: Sequence[AuditEntry], found: dict[int, list[tuple[datetime, str]]], others: list[SeenElse]) -> None:
    charts = {
        (kind, subject): chart
        for kind, query in _CHARTS.items()
        for subject, chart in db.session.execute(
            query.where(
                among(
                    query.selected_columns[0], [each.subject_id or 0 for each in entries if each.subject_kind == kind]
                )
            )
        )
    }
    for entry in entries:
        how = messages.action_words(entry.action)
        if entry.subject_kind in _CHARTS and (entry.subject_kind, entry.subject_id) in charts:
            found.setdefault(charts[entry.subject_kind, entry.subject_id], []).append((entry.at, how))
        elif entry.action in DAY_LISTS and (day := _day_of(entry)) is not None:
            for chart in _patients_of_day(entry.location_id, day):
                found.setdefault(chart, []).append((entry.at, how))
        elif entry.action not in ("audit.read", "audit.exported"):
            others.append(SeenElse(entry.at, how, messages.detail_words(entry)))


def _day_of(entry: AuditEntry) -> date | None:
    try:
        return date.fromisoformat(str(entry.details.get("day", "")))
    except ValueError:
        return None


def _patients_of_day(location_id: int | None, day: date) -> Iterable[int]:
    query = select(Visit.patient_id).where(Visit.visit_date == day).distinct()
    return db.session.scalars(query.where(Visit.location_id == location_id) if location_id else query).all()


def _patients(found: Iterable[int]) -> list[Patient]:
    return list(db.session.scalars(select(Patient).where(among(Patient.id, list(found)))))


def _seen(patient: Patient, looks: list[tuple[datetime, str]]) -> SeenPatient:
    moments = [at for at, _ in looks]
    return SeenPatient(
        patient.id,
        f"{patient.first_name} {patient.last_name}",
        patient.mrn,
        min(moments),
        max(moments),
        len(looks),
        tuple(dict.fromkeys(how for _, how in looks)),
    )
