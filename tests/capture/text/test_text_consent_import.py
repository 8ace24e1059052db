"""Consent to texts in a column of the schedule."""

import pytest
from flask import Flask
from sqlalchemy import select

from intake.db import db
from intake.directory.models import Location
from intake.directory.schedule import uploads
from intake.directory.schedule.applying import import_schedule
from intake.directory.schedule.planning import Plan
from intake.sms.consent.consent import may_be_texted, record_opt_out
from intake.sms.models import TextConsent
from tests.directory.schedule.sheets import COLUMNS, a_row, as_csv, table
from tests.making import Make

PHONE = "+15185550123"


@pytest.fixture
def clinic(app: Flask, make: Make) -> Location:
    found: Location = make.location("Riverside", code="MAIN")
    return found


def bring_in(clinic: Location, *cells: str, title: str = "OK to Text?") -> Plan:
    """Import a row a cell, each of a patient of their own, with that in the column."""
    phones = [f"(518) 555-01{23 + number:02d}" for number in range(len(cells))]
    rows = [
        a_row(appt_id=f"A{number}", mrn=f"{number:05d}", first_name=f"Ana{chr(97 + number)}", cell_phone=phones[number])
        for number in range(len(cells))
    ]
    sheet = table(rows)
    sheet[0].append(title)
    for line, cell in zip(sheet[1:], cells, strict=True):
        line.append(cell)
    assert len(sheet[0]) == len(COLUMNS) + 1
    reading = uploads.read_for(clinic, as_csv(sheet))
    assert [str(error) for error in reading.errors] == []
    return import_schedule(reading, clinic)[0]


def agreed() -> list[str]:
    query = select(TextConsent.phone_e164).where(TextConsent.withdrawn_at.is_(None)).order_by(TextConsent.phone_e164)
    return list(db.session.scalars(query))


@pytest.mark.parametrize("title", ["OK to Text?", "SMS Consent", "Text Consent", "Text Opt-In"])
def test_whoever_agreed_in_the_practices_own_system_may_be_texted(clinic: Location, title: str) -> None:
    plan = bring_in(clinic, "Yes", "No", "", "opted-in", "declined", title=title)

    given = db.session.scalars(select(TextConsent).order_by(TextConsent.id)).all()
    assert agreed() == ["+15185550123", "+15185550126"]
    assert {(each.source, each.wording_version) for each in given} == {("schedule", "practice system, 2026-11")}
    assert any("2 patients agree to texts, 2 don’t" in note for note in plan.notes)


def test_the_same_file_again_notes_nothing_twice(clinic: Location) -> None:
    bring_in(clinic, "Y")
    bring_in(clinic, "Y")

    assert len(db.session.scalars(select(TextConsent)).all()) == 1


def test_a_later_no_takes_consent_back(clinic: Location) -> None:
    bring_in(clinic, "Y")
    bring_in(clinic, "N")

    assert agreed() == []
    assert db.session.scalars(select(TextConsent.withdrawn_at)).one() is not None


def test_a_file_never_lifts_a_stop(clinic: Location) -> None:
    record_opt_out(PHONE, reason="word")

    bring_in(clinic, "Y")

    patient = db.session.scalars(select(TextConsent.patient_id)).one()
    assert not may_be_texted(PHONE, patient_id=patient)


def test_what_cannot_be_read_is_mentioned_and_taken_as_not_asked(clinic: Location) -> None:
    plan = bring_in(clinic, "maybe")

    assert agreed() == []
    assert any("maybe" in str(warning) for warning in plan.warnings)


def test_a_file_without_the_column_changes_no_consent(clinic: Location) -> None:
    bring_in(clinic, "Y")
    bring_in(clinic, "whatever", title="Remarks")

    assert agreed() == [PHONE]
