"""What people note about a referral: its stage, corrections, what the referring office was told, its own number."""

from datetime import date

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.attribution.filters.queries import practice_time_zone
from intake.db import db
from intake.liaison.loops.models import EventKind, ReferralEvent
from intake.liaison.loops.owed import Owed
from intake.liaison.loops.referrals import Referral
from intake.liaison.loops.stages import Stage, check

LONGEST_WORDS = 300
LONGEST_REFERENCE = 40


class NoReason(ValueError):
    """A correction says why."""


def record_stage(referral: Referral, stage: Stage, *, staff: Staff | None, day: date | None = None) -> None:
    """Note that the referral came to a stage. Flushes. Raises MoveNotAllowed."""
    check(referral.stage, stage, corrects=False)
    _note(referral, EventKind.STAGE, stage, staff=staff, day=day)


def correct_stage(referral: Referral, stage: Stage, why: str, *, staff: Staff | None) -> None:
    """Go back to an earlier stage; what was noted before stays. Flushes. Raises MoveNotAllowed, NoReason."""
    check(referral.stage, stage, corrects=True)
    if not why.strip():
        raise NoReason
    _note(referral, EventKind.CORRECTION, stage, why, staff=staff)


def record_told(referral: Referral, what: Owed, how: str, *, staff: Staff | None) -> None:
    """Note that the referring office was told; noted twice it is told once. Flushes."""
    if what not in referral.told:
        _note(referral, EventKind.TOLD, what, how, staff=staff)


def take_back_told(referral: Referral, what: Owed, *, staff: Staff | None) -> None:
    """Note that it was not told after all. Flushes."""
    if what in referral.told:
        _note(referral, EventKind.NOT_TOLD, what, staff=staff)


def record_reference(referral: Referral, number: str, *, staff: Staff | None) -> None:
    """Note the referring office's own number for the patient; empty takes it away. Flushes."""
    number = " ".join(number.split())[:LONGEST_REFERENCE]
    if number != referral.reference:
        _note(referral, EventKind.REFERENCE, "", number, staff=staff)


def confirm(referral: Referral, *, staff: Staff | None) -> None:
    """Note that this physician did send the patient, so that they may hear of them. Flushes."""
    if referral.confirmed is None:
        _note(referral, EventKind.CONFIRMED, "", staff=staff)


def take_back_confirmed(referral: Referral, *, staff: Staff | None) -> None:
    """Note that nobody is sure after all. Flushes."""
    if referral.confirmed is not None:
        _note(referral, EventKind.UNSURE, "", staff=staff)


def _note(
    referral: Referral, kind: EventKind, value: str, words: str = "", *, staff: Staff | None, day: date | None = None
) -> None:
    db.session.add(
        ReferralEvent(
            visit_id=referral.visit_id,
            caller_id=referral.caller_id,
            physician_id=referral.recorded_physician_id,
            kind=kind,
            value=value,
            words=" ".join(words.split())[:LONGEST_WORDS],
            day=day or clock.clinic_today(practice_time_zone()),
            recorded_at=clock.now(),
            recorded_by_id=staff.id if staff else None,
        )
    )
    db.session.flush()
    audit_trail.record(
        f"referral.{kind}",
        subject_kind="physician_referral",
        subject_id=referral.id,
        location_id=referral.location_id,
        **({"value": value} if value else {}),
    )
