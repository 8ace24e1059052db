"""What staff do with a text that came in: reply, hand it to a colleague, mark it as done, put it back."""

import uuid
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import Role, Staff
from intake.capture.text.planning.eligibility import (
    NO_CARRIER,
    STOPPED,
    STOPPED_BECAUSE,
    what_it_waits_for,
    when_it_leaves,
)
from intake.config import Settings
from intake.db import db
from intake.directory.models import Location, Patient, Practice, Visit
from intake.sms.carrier.segments import in_gsm, segments_of
from intake.sms.consent.consent import current_stop, may_be_texted
from intake.sms.consent.textable import why_not_textable
from intake.sms.models import InboundText, OutboxText, TextPurpose, TextSurvey
from intake.sms.queue.outbox import NewText, queue_text
from intake.sms.queue.words_here import HERE
from intake.web.ui.navigation import FRONT_DESK, MANAGER
from intake.web.ui.written import is_unfit

MOST_SEGMENTS = 3
MOST_VISITS = 5
ASKED_WITHIN = timedelta(days=30)
REPLY_WITHIN = timedelta(days=2)
ON_ANOTHER_CHANNEL = (
    "They wrote on another channel (WhatsApp, RCS), where our texts don’t arrive. Call them, or ask for their mobile."
)
WRITTEN_HERE = "They wrote this on a tablet or on their link, where nobody can write back. Speak to them, or call."
FROM_A_MACHINE = "A machine or a short code wrote this, so there is nobody to reply to."
NO_CONSENT = "Nobody at this number has agreed to texts. Call them, or ask when they are here."
SOMEBODY_ELSE = "Somebody has written to this phone meanwhile; see below. Send yours again if it is still needed."
NEVER_OPEN = "No hour is allowed in all the places this number may be in."


class NotSendable(ValueError):
    """A reply can't be sent; the message says why, for staff."""


def why_no_reply(inbound: InboundText, settings: Settings) -> str:
    """Return, in words for staff, why nobody can text back to this; empty when somebody can. Reads only."""
    never = WRITTEN_HERE if inbound.channel in HERE else "" if settings.texting else NO_CARRIER
    never = never or _not_a_phone(inbound) or _not_wanted(inbound)
    leaves_at, _ = (None, "") if never else when_it_leaves(inbound.from_e164, _location_id(inbound), settings)
    return never or ("" if leaves_at else NEVER_OPEN)


def reply_by_text(
    inbound: InboundText, typed: str, *, submission_id: str, last_seen: int, staff_id: int, settings: Settings
) -> int | None:
    """Queue what staff wrote back and mark the text as done; None when this very reply was queued before.

    It leaves through the outbox like every text: once, within hours. `last_seen`: the last text of the staff to this
    phone that the page showed, so that two who answer at once see each other. Flushes. Raises NotSendable, in words
    for staff.
    """
    if reason := why_no_reply(inbound, settings):
        raise NotSendable(reason)
    body = in_gsm(typed.replace("\r\n", "\n").strip())
    if not body:
        raise NotSendable("Write something first.")
    if is_unfit(body, lines=True):
        raise NotSendable("There is an invisible character in it. Type the text anew instead of pasting it.")
    if segments_of(body).count > MOST_SEGMENTS:
        raise NotSendable(f"This is too long: it would go out as more than {MOST_SEGMENTS} texts. Shorten it, or call.")
    try:
        key = f"staff:{inbound.id}:{uuid.UUID(submission_id)}"
    except ValueError:
        raise NotSendable("This page was open for too long. Reload it and write the text again.") from None
    if db.session.scalar(select(OutboxText.id).where(OutboxText.once_key == key)) is not None:
        return None
    if last_staff_text(inbound) != last_seen:
        raise NotSendable(SOMEBODY_ELSE)
    now = clock.now()
    outbox_id = queue_text(
        NewText(
            once_key=key,
            purpose=TextPurpose.STAFF,
            phone_e164=inbound.from_e164,
            body=body,
            not_before=now,
            not_after=now + REPLY_WITHIN,
            location_id=_location_id(inbound),
            visit_id=inbound.visit_id,
            staff_id=staff_id,
        )
    )
    if outbox_id is not None:
        audit_trail.record("text.replied", **audit_trail.about(inbound), text=outbox_id)
        mark_done(inbound, staff_id=staff_id)
    return outbox_id


def last_staff_text(inbound: InboundText) -> int:
    """Return the id of the last text that staff wrote to this phone; 0 for none."""
    theirs = select(func.max(OutboxText.id)).where(
        OutboxText.phone_e164 == inbound.from_e164, OutboxText.purpose == TextPurpose.STAFF
    )
    return db.session.scalar(theirs) or 0


def waits_for(inbound: InboundText, settings: Settings) -> str:
    """Return when and why a reply written now leaves later, as a sentence; empty where it leaves at once."""
    location = db.session.get(Location, _location_id(inbound) or 0)
    zone = location.time_zone if location else db.session.scalar(select(Practice.time_zone)) or "UTC"
    sentence = what_it_waits_for(inbound.from_e164, location.id if location else None, zone, settings)
    return sentence[:1].upper() + sentence[1:]


def mark_done(inbound: InboundText, *, staff_id: int) -> None:
    """Mark a text as dealt with. Flushes."""
    if inbound.seen_at is None:
        inbound.seen_at, inbound.seen_by_id = clock.now(), staff_id
        # Whoever has dealt with an emergency has opened it.
        inbound.opened_at = inbound.opened_at or inbound.seen_at
        audit_trail.record("text.seen", **audit_trail.about(inbound))


def put_back(inbound: InboundText) -> None:
    """Let a text wait again. Flushes."""
    if inbound.seen_at is not None:
        inbound.seen_at = inbound.seen_by_id = None
        audit_trail.record("text.put_back", **audit_trail.about(inbound))


def hand_on(inbound: InboundText, colleague: Staff | None, *, staff_id: int) -> None:
    """Hand a text to a colleague, or with None back to everybody. It waits again if it had been done. Flushes."""
    inbound.handed_to_id = colleague.id if colleague else None
    inbound.handed_by_id, inbound.handed_at = staff_id, clock.now()
    audit_trail.record("text.handed_on", **audit_trail.about(inbound), staff=colleague.id if colleague else None)
    if colleague is not None:
        put_back(inbound)


def colleagues(inbound: InboundText, *, within: Collection[int]) -> list[Staff]:
    """Who may be handed this text, by name: front desk and managers who may see it themselves."""
    at = _location_id(inbound)
    theirs = [at] if at is not None else list(within)
    return list(
        db.session.scalars(
            select(Staff)
            .where(
                Staff.active,
                Staff.roles.any(Role.name.in_((FRONT_DESK, MANAGER))),
                or_(Staff.all_locations, Staff.locations.any(Location.id.in_(theirs))),
            )
            .order_by(Staff.name, Staff.id)
        )
    )


def visits_of_phone(inbound: InboundText, *, within: Collection[int]) -> list[Visit]:
    """Return the visits at these locations that a text may answer: its own first, then others of the phone."""
    lately = inbound.received_at - ASKED_WITHIN
    phone = inbound.from_e164
    asked = select(TextSurvey.visit_id).where(TextSurvey.phone_e164 == phone, TextSurvey.opened_at > lately)
    # Of a phone that nobody was asked on, those of the people whose it is. One after the other, each by its index.
    owners = select(Patient.id).where(Patient.mobile_e164 == phone, literal(inbound.visit_id is None))
    theirs = select(Visit.id).where(Visit.patient_id.in_(owners))
    own = select(Visit.id).where(Visit.id == inbound.visit_id)
    found = (
        select(Visit)
        .where(Visit.location_id.in_(within), Visit.id.in_(union_all(own, asked, theirs)))
        .options(joinedload(Visit.patient))
        .order_by(Visit.scheduled_at.desc(), Visit.id.desc())
        .limit(MOST_VISITS)
    )
    return sorted(db.session.scalars(found), key=lambda visit: visit.id != inbound.visit_id)


def _not_a_phone(inbound: InboundText) -> str:
    if inbound.channel != "sms":
        return ON_ANOTHER_CHANNEL
    return FROM_A_MACHINE if inbound.outcome == "short_code" else why_not_textable(inbound.from_e164)


def _not_wanted(inbound: InboundText) -> str:
    patient_id = db.session.scalar(select(Visit.patient_id).where(Visit.id == inbound.visit_id))
    stop = current_stop(inbound.from_e164, patient_id=patient_id)
    if stop is not None:
        return STOPPED_BECAUSE.get(stop.reason, STOPPED)
    return "" if may_be_texted(inbound.from_e164, patient_id=patient_id) else NO_CONSENT


def _location_id(inbound: InboundText) -> int | None:
    return db.session.scalar(select(Visit.location_id).where(Visit.id == inbound.visit_id))
