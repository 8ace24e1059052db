"""Tokens that patients are given, within the caps of the practice's table; never for a referral."""

from datetime import date

from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.db import db
from intake.directory.merging.merge import Kind, read_as_one
from intake.directory.models import Patient
from intake.liaison.gifts.tokens import token_refusal
from intake.liaison.thanks.models import PatientToken

LONGEST_WHAT = 80


class TokenRefused(ValueError):
    """This token can't be given; the message says why, for staff."""


def give_token(patient_id: int, what: str, cents: int, *, day: date, staff: Staff) -> PatientToken:
    """Keep that a patient is given a token on that day. Flushes. Raises TokenRefused."""
    charts = sorted(read_as_one(Kind.PATIENTS, patient_id))
    # Two at once wait for each other, so that together they stay below the cap.
    db.session.execute(select(Patient.id).where(Patient.id.in_(charts)).order_by(Patient.id).with_for_update())
    given = db.session.scalar(
        select(func.sum(PatientToken.cents)).where(
            PatientToken.patient_id.in_(charts),
            PatientToken.given_on.between(date(day.year, 1, 1), date(day.year, 12, 31)),
        )
    )
    what = " ".join(what.split())[:LONGEST_WHAT]
    refusal = token_refusal(what, cents=cents, day=day, given_in_year=int(given or 0)) or (
        "" if what and cents > 0 else "Write what it is and what it cost."
    )
    if refusal:
        raise TokenRefused(refusal)
    token = PatientToken(
        patient_id=patient_id, what=what, cents=cents, given_on=day, recorded_at=clock.now(), given_by_id=staff.id
    )
    db.session.add(token)
    db.session.flush()
    audit_trail.record("patient.token_given", subject_kind="patient", subject_id=patient_id, cents=cents)
    return token
