"""What importing a schedule does to what is known: adds, changes, leaves alone, refuses as a whole."""

import threading
from datetime import date
from datetime import time as wall
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.models import AuditEntry
from intake.db import db
from intake.directory.models import Location, Patient, Physician, Visit
from intake.directory.patients.records import search_patients
from intake.directory.schedule import uploads
from intake.directory.schedule.applying import import_schedule
from intake.directory.schedule.plan import Plan
from intake.directory.schedule.planning import merged_status
from intake.survey.models import CoverageEntry, Evidence, PhysicianReferral
from tests.directory.schedule.sheets import COLUMNS, ROW, a_file, a_row, as_csv, rows_of, table
from tests.making import Make, npi

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("that_week")]

NPI = ROW["Referring NPI"]


@pytest.fixture
def clinic(session: Session, make: Make) -> Location:
    return make.location("Riverside", code="MAIN")


def bring_in(clinic: Location, *rows: dict[str, str], data: bytes | None = None) -> Plan:
    """Import without errors in the file itself; the plan tells what came of it."""
    reading = uploads.read_for(clinic, data or a_file(*rows))
    assert [str(error) for error in reading.errors] == []
    return import_schedule(reading, clinic)[0]


def counts(plan: Plan) -> tuple[int, int, int]:
    assert [str(error) for error in plan.errors] == []
    return plan.counts["added"], plan.counts["changed"], plan.counts["unchanged"]


def visits() -> list[Visit]:
    db.session.expire_all()
    return list(db.session.scalars(select(Visit).order_by(Visit.id)))


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_new_appointment_brings_patient_visit_and_referring_physician(clinic: Location) -> None:
    assert counts(bring_in(clinic)) == (1, 0, 0)
    (visit,) = visits()
    assert (visit.appointment_id, visit.visit_type, visit.status, visit.provider) == (
        "A1",
        "new",
        "scheduled",
        "Chen, Wei MD",
    )
    assert (visit.visit_date, visit.arrived_at, visit.language) == (date(2026, 11, 22), None, "es")
    assert (visit.patient.mrn, visit.patient.mobile_e164, visit.patient.language) == ("00123", "+15185550123", "es")
    physician = db.session.scalars(select(Physician)).one()
    assert (physician.npi, physician.first_name, physician.last_name, physician.credential) == (
        NPI,
        "Grace",
        "Okafor",
        "MD",
    )
    link = db.session.scalars(select(PhysicianReferral)).one()
    assert (link.visit_id, link.physician_id, link.evidence) == (visit.id, physician.id, Evidence.DOCUMENTED)


def test_the_same_file_twice_changes_nothing(clinic: Location) -> None:
    rows = [a_row(), a_row(appt_id="A2", mrn="9", status="Arrived"), a_row(appt_id="A3", referring_npi="", mrn="7")]
    bring_in(clinic, *rows)
    tables = (Visit, Patient, Physician, PhysicianReferral, CoverageEntry, AuditEntry)
    before = [count(each) for each in tables]
    plan = bring_in(clinic, *rows)
    assert counts(plan) == (0, 0, 3)
    assert plan.changes_nothing
    assert [count(each) for each in tables] == before


def test_a_later_file_brings_a_visit_up_to_date(clinic: Location) -> None:
    bring_in(clinic)
    later = a_row(status="Checked In", start="11/21/2026 2:00 PM", visit_type="Est", provider="Rivers, Ada")
    plan = bring_in(clinic, later)
    assert counts(plan) == (0, 1, 0)
    assert {each.name for each in plan.visits[0].differences} == {
        "status", "scheduled_at", "visit_date", "visit_type", "provider", "arrived_at",
    }  # fmt: skip
    (visit,) = visits()
    assert (visit.visit_date, visit.status, visit.visit_type) == (date(2026, 11, 21), "arrived", "established")
    assert visit.arrived_at is not None


def test_an_arrival_of_a_new_patient_counts_as_eligible_at_once(clinic: Location) -> None:
    known = {"appt_id": "A2", "mrn": "0099", "last_name": "Okoro", "visit_type": "Est"}
    bring_in(clinic, a_row(), a_row(**known))
    assert db.session.scalar(select(func.sum(CoverageEntry.eligible))) in (None, 0)
    bring_in(clinic, a_row(status="Arrived"), a_row(**known, status="Arrived"))
    assert db.session.scalar(select(func.sum(CoverageEntry.eligible))) == 1
    plan = bring_in(clinic, a_row(status="No Show"), a_row(**known, status="Arrived"))
    assert plan.counts["cancelled"] == 1
    assert db.session.scalar(select(func.sum(CoverageEntry.eligible))) == 0


def test_an_older_export_does_not_take_an_arrival_back(clinic: Location) -> None:
    bring_in(clinic, a_row(status="Completed"))
    arrived_at = visits()[0].arrived_at
    plan = bring_in(clinic, a_row(status="Scheduled"))
    assert counts(plan) == (0, 0, 1)
    assert "further along" in " ".join(plan.notes)
    assert (visits()[0].status, visits()[0].arrived_at) == ("completed", arrived_at)


@pytest.mark.parametrize(
    ("before", "told", "same_day", "after"),
    [
        ("scheduled", "arrived", True, "arrived"),
        ("completed", "arrived", True, "completed"),
        ("arrived", "scheduled", True, "arrived"),
        ("arrived", "scheduled", False, "scheduled"),
        ("arrived", "no_show", True, "no_show"),
        ("cancelled", "scheduled", True, "scheduled"),
        ("no_show", "completed", True, "completed"),
    ],
)
def test_which_status_stands(before: str, told: str, same_day: bool, after: str) -> None:
    assert merged_status(before, told, same_day=same_day) == after


def test_an_arrival_time_is_the_files_own_or_the_nearest_guess(clinic: Location) -> None:
    titles = [*COLUMNS, "Check-In Time"]
    told = a_row(start="11/20/2026 9:00 AM", status="Arrived")
    guessed = a_row(start="11/20/2026 9:00 AM", status="Arrived", appt_id="A2")
    cells = [titles, [*told.values(), "8:52 AM"], [*guessed.values(), ""]]
    bring_in(clinic, data=as_csv(cells))
    first, second = visits()
    assert first.arrived_at == clock.from_wall_clock(date(2026, 11, 20), wall(8, 52), clinic.time_zone)
    assert second.arrived_at == second.scheduled_at


def test_what_the_file_leaves_out_is_kept(clinic: Location) -> None:
    bring_in(clinic)
    bring_in(clinic, a_row(cell_phone="", language="", provider="", status="Arrived"))
    (visit,) = visits()
    assert (visit.patient.mobile_e164, visit.language, visit.provider) == ("+15185550123", "es", "Chen, Wei MD")
    without = [title for title in COLUMNS if not title.startswith("Referring")]
    plan = bring_in(clinic, data=as_csv([without, [a_row(status="Arrived")[title] for title in without]]))
    assert counts(plan) == (0, 0, 1)
    assert visits()[0].documented_physician_id is not None


def test_a_renamed_patient_is_found_under_the_new_name_only(clinic: Location) -> None:
    bring_in(clinic)
    plan = bring_in(clinic, a_row(last_name="Delgado"))
    assert "another name than before" in str(plan.warnings[0])
    assert [hit.last_name for hit in search_patients("delgado", within={clinic.id})] == ["Delgado"]
    assert search_patients("cruz", within={clinic.id}) == []


def test_a_chart_number_of_somebody_else_stops_the_file(clinic: Location) -> None:
    bring_in(clinic)
    plan = bring_in(clinic, a_row(appt_id="A8", mrn="8"), a_row(appt_id="A9", last_name="Berg", dob="01/02/1955"))
    assert [str(error) for error in plan.errors] == [
        "Row 3, MRN: found “00123”, the chart number of somebody with another name and date of birth; "
        "expected a chart number of one person."
    ]
    assert len(visits()) == 1
    assert count(Patient) == 1


def test_lost_leading_zeros_lead_to_the_same_patient_only_when_all_else_agrees(clinic: Location) -> None:
    bring_in(clinic)
    plan = bring_in(clinic, a_row(appt_id="A2", mrn="123"), a_row(appt_id="A3", mrn="0123", last_name="Berg"))
    assert [visit.patient.mrn for visit in visits()] == ["00123", "00123", "0123"]
    assert "taken as the same patient" in str(plan.warnings[0])


def test_a_visit_that_came_cannot_become_another_patients(clinic: Location) -> None:
    bring_in(clinic, a_row(), a_row(appt_id="A2", mrn="2", last_name="Berg", status="Arrived"))
    moved = bring_in(clinic, a_row(mrn="3", last_name="Holm"))
    assert counts(moved) == (0, 1, 0)
    assert visits()[0].patient.last_name == "Holm"
    stopped = bring_in(clinic, a_row(appt_id="A2", mrn="3", last_name="Holm"))
    assert "which was another patient's" in str(stopped.errors[0])


def test_a_visit_added_by_hand_is_taken_over(clinic: Location, make: Make) -> None:
    patient = make.patient("Ana", "Cruz", mrn="00123", birth_date=date(1980, 3, 14))
    by_hand = make.visit(clinic, patient, day=date(2026, 11, 22), appointment_id=None, status="arrived")
    plan = bring_in(clinic)
    assert counts(plan) == (0, 1, 0)
    (visit,) = visits()
    assert (visit.id, visit.appointment_id, visit.status) == (by_hand.id, "A1", "arrived")
    assert counts(bring_in(clinic)) == (0, 0, 1)


def test_appointments_missing_from_the_file_stay_and_are_mentioned(clinic: Location) -> None:
    bring_in(clinic, *rows_of(3))
    plan = bring_in(clinic, rows_of(3)[0])
    said = "Scheduled here on that day but not in the file, and left as before: 2 visits"
    assert f"{said} (11/22 at 09:05 AM, A2; 11/22 at 09:05 AM, A3)." in plan.notes
    assert [visit.status for visit in visits()] == ["scheduled"] * 3


def test_locations_number_their_appointments_apart(clinic: Location, make: Make) -> None:
    other = make.location("Northside")
    bring_in(clinic)
    assert counts(bring_in(other)) == (1, 0, 0)
    assert {visit.location_id for visit in visits()} == {clinic.id, other.id}
    assert count(Patient) == 1


def test_a_referring_physician_is_known_by_npi_or_by_a_name_that_one_physician_has(
    clinic: Location, make: Make
) -> None:
    known = make.physician("Okafor", "Grace", npi=NPI)
    lone = make.physician("Lindqvist", "Mara", npi=npi(77))
    make.physician("Berg", "Ann", npi=npi(78))
    make.physician("Berg", "Ann", npi=npi(79))
    plan = bring_in(
        clinic,
        a_row(mrn="1"),
        a_row(appt_id="A2", mrn="2", referring_npi="", referring_physician="Dr. Mara Lindqvist"),
        a_row(appt_id="A3", mrn="3", referring_npi="", referring_physician="Berg, Ann"),
        a_row(appt_id="A4", mrn="4", referring_npi="", referring_physician="Lindqvist"),
        a_row(appt_id="A5", mrn="5", referring_npi="", referring_physician=f"Okafor, G (NPI: {NPI})"),
        a_row(appt_id="A6", mrn="6", referring_npi=npi(55), referring_physician=""),
        a_row(appt_id="A7", mrn="7", referring_npi=NPI, referring_physician="Nobody, Else"),
    )
    linked = [visit.documented_physician_id for visit in visits()]
    assert linked == [known.id, lone.id, None, None, known.id, None, known.id]
    assert [visit.documented_name for visit in visits()][2:4] == ["Berg, Ann", "Lindqvist"]
    said = " ".join(map(str, plan.warnings))
    for doubt in ("several physicians have this name", "a last name alone", "the file gives no name", "another name"):
        assert doubt in said
    assert count(Physician) == 4


def test_one_new_physician_is_added_once_for_many_visits(clinic: Location) -> None:
    bring_in(clinic, *(a_row(appt_id=f"A{number}", mrn=str(number)) for number in range(5)))
    assert count(Physician) == 1
    assert count(PhysicianReferral) == 5


def test_another_referring_physician_replaces_the_documented_one(clinic: Location, make: Make) -> None:
    other = make.physician(npi=npi(55))
    bring_in(clinic)
    bring_in(clinic, a_row(referring_npi=npi(55), referring_physician=""))
    standing = db.session.scalars(select(PhysicianReferral).where(PhysicianReferral.ended_at.is_(None))).one()
    assert standing.physician_id == other.id
    bring_in(clinic, a_row(referring_npi="", referring_physician=""))
    assert db.session.scalar(select(func.count()).where(PhysicianReferral.ended_at.is_(None))) == 0


def test_a_name_once_linked_stays_linked_when_a_namesake_joins(clinic: Location, make: Make) -> None:
    lone = make.physician("Lindqvist", "Mara")
    named = a_row(referring_npi="", referring_physician="Mara Lindqvist")
    bring_in(clinic, named)
    make.physician("Lindqvist", "Mara")
    assert counts(bring_in(clinic, named)) == (0, 0, 1)
    assert visits()[0].documented_physician_id == lone.id


def test_every_write_stands_in_the_audit_trail_without_names(clinic: Location) -> None:
    bring_in(clinic)
    bring_in(clinic, a_row(status="Arrived", first_name="Anna"))
    entries = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    actions = [entry.action for entry in entries]
    for action in (
        "patient.added",
        "visit.added",
        "physician.added",
        "schedule.imported",
        "patient.changed",
        "visit.changed",
    ):
        assert action in actions
    assert not any("Ana" in str(entry.details) or "Cruz" in str(entry.details) for entry in entries)


def test_two_imports_of_one_file_at_once_add_each_visit_once(committed_app: Flask, make: Make) -> None:
    clinic = make.location("Riverside")
    db.session.commit()
    data = a_file(*rows_of(40), a_row(appt_id="B1", mrn="B1"))
    results: list[Any] = []

    def work() -> None:
        with committed_app.app_context():
            try:
                own = db.session.get(Location, clinic.id)
                assert own is not None
                reading = uploads.read_for_writing(own, data)
                plan, _ = import_schedule(reading, own)
                db.session.commit()
                results.append(plan.counts["added"])
            except Exception as error:
                results.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 0, 0, 41]
    db.session.rollback()
    assert count(Visit) == 41
    assert count(Patient) == 41


def test_a_practices_own_word_for_a_type_is_learned(clinic: Location) -> None:
    data = as_csv(table([a_row(visit_type="Sclero 30")]))
    reading = uploads.read_for(clinic, data)
    assert [(each.about, each.found, each.rows) for each in reading.questions] == [("visit type", "Sclero 30", (2,))]
    uploads.learn_word("visit type", "sclero  30", "established", staff_id=None)
    assert uploads.read_for(clinic, data).rows[0].visit_type == "established"
    assert uploads.forget_word("visit type", "SCLERO 30")
    assert uploads.read_for(clinic, data).questions


def test_a_sheet_kept_by_hand_changes_nothing_the_second_time(clinic: Location) -> None:
    titles = ["Day", "Time", "Patient", "DOB", "Chart #", "Cell", "New?", "Who with", "Ref by"]
    row = ["11/23/2026", "915 AM", "Cruz, Ana", "3/14/80", "00123", "", "Y", "Dr Chen", "Dr Grace Okafor"]
    data = as_csv([titles, row])
    for expected in ("added", "unchanged"):
        plan, _ = import_schedule(uploads.read_for_writing(clinic, data, {}), clinic)
        assert (plan.counts[expected], len(plan.visits), plan.questions) == (1, 1, [])
    assert [visit.appointment_id for visit in db.session.scalars(select(Visit))] == ["00123-20261123-0915"]
