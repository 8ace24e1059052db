"""The preview of a plan: one line a visit, changes in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from intake import clock, phone
from intake.db import db
from intake.directory.models import Location, Physician, VisitStatus
from intake.directory.registry_names import proper
from intake.directory.schedule.plan import FieldChange, Plan, PlannedAction, PlannedVisit
from intake.web.ui.formatting import say_day, say_time

MOST_LINES = 200
STATUS_WORDS = {str(status): status.replace("_", "-") for status in VisitStatus}
TYPE_WORDS = {"new": "new patient", "established": "established patient"}
LABELS = {
    "scheduled_at": "time",
    "visit_type": "type",
    "status": "status",
    "provider": "provider",
    "language": "language",
    "documented_physician_id": "referring physician",
    "first_name": "first name",
    "last_name": "last name",
    "birth_date": "date of birth",
    "mobile_e164": "mobile",
    "patient_id": "patient",
}


@dataclass(frozen=True)
class PreviewLine:
    """One visit of the file and what importing does with it."""

    row: int
    action: str
    day: date
    scheduled_at: datetime
    name: str
    mrn: str
    visit_type: str
    status: str
    changes: tuple[str, ...]
    cancels: bool


def preview_lines(plan: Plan, location: Location) -> list[PreviewLine]:
    """Lines of the changed visits, then of the added ones, in the order of the file; at most MOST_LINES."""
    order = {PlannedAction.CHANGE: 0, PlannedAction.ADD: 1}
    touched = (visit for visit in plan.visits if visit.action in order)
    shown = sorted(touched, key=lambda visit: order[visit.action])[:MOST_LINES]
    names = _physician_names(shown)
    return [_line(visit, location, names) for visit in shown]


def visits_per_day(plan: Plan, location: Location) -> list[tuple[date, int]]:
    """Days of the file with their number of visits, in order."""
    days = Counter(clock.clinic_day(visit.row.scheduled_at, location.time_zone) for visit in plan.visits)
    return sorted(days.items())


def _line(visit: PlannedVisit, location: Location, names: Mapping[int, str]) -> PreviewLine:
    row = visit.row
    differences = (*visit.differences, *visit.patient_differences)
    changes = [text for each in differences if (text := _change_text(each, location.time_zone, names))]
    if visit.referrer.adds:
        changes.append(f"referring physician: {visit.named_referrer.text}, added to the directory")
    return PreviewLine(
        row=row.row,
        action=str(visit.action),
        day=clock.clinic_day(row.scheduled_at, location.time_zone),
        scheduled_at=row.scheduled_at,
        name=", ".join(filter(None, (row.last_name, row.first_name))),
        mrn=row.mrn,
        visit_type=TYPE_WORDS[row.visit_type],
        status=STATUS_WORDS[row.status],
        changes=tuple(changes),
        cancels=visit.cancels,
    )


def _change_text(difference: FieldChange, time_zone: str, names: Mapping[int, str]) -> str:
    label = LABELS.get(difference.name)
    if label is None:
        return ""
    if difference.name == "patient_id":
        return "now another patient's"
    if difference.name == "scheduled_at" and _same_day(difference, time_zone):
        return f"{label}: {say_time(difference.before, time_zone)} → {say_time(difference.after, time_zone)}"
    before, after = (_value_text(difference.name, value, time_zone, names) for value in difference[1:])
    return f"{label}: {before} → {after}"


def _same_day(difference: FieldChange, time_zone: str) -> bool:
    return clock.clinic_day(difference.before, time_zone) == clock.clinic_day(difference.after, time_zone)


def _value_text(name: str, value: Any, time_zone: str, names: Mapping[int, str]) -> str:
    if value is None or value == "":
        return "none"
    match name:
        case "scheduled_at":
            return f"{say_day(clock.clinic_day(value, time_zone))}, {say_time(value, time_zone)}"
        case "documented_physician_id":
            return names.get(value, "somebody")
        case "birth_date":
            return f"{value:%m/%d/%Y}"
        case "mobile_e164":
            return phone.national(value)
        case _:
            return STATUS_WORDS.get(value) or TYPE_WORDS.get(value) or str(value)


def _physician_names(visits: Sequence[PlannedVisit]) -> dict[int, str]:
    ids = {
        value
        for visit in visits
        for each in visit.differences
        if each.name == "documented_physician_id"
        for value in (each.before, each.after)
        if value
    }
    query = select(Physician.id, Physician.first_name, Physician.last_name).where(Physician.id.in_(ids))
    return {row.id: proper(f"{row.first_name} {row.last_name}") for row in db.session.execute(query)}
