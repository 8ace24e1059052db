"""Whose consent counts, and until which moment a phone may be texted."""

from datetime import UTC, datetime, time, timedelta

from flask import Flask
from sqlalchemy import update

from intake import clock
from intake.db import db
from intake.sms.consent.consent import may_be_texted, record_consent
from intake.sms.consent.phone_hours import next_window, window_containing
from intake.sms.models import TextConsent
from tests.making import Make

PHONE, OTHER_PHONE = "+15185550123", "+15185550124"


def agree(phone: str, patient_id: int | None) -> None:
    record_consent(phone_e164=phone, patient_id=patient_id, source="desk", wording_version="1")


def test_consent_that_was_taken_back_is_none(app: Flask, make: Make) -> None:
    patient, other = make.patient(), make.patient()
    agree(PHONE, patient.id)
    agree(OTHER_PHONE, other.id)
    assert may_be_texted(PHONE, patient_id=patient.id)
    db.session.execute(update(TextConsent).where(TextConsent.patient_id == patient.id).values(withdrawn_at=clock.now()))

    assert not may_be_texted(PHONE, patient_id=patient.id)
    assert may_be_texted(OTHER_PHONE, patient_id=other.id)


def test_what_another_patient_of_the_same_phone_agreed_to_is_not_my_consent(app: Flask, make: Make) -> None:
    mother, child = make.patient(), make.patient()
    agree(PHONE, mother.id)

    assert not may_be_texted(PHONE, patient_id=child.id)
    # Said by the phone itself it holds for everybody who has it.
    agree(PHONE, None)
    assert may_be_texted(PHONE, patient_id=child.id)


def test_the_window_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    hours = {"phone_e164": PHONE, "practice_zone": "America/New_York", "opens": time(9), "closes": time(20)}
    opens, closes = datetime(2026, 7, 1, 13, tzinfo=UTC), datetime(2026, 7, 2, 0, tzinfo=UTC)
    moment = timedelta(microseconds=1)

    assert window_containing(opens - moment, **hours) is None
    assert window_containing(opens, **hours) == (opens, closes)
    assert window_containing(closes - moment, **hours) == (opens, closes)
    assert window_containing(closes, **hours) is None
    assert next_window(closes, **hours) == (opens + timedelta(days=1), closes + timedelta(days=1))
