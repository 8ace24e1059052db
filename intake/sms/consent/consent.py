"""Consent and opt-out of phones and patients."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, text, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import BigId, UtcDateTime, db
from intake.directory.models import Visit
from intake.sms.models import DESPITE_STOP, OutboxText, TextConsent, TextState, TextStop, TextSurvey
from intake.web.wall.location_wall import whole_practice

# Two texts from one phone may arrive at once; the unique index lets one of them be the first.
_INSERT_STOP = text(
    "INSERT INTO text_stop (phone_e164, stopped_at, reason, inbound_id, patient_id) "
    "VALUES (:phone_e164, :stopped_at, :reason, :inbound_id, :patient_id) ON CONFLICT DO NOTHING RETURNING id"
).bindparams(
    bindparam("stopped_at", type_=UtcDateTime),
    bindparam("inbound_id", type_=BigId),
    bindparam("patient_id", type_=BigId),
)
# What the bare word or the carrier made, only the phone itself lifts; these the desk sets right with the patient there.
SET_RIGHT_AT_DESK = frozenset({"staff", "phrase", "wrong_number", "died"})
# A bare YES is START to the carrier, and may have been meant for something else.
LIFTED_BY_YES = frozenset({"word", "carrier"})


def is_stopped(phone_e164: str, *, patient_id: int | None = None) -> bool:
    """Return whether nothing may be sent to this phone, or with a patient nothing about them."""
    return current_stop(phone_e164, patient_id=patient_id) is not None


def current_stop(phone_e164: str, *, patient_id: int | None) -> TextStop | None:
    """Return the stop of this phone, else the one for this patient."""
    of_whom: ColumnElement[bool] = TextStop.patient_id.is_(None)
    if patient_id is not None:
        of_whom |= TextStop.patient_id == patient_id
    found = select(TextStop).where(TextStop.phone_e164 == phone_e164, TextStop.resumed_at.is_(None), of_whom)
    return db.session.scalars(found.order_by(TextStop.patient_id.is_not(None)).limit(1)).one_or_none()


def may_be_texted(phone_e164: str, *, patient_id: int | None) -> bool:
    """Return whether there is consent for this phone, this patient's or the phone's as such, and no stop."""
    if is_stopped(phone_e164, patient_id=patient_id):
        return False
    query = select(TextConsent.id).where(consent_holds(phone_e164, patient_id)).limit(1)
    return db.session.scalar(query) is not None


def consent_holds(phone_e164: Any, patient_id: Any) -> ColumnElement[bool]:
    """SQL condition: a consent is for this phone, not withdrawn, and this patient's or the phone's as such.

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
    """Record that this patient agreed to be texted. Does not lift a STOP: only the phone itself can. Flushes."""
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
    audit_trail.record("consent.given", subject_kind="patient", subject_id=patient_id, source=source)


@whole_practice()
def record_opt_out(
    phone_e164: str, *, reason: str, inbound_id: int | None = None, patient_id: int | None = None
) -> bool:
    """Record an opt-out: in the same transaction surveys close and queued texts are cancelled.

    With a patient only what is about them: whoever has the phone may be another patient, or have one. Returns whether
    it is new: only then one confirmation is due. Flushes.
    """
    now = clock.now()
    stop = {"phone_e164": phone_e164, "stopped_at": now, "reason": reason, "inbound_id": inbound_id}
    new = db.session.execute(_INSERT_STOP, stop | {"patient_id": patient_id}).first() is not None
    if new:
        audit_trail.record("texting.stopped", subject_kind="text_stop", reason=reason)
    # 'sending' is on the wire already and can't be called back.
    texts = update(OutboxText).where(
        OutboxText.phone_e164 == phone_e164,
        OutboxText.state.in_((TextState.QUEUED, TextState.CLAIMED)),
        OutboxText.purpose.not_in(DESPITE_STOP),
    )
    surveys = update(TextSurvey).where(TextSurvey.phone_e164 == phone_e164, TextSurvey.closed_at.is_(None))
    if patient_id is not None:
        visits = select(Visit.id).where(Visit.patient_id == patient_id)
        texts, surveys = texts.where(OutboxText.visit_id.in_(visits)), surveys.where(TextSurvey.visit_id.in_(visits))
    db.session.execute(texts.values(state=TextState.CANCELLED, reason="stopped", closed_at=now, claimed_by=None))
    db.session.execute(surveys.values(closed_at=now, closed_because="stopped", step="closed"))
    return new


def record_opt_in(phone_e164: str, *, by_yes: bool = False) -> bool:
    """Lift the stop of a phone that said START. Returns whether it had been stopped. Flushes.

    `by_yes`: it said YES, which lifts no stop that we inferred, and no wrong number.
    """
    lifts = TextStop.reason.in_(LIFTED_BY_YES) if by_yes else TextStop.id.is_not(None)
    return _lift(phone_e164, lifts)


def set_stop_right(phone_e164: str, *, patient_id: int) -> bool:
    """Lift a stop that staff noted or that was inferred; one that the phone itself said stays.

    Only with the patient present. Flushes; returns whether one was.
    """
    of_whom = TextStop.patient_id.is_(None) | (TextStop.patient_id == patient_id)
    return _lift(phone_e164, TextStop.reason.in_(SET_RIGHT_AT_DESK) & of_whom)


def stopped_phones() -> set[str]:
    """Phones to which nothing is sent at all."""
    stands = select(TextStop.phone_e164).where(TextStop.resumed_at.is_(None), TextStop.patient_id.is_(None))
    return set(db.session.scalars(stands))


def _lift(phone_e164: str, which: ColumnElement[bool]) -> bool:
    lifted = db.session.scalars(
        update(TextStop)
        .where(TextStop.phone_e164 == phone_e164, TextStop.resumed_at.is_(None), which)
        .values(resumed_at=clock.now())
        .returning(TextStop.id)
    ).all()
    for stop_id in lifted:
        audit_trail.record("texting.resumed", subject_kind="text_stop", subject_id=stop_id)
    return bool(lifted)
