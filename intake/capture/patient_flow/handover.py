"""Handing visits to tablets. The question counts as put from that moment."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, or_, select, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import DevicePurpose, KioskDevice, Staff
from intake.capture.models import Handover
from intake.db import db
from intake.directory.models import Practice, Visit
from intake.survey.answers.counted_reply import answered_visits
from intake.survey.models import Ask, Channel
from intake.survey.question import wording
from intake.survey.question.choices import choices, drawn_order
from intake.survey.recording.record_answer import NewAsk, save_ask
from intake.web.ttl_cache import remembered

# A tablet that nobody takes up must not ask the next person on behalf of the last one.
WAITING = timedelta(minutes=10)
# How long a tablet stays with a patient who doesn't touch it; with one who has begun to write or reads large words.
QUIET, QUIET_LONGER = timedelta(seconds=60), timedelta(seconds=120)


class AlreadyAnswered(ValueError):
    """The visit has an answer."""


class WrongTablet(LookupError):
    """The tablet isn't paired, was taken out of use, or belongs to another location than the visit."""


def hand_over(visit: Visit, device: KioskDevice, staff: Staff | None, *, language: str | None = None) -> Handover:
    """Hand a visit to this tablet and to no other; what the tablet held before is ended.

    `staff` is None when the patient found the visit; `language` is theirs unless they chose one.
    Keeps the ask with its options in the order drawn. Flushes; the caller commits. Raises AlreadyAnswered, WrongTablet.
    """
    # Two people handing over to one tablet at once: the later one waits, and takes it over.
    db.session.execute(select(KioskDevice.id).where(KioskDevice.id == device.id).with_for_update())
    if device.revoked_at is not None or device.token_hash is None or device.location_id != visit.location_id:
        raise WrongTablet
    if device.purpose != DevicePurpose.ASKING:
        raise WrongTablet
    if answered_visits([visit.id]):
        raise AlreadyAnswered
    now = clock.now()
    db.session.execute(
        update(Handover)
        .where(or_(Handover.device_id == device.id, Handover.visit_id == visit.id), Handover.ended_at.is_(None))
        .values(ended_at=now)
    )
    ask = save_visit_ask(visit, Channel.KIOSK, staff=staff, device=device, language=language)
    handover = Handover(
        device_id=device.id,
        visit_id=visit.id,
        ask_id=ask.id,
        handed_at=now,
        handed_by_id=staff.id if staff else None,
        steps_done=[],
    )
    db.session.add(handover)
    db.session.flush()
    audit_trail.record("visit.handed_over", **audit_trail.about(visit), device=device.id, handover=handover.id)
    return handover


def is_open() -> ColumnElement[bool]:
    """SQL condition: the visit is on its tablet now, waiting or in its patient's hands.

    Any other one is over, whether or not somebody ended it: nothing of it is shown any more.
    """
    now = clock.now()
    waits = and_(Handover.begun_at.is_(None), Handover.handed_at > now - WAITING)
    return and_(Handover.ended_at.is_(None), or_(waits, Handover.active_until > now))


def take_back(visit: Visit, *, only_waiting: bool = False) -> bool:
    """Take the visit off its tablet; False when it was on none. Flushes.

    `only_waiting` leaves a tablet that the patient has begun to answer on: what they enter there is kept, too.
    """
    query = select(Handover).where(Handover.visit_id == visit.id, Handover.ended_at.is_(None))
    if only_waiting:
        query = query.where(Handover.begun_at.is_(None))
    open_ones = list(db.session.scalars(query))
    for handover in open_ones:
        handover.ended_at = clock.now()
        audit_trail.record("visit.taken_back", **audit_trail.about(visit), device=handover.device_id)
    db.session.flush()
    return bool(open_ones)


def tablets(location_id: int) -> list[KioskDevice]:
    """Paired tablets of a location that are in use, by name."""
    query = (
        select(KioskDevice)
        .where(
            KioskDevice.location_id == location_id,
            KioskDevice.purpose == DevicePurpose.ASKING,
            KioskDevice.revoked_at.is_(None),
            KioskDevice.token_hash.is_not(None),
        )
        .order_by(KioskDevice.name, KioskDevice.id)
    )
    return list(db.session.scalars(query))


def visits_on_tablets(location_id: int) -> dict[int, str]:
    """Visit id → name of the tablet that waits for the patient or is being answered on right now."""
    query = (
        select(Handover.visit_id, KioskDevice.name)
        .join(KioskDevice, KioskDevice.id == Handover.device_id)
        .where(KioskDevice.location_id == location_id, is_open())
    )
    return {row.visit_id: row.name for row in db.session.execute(query)}


def tablet_of(visit_id: Any) -> ScalarSelect[str]:
    """SQL expression: the name of the tablet that this visit is on now, or NULL. `visit_id`: a column."""
    held = select(Handover.visit_id, Handover.id, KioskDevice.name).join(
        KioskDevice, KioskDevice.id == Handover.device_id
    )
    open_now = held.where(is_open()).subquery()
    newest = select(open_now.c.name).where(open_now.c.visit_id == visit_id).order_by(open_now.c.id.desc()).limit(1)
    return newest.scalar_subquery()


def save_visit_ask(
    visit: Visit, channel: Channel, *, staff: Staff | None, device: KioskDevice | None, language: str | None = None
) -> Ask:
    """Save the ask of a visit, with its options in an order drawn for this patient. Flushes."""
    language = language or language_of(visit)
    return save_ask(
        NewAsk(
            channel=channel,
            language=language,
            asked_at=clock.now(),
            visit_id=visit.id,
            options=tuple(choice.code for choice in drawn_order(choices(visit.visit_date, language))),
            staff_id=staff.id if staff else None,
            device_id=device.id if device else None,
        )
    )


def save_ask_in_language(ask: Ask, language: str) -> Ask:
    """Save the ask again in another language, as a new row: the first is never rewritten."""
    return save_ask(
        NewAsk(
            channel=Channel(ask.channel),
            language=language,
            asked_at=clock.now(),
            visit_id=ask.visit_id,
            options=tuple(ask.options),
            staff_id=ask.staff_id,
            device_id=ask.device_id,
        )
    )


def language_of(visit: Visit) -> str:
    """Return the visit's or the patient's language where the practice offers it, else the practice's first one."""
    offered = practice_languages()
    for wanted in (visit.language, visit.patient.language):
        if wanted and wording.known_language(wanted) in offered:
            return wording.known_language(wanted)
    return offered[0]


@remembered(seconds=2)
def practice_languages() -> list[str]:
    """Codes that patients may choose, the first one being the default."""
    practice = db.session.get(Practice, 1)
    listed = practice.languages if practice else []
    known = [code for code in dict.fromkeys(map(wording.known_language, listed)) if code]
    return known or [wording.DEFAULT_LANGUAGE]
