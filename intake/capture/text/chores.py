"""Chores of `flask worker` for the text door: mail emergencies, plan surveys, read replies."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.capture.text.conversation.reply import read_replies
from intake.capture.text.planning.eligibility import CONSENT_VERSION
from intake.capture.text.planning.planner import plan_surveys
from intake.capture.text.staff_pages.emergency_alerts import mail_alerts
from intake.chores import CHORES, every
from intake.config import Settings
from intake.db import db
from intake.directory.models import Patient
from intake.directory.patients.visits import consents_imported
from intake.sms.consent.consent import record_consent
from intake.sms.models import TextConsent

BATCH = 500
# What the patient was told is in the other system; its own words can't be known here.
IMPORTED_VERSION = f"practice system, {CONSENT_VERSION}"


def import_consents(_sender: Any, *, agreed: Mapping[int, bool], **_more: Any) -> None:
    """Record who agreed, for the number of their chart; withdraw the others' consent. Never lifts a STOP."""
    ids = sorted(agreed)
    for start in range(0, len(ids), BATCH):
        _keep(ids[start : start + BATCH], agreed)


def _keep(ids: list[int], agreed: Mapping[int, bool]) -> None:
    rows = db.session.execute(select(Patient.id, Patient.mobile_e164).where(Patient.id.in_(ids)))
    phones: dict[int, str | None] = {row.id: row.mobile_e164 for row in rows}
    standing = {
        (patient_id, phone)
        for patient_id, phone in db.session.execute(
            select(TextConsent.patient_id, TextConsent.phone_e164).where(
                TextConsent.patient_id.in_(ids), TextConsent.withdrawn_at.is_(None)
            )
        )
    }
    for patient_id in ids:
        phone = phones.get(patient_id)
        if agreed[patient_id] and phone and (patient_id, phone) not in standing:
            record_consent(phone_e164=phone, patient_id=patient_id, source="schedule", wording_version=IMPORTED_VERSION)
    refused = [patient_id for patient_id in ids if not agreed[patient_id]]
    taken_back = db.session.scalars(
        update(TextConsent)
        .where(TextConsent.patient_id.in_(refused), TextConsent.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now())
        .returning(TextConsent.patient_id)
    ).all()
    for patient in sorted({each for each in taken_back if each is not None}):
        audit_trail.record("consent.withdrawn", subject_kind="patient", subject_id=patient, source="schedule")


PLAN_EVERY_SECONDS = 20.0


def init_app(app: Flask) -> None:
    consents_imported.connect(import_consents)
    settings: Settings = app.config["SETTINGS"]
    # Emergencies first: nothing else may keep somebody from being told.
    CHORES.add(app, lambda: mail_alerts(settings), order=10)
    CHORES.add(app, every(PLAN_EVERY_SECONDS, lambda: plan_surveys(settings)), order=10)
    CHORES.add(app, lambda: read_replies(settings), order=10)
