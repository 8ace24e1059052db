"""Who may be texted: consent given, and taken back."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, text, update

from intake import clock
from intake.accounts import audit
from intake.db import BigId, UtcDateTime, db
from intake.sms.models import OutboxText, TextConsent, TextState, TextStop, TextSurvey

# Two texts from one phone may arrive at once; the unique index lets one of them be the first.
_INSERT_STOP = text(
    "INSERT INTO text_stop (phone_e164, stopped_at, reason, inbound_id) "
    "VALUES (:phone_e164, :stopped_at, :reason, :inbound_id) ON CONFLICT DO NOTHING RETURNING id"
).bindparams(bindparam("stopped_at", type_=UtcDateTime), bindparam("inbound_id", type_=BigId))


def is_stopped(phone_e164: str) -> bool:
    return (
        db.session.scalar(
            select(TextStop.id).where(TextStop.phone_e164 == phone_e164, TextStop.resumed_at.is_(None)).limit(1)
        )
        is not None
    )


def may_be_texted(phone_e164: str, *, patient_id: int | None) -> bool:
    """Consent stands for this phone (given by or for this patient, or for the phone as such) and nobody said stop."""
    if is_stopped(phone_e164):
        return False
    query = select(TextConsent.id).where(consent_stands(phone_e164, patient_id)).limit(1)
    return db.session.scalar(query) is not None


def consent_stands(phone_e164: Any, patient_id: Any) -> ColumnElement[bool]:
    """The condition that a consent is for this phone, not taken back, and this patient's or the phone's as such.

    Both may be values or columns; without a patient any consent of the phone will do.
    """
    stands = and_(TextConsent.phone_e164 == phone_e164, TextConsent.withdrawn_at.is_(None))
    if patient_id is None:
        return stands
    return and_(stands, or_(TextConsent.patient_id == patient_id, TextConsent.patient_id.is_(None)))


def record_consent(
    *,
    phone_e164: str,
    patient_id: int | None,
    source: str,
    wording_version: str,
    given_at: datetime | None = None,
    staff_id: int | None = None,
) -> None:
    """Keep that this patient agreed to be texted. Does not lift a STOP: only the phone itself can. Flushes."""
    db.session.add(
        TextConsent(
            phone_e164=phone_e164,
            patient_id=patient_id,
            given_at=given_at or clock.now(),
            source=source,
            wording_version=wording_version,
            staff_id=staff_id,
        )
    )
    db.session.flush()
    audit.record("consent.given", subject_kind="patient", subject_id=patient_id, source=source)


def record_opt_out(phone_e164: str, *, reason: str, inbound_id: int | None = None) -> bool:
    """From now on nothing is sent to this phone: surveys close, queued texts are cancelled, in the same transaction.

    Returns whether it is new: only then one confirmation is due. Flushes.
    """
    stop = {"phone_e164": phone_e164, "stopped_at": clock.now(), "reason": reason, "inbound_id": inbound_id}
    new = db.session.execute(_INSERT_STOP, stop).first() is not None
    if new:
        audit.record("texting.stopped", subject_kind="text_stop", reason=reason)
    now = clock.now()
    # 'sending' is on the wire already and can't be called back.
    db.session.execute(
        update(OutboxText)
        .where(OutboxText.phone_e164 == phone_e164, OutboxText.state.in_((TextState.QUEUED, TextState.CLAIMED)))
        .values(state=TextState.CANCELLED, reason="stopped", closed_at=now, claimed_by=None)
    )
    db.session.execute(
        update(TextSurvey)
        .where(TextSurvey.phone_e164 == phone_e164, TextSurvey.closed_at.is_(None))
        .values(closed_at=now, closed_because="stopped", step="closed")
    )
    return new


def record_opt_in(phone_e164: str) -> bool:
    """The phone itself said START: texting resumes. Returns whether it had been stopped. Flushes."""
    standing = db.session.execute(
        update(TextStop)
        .where(TextStop.phone_e164 == phone_e164, TextStop.resumed_at.is_(None))
        .values(resumed_at=clock.now())
        .returning(TextStop.id)
    ).first()
    if standing is not None:
        audit.record("texting.resumed", subject_kind="text_stop", subject_id=standing.id)
    return standing is not None


def lift_staff_stop(phone_e164: str) -> bool:
    """Take back a stop that staff noted; one that the phone itself said stays. Flushes; returns whether one was."""
    lifted = db.session.execute(
        update(TextStop)
        .where(TextStop.phone_e164 == phone_e164, TextStop.resumed_at.is_(None), TextStop.reason == "staff")
        .values(resumed_at=clock.now())
        .returning(TextStop.id)
    ).first()
    if lifted is not None:
        audit.record("texting.resumed", subject_kind="text_stop", subject_id=lifted.id)
    return lifted is not None


def stopped_phones() -> set[str]:
    return set(db.session.scalars(select(TextStop.phone_e164).where(TextStop.resumed_at.is_(None))))
