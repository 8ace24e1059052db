"""Rows of one file beside each other: one appointment on several, and those that contradict each other."""

import re
from collections.abc import Sequence
from datetime import timedelta

from intake.directory.name_keys import name_words, normal
from intake.directory.schedule.file.columns import Header
from intake.directory.schedule.file.import_errors import ImportProblem, quoted
from intake.directory.schedule.file.schedule_row import ScheduleRow

# A row for each thing that is done has its own time, the EKG ten minutes after the doctor.
ONE_STAY = timedelta(hours=4)
_TEST_PATIENT = re.compile(
    r"((z{2,}|x{2,}) ?)?(test|patient|pt|dummy|demo|fake|sample|training|tester|testing)s?\d*( [a-z]|\d+)*"
)
# Words that no real name holds, and a surname that is hardly one.
_TEST_WORDS = re.compile(
    r"\b([zx]{2,}(test|patient|pt|dummy|demo)\w*|z{2,}|x{3,}|test ?patient|patient test)\b|"
    r"\bdo not (use|book|schedule)\b|\bdnu\b| test(ing)?$"
)


def same_appointment(one: ScheduleRow, other: ScheduleRow) -> bool:
    """Whether two rows of one number are of one patient and one stay."""

    def what(row: ScheduleRow) -> tuple[object, ...]:
        return row.mrn, normal(row.first_name), normal(row.last_name), row.birth_date, row.status

    return what(one) == what(other) and abs(one.scheduled_at - other.scheduled_at) <= ONE_STAY


def is_a_room(provider: str) -> bool:
    """Whether a provider is a room, a device or staff time rather than a person who sees patients."""
    words = set(normal(provider).split())
    rooms = (
        "room rm us ultrasound lab suite bay chair nurse tech resource equipment op operatory machine scan mri ct xray"
    )
    return not words.isdisjoint(rooms.split())


def clashes(rows: Sequence[ScheduleRow], header: Header) -> list[ImportProblem]:
    """Errors of rows that contradict each other, all of them: one appointment twice, one chart for two people."""
    problems = []
    by_appointment: dict[str, list[ScheduleRow]] = {}
    by_chart: dict[str, list[ScheduleRow]] = {}
    for each in rows:
        by_appointment.setdefault(each.appointment_id, []).append(each)
        by_chart.setdefault(each.mrn, []).append(each)
    for appointment, twins in by_appointment.items():
        for each in twins if len(twins) > 1 else ():
            other = next(twin for twin in twins if twin is not each)
            found = f"{quoted(appointment)}, which stands in row {other.row} too with something else"
            problems.append(ImportProblem(each.row, header.title("appointment_id"), found, "every appointment once"))
    for mrn, visits in by_chart.items():
        if len({each.birth_date for each in visits}) > 1:
            for each in visits:
                other = next(visit for visit in visits if visit.birth_date != each.birth_date)
                found = (
                    f"{each.birth_date:%m/%d/%Y} for chart number {quoted(mrn)}, "
                    f"which has {other.birth_date:%m/%d/%Y} in row {other.row}"
                )
                problems.append(
                    ImportProblem(each.row, header.title("birth_date"), found, "one date of birth for a chart number")
                )
        elif any(_share_no_name(visits[0], each) for each in visits[1:]):
            for each in visits:
                found = f"{quoted(mrn)} for people of quite different names"
                problems.append(ImportProblem(each.row, header.title("mrn"), found, "a chart number of one person"))
    return problems


def _share_no_name(one: ScheduleRow, other: ScheduleRow) -> bool:
    names = [name_words(f"{row.first_name} {row.last_name}") for row in (one, other)]
    return names[0].isdisjoint(names[1])


def renamed_within(rows: Sequence[ScheduleRow], header: Header) -> list[ImportProblem]:
    warnings = []
    charts: dict[str, ScheduleRow] = {}
    for each in rows:
        before = charts.get(each.mrn)
        charts[each.mrn] = each
        if before and (before.first_name, before.last_name) != (each.first_name, each.last_name):
            found = f"{quoted(each.mrn)} under another name than in row {before.row}"
            warnings.append(
                ImportProblem(each.row, header.title("mrn"), found, "one name for a chart number; this row counts")
            )
    return warnings


def trial_patients(rows: Sequence[ScheduleRow]) -> dict[str, list[int]]:
    """Patients who are called as only those are that a system is tried with: their names, with the rows."""
    found: dict[str, list[int]] = {}
    for row in rows:
        name = f"{row.first_name} {row.last_name}".strip()
        plain, last = normal(name), normal(row.last_name)
        if all(map(_TEST_PATIENT.fullmatch, plain.split())) or _TEST_WORDS.search(plain) or last in ("test", "testing"):
            found.setdefault(name, []).append(row.row)
    return found
