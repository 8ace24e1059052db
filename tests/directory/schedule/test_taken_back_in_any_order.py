"""Files that hold the same visits, taken back in any order: a later one keeps its own, and all gone leaves nothing."""

from itertools import permutations
from random import Random
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.db import db
from intake.directory.models import Location, Patient, PatientMerge, Visit
from intake.directory.patients.records import search_patients
from intake.directory.patients.visits import mark_arrived
from intake.directory.schedule import uploads
from intake.directory.schedule.applying import import_schedule
from intake.directory.schedule.models import ScheduleUpload
from intake.directory.schedule.undoing import Undone, undo_import, undone_in_words
from tests.directory.schedule.sheets import a_file, a_row
from tests.drawing import examples
from tests.making import Make

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("that_week")]
SECRET = "a secret"


@pytest.fixture
def clinic(session: Session, make: Make) -> Location:
    return make.location("Riverside", code="MAIN")


def row(appointment: str, mrn: str, last_name: str, start: str = "9:05 AM", **more: str) -> dict[str, str]:
    return a_row(appt_id=appointment, mrn=mrn, last_name=last_name, start=f"11/23/2026 {start}", **more)


FIRST = [row("X1", "1", "Whitcombe"), row("X2", "2", "Ferrante", "9:30 AM")]
SECOND = [row("X1", "1", "Hall", "11:00 AM"), row("X2", "2", "Ferrante", "11:30 AM", status="Cancelled")]


def brought_in(clinic: Location, *rows: dict[str, str]) -> ScheduleUpload:
    """Import, answering yes to whatever is asked, and keep what taking it back needs."""
    answers: dict[str, str] = {}
    while True:
        schedule = uploads.read_for(clinic, a_file(*rows), answers)
        plan, came = import_schedule(schedule, clinic, answers=answers)
        if came is not None:
            return uploads.keep_import(came, file_name="schedule.csv", location_id=clinic.id, secret=SECRET)
        assert plan.questions, plan.errors
        answers |= {each.key: each.choices[-1] if "set them" in each.choices[-1] else "yes" for each in plan.questions}


def taken_back(kept: ScheduleUpload) -> Undone:
    return undo_import(kept, secret=SECRET)


def what_stands() -> dict[str, Any]:
    db.session.expire_all()
    visits = {
        each.appointment_id: (each.patient.mrn, each.scheduled_at, each.status, each.provider, each.visit_type)
        for each in db.session.scalars(select(Visit))
    }
    patients = {
        each.mrn: (each.first_name, each.last_name, each.birth_date, each.mobile_e164)
        for each in db.session.scalars(select(Patient))
    }
    merges = set(db.session.scalars(select(PatientMerge.patient_id).where(PatientMerge.undone_at.is_(None))))
    return {"visits": visits, "patients": patients, "merges": merges}


def test_what_a_later_file_holds_too_stays_until_that_one_is_taken_back(clinic: Location) -> None:
    first, second = brought_in(clinic, *FIRST), brought_in(clinic, *SECOND)
    stood = what_stands()
    undone = taken_back(first)
    assert what_stands() == stood
    assert (undone.removed, undone.restored, undone.held_later) == (0, 0, 2)
    assert "2 visits stay, since a later file holds them too." in " ".join(undone_in_words(undone))
    undone = taken_back(second)
    assert (undone.removed, undone.restored) == (2, 0)
    assert what_stands() == {"visits": {}, "patients": {}, "merges": set()}
    assert search_patients("Hall", within={clinic.id}) == []


def test_what_a_later_file_only_confirms_stays_too(clinic: Location) -> None:
    brought_in(clinic, row("X1", "1", "Whitcombe", "8:00 AM"))
    before = what_stands()
    first = brought_in(clinic, *FIRST)
    second = brought_in(clinic, *FIRST[:1])
    undone = taken_back(first)
    assert (undone.removed, undone.restored, undone.held_later) == (1, 0, 1)
    assert set(what_stands()["visits"]) == {"X1"} and what_stands() != before
    assert taken_back(second).restored == 1
    assert what_stands() == before


def test_who_came_to_a_visit_that_a_later_file_holds_is_not_lost(clinic: Location) -> None:
    first, second = brought_in(clinic, *FIRST), brought_in(clinic, *FIRST[:1])
    mark_arrived(db.session.scalars(select(Visit).where(Visit.appointment_id == "X1")).one())
    taken_back(first)
    undone = taken_back(second)
    assert (undone.removed, undone.kept) == (0, 1)
    assert what_stands()["visits"]["X1"][2] == "arrived"


def test_a_patient_whom_a_file_of_another_location_names_too_goes_with_that_one(clinic: Location, make: Make) -> None:
    other = make.location("Northside", code="NORTH")
    first, second = brought_in(clinic, *FIRST[:1]), brought_in(other, row("N1", "1", "Whitcombe-Hall"))
    assert taken_back(first).removed == 1
    assert list(what_stands()["patients"]) == ["1"]
    taken_back(second)
    assert what_stands()["patients"] == {}


def test_files_taken_back_in_any_order_end_where_it_began(clinic: Location) -> None:
    old = [row("X0", "10", "Abbot", "8:00 AM"), row("X9", "19", "Quill", "8:10 AM")]
    brought_in(clinic, *old)
    files = {
        "a": [
            row("X0", "10", "Abbot", "8:30 AM"), *FIRST,
            row("X4", "4", "Oyelaran", "10:00 AM", first_name="Linda", dob="11/22/1968"),
        ],
        "b": [row("X0", "10", "Abbott", "8:30 AM"), *SECOND, row("X3", "3", "Lind"), row("X9", "19", "Quill")],
        "c": [
            row("X0", "10", "Abbot", "9:00 AM", provider="Okoye, Ada NP"), *FIRST,
            row("X3", "33", "Other", first_name="Zoe", dob="01/02/1990"),
            row("X4", "44", "Oyelaran", "10:00 AM", first_name="Linda", dob="11/22/1968"),
        ],
    }  # fmt: skip
    before = what_stands()
    # Each file comes in once and is taken back once, in whatever order.
    walks = sorted(set(permutations("aabbcc")))
    for walk in Random(46).sample(walks, examples(usual=4, everything=len(walks))):
        kept: dict[str, ScheduleUpload] = {}
        for name in walk:
            if name in kept:
                taken_back(kept[name])
            else:
                kept[name] = brought_in(clinic, *files[name])
        assert what_stands() == before, walk
