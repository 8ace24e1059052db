"""A practice whose manager is its administrator, and a patient with everything that can be held of somebody."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.models import Staff
from intake.db import db
from intake.directory.models import Location, Patient, Visit
from intake.sms.consent.consent import record_consent
from intake.sms.models import SendAttempt
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.liaison.relationships import noted
from tests.making import Make

FIRST, LAST, PHONE, MRN = "Quetzalia", "Featherstonehaugh", "+15185550142", "CANARY7781"


@dataclass
class Known:
    """The patient, their visit, and a visit of somebody who named them."""

    patient: Patient
    visit: Visit
    named_by: Visit
    location: Location


@pytest.fixture
def boss(session: Session, make: Make, client: Client, sign_in: Callable[..., None]) -> Staff:
    """Somebody who may erase, signed in."""
    return signed_in_boss(make, client, sign_in)


def signed_in_boss(make: Make, client: Client, sign_in: Callable[..., None]) -> Staff:
    person = make.staff("manager", roles=["administrator"], all_locations=True)
    db.session.commit()
    sign_in(client, person)
    return person


def fill(make: Make, location: Location | None = None) -> Known:
    """Everything that can be held of a patient."""
    here = location or make.location()
    sources = make.sources()
    patient = make.patient(FIRST, LAST, mrn=MRN, mobile_e164=PHONE)
    visit = make.visit(here, patient, documented=make.physician())
    said = f"my friend Bertha told {FIRST} {LAST}"
    make.answer(visit, NewMention(sources["friend_family"].id, detail="Bertha", referrer_name="Bertha"), verbatim=said)
    record_consent(phone_e164=PHONE, patient_id=patient.id, source="desk", wording_version="1")
    text = make.text(visit)
    attempt: Any = SendAttempt(id="6f1c8f0e-0000-4000-8000-000000000001", outbox_id=text.id, started_at=clock.now())
    attempt.message_sid = "SM" + "9" * 32
    db.session.add(attempt)
    make.reply(visit, f"it was Bertha, regards {FIRST}")
    make.reply(None, "please call me", from_e164=PHONE)
    caller = make.caller(here, first_name=FIRST, last_name=LAST, phone_e164=PHONE, visit_id=visit.id)
    noted(visit, caller, make.physician(), make.patient(), words=f"{FIRST} {LAST}")
    named_by = make.visit(here)
    make.answer(
        named_by,
        NewMention(
            sources["friend_family"].id,
            detail=f"{FIRST} F",
            referring_patient_id=patient.id,
            referrer_name=f"{FIRST} F",
        ),
        verbatim=f"{FIRST} F sent me",
    )
    make.late_answer(here, visit_id=visit.id, settled_at=clock.now())
    make.review_rule(f"{FIRST} {LAST}")
    db.session.commit()
    return Known(patient, visit, named_by, here)
