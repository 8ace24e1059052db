"""What waits for a person: replies that nothing could deal with, and texts that may have left."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from werkzeug.exceptions import NotFound

from intake import clock
from intake.accounts import audit
from intake.db import db
from intake.directory.models import Location, Patient, Practice, Visit
from intake.sms.models import FOR_A_PERSON, InboundText, OutboxText, TextState
from intake.survey.models import Answer

# A worker reads a reply within a second or two; one that lies longer than this has nobody reading it.
UNREAD_AFTER = timedelta(minutes=3)
# Whoever was asked once more has this long to answer before somebody should look.
ASKED_AGAIN = timedelta(hours=1)
# Until then the carrier is still being asked.
UNDECIDED_AFTER = timedelta(minutes=5)
MOST_SHOWN = 200


class NoSuchText(NotFound):
    """There is no such text at these locations."""


@dataclass(frozen=True)
class Waiting:
    """One reply or text to look at. Without a visit: nobody here has this number."""

    id: int
    at: datetime
    body: str
    phone_e164: str
    outcome: str | None
    time_zone: str
    visit_id: int | None = None
    name: str = ""


def replies(*, within: Collection[int]) -> list[Waiting]:
    """Replies for a person, the oldest first: of visits at these locations, and of numbers that nobody here has."""
    now = clock.now()
    found = list(db.session.scalars(_for_a_person()))
    found += list(
        db.session.scalars(
            select(InboundText)
            .where(InboundText.handled_at.is_(None), InboundText.received_at < now - UNREAD_AFTER)
            .order_by(InboundText.id)
            .limit(MOST_SHOWN)
        )
    )
    visits = _visits({each.visit_id for each in found if each.visit_id})
    answered = _answered(set(visits))
    strangers = _locations_of_phones({each.from_e164 for each in found if each.visit_id is None})
    zone = db.session.scalar(select(Practice.time_zone)) or "UTC"
    shown = []
    for text in found:
        visit = visits.get(text.visit_id or 0)
        here = visit[0] in within if visit else _is_ours(strangers.get(text.from_e164), within)
        still_asked = text.outcome in ("unreadable", "asked_for_words") and (
            text.visit_id in answered or text.received_at > now - ASKED_AGAIN
        )
        if here and not still_asked:
            name, place_zone = (visit[1], visit[2]) if visit else ("", zone)
            shown.append(
                Waiting(
                    text.id,
                    text.received_at,
                    text.body,
                    text.from_e164,
                    text.outcome,
                    place_zone,
                    visit_id=text.visit_id,
                    name=name,
                )
            )
    return sorted(shown, key=lambda each: each.at)


def undecided(*, within: Collection[int]) -> list[Waiting]:
    """Texts that may have left and that even the carrier could not tell about, the oldest first."""
    rows = db.session.execute(
        select(OutboxText, Patient.first_name, Patient.last_name, Location.time_zone)
        .join(Location, Location.id == OutboxText.location_id)
        .outerjoin(Visit, Visit.id == OutboxText.visit_id)
        .outerjoin(Patient, Patient.id == Visit.patient_id)
        .where(
            OutboxText.state == TextState.UNCERTAIN,
            OutboxText.location_id.in_(within),
            OutboxText.queued_at < clock.now() - UNDECIDED_AFTER,
        )
        .order_by(OutboxText.id)
        .limit(MOST_SHOWN)
    )
    return [
        Waiting(
            row[0].id,
            row[0].queued_at,
            row[0].body,
            row[0].phone_e164,
            None,
            row.time_zone,
            visit_id=row[0].visit_id,
            name=f"{row.first_name or ''} {row.last_name or ''}".strip(),
        )
        for row in rows
    ]


def waiting_for_a_person(*, within: Collection[int]) -> int:
    """How many of both, for the tab."""
    return len(replies(within=within)) + len(undecided(within=within))


def mark_seen(inbound_id: int, *, within: Collection[int], staff_id: int) -> None:
    """A person has dealt with this reply. Raises NoSuchText (a 404). Flushes."""
    text = db.session.get(InboundText, inbound_id)
    if text is None:
        raise NoSuchText
    visits = _visits({text.visit_id} if text.visit_id else set())
    if text.visit_id:
        here = text.visit_id in visits and visits[text.visit_id][0] in within
    else:
        here = _is_ours(_locations_of_phones({text.from_e164}).get(text.from_e164), within)
    if not here:
        raise NoSuchText
    if text.seen_at is None:
        text.seen_at, text.seen_by_id = clock.now(), staff_id
        audit.record("text.seen", subject_kind="inbound_text", subject_id=inbound_id)


def undecided_text(outbox_id: int, *, within: Collection[int]) -> OutboxText:
    """One of our texts at these locations; raises NoSuchText (a 404)."""
    text = db.session.get(OutboxText, outbox_id)
    if text is None or text.location_id not in within:
        raise NoSuchText
    return text


def _for_a_person() -> Select[InboundText]:
    return select(InboundText).where(FOR_A_PERSON).order_by(InboundText.id).limit(MOST_SHOWN)


def _visits(visit_ids: Collection[int]) -> dict[int, tuple[int, str, str]]:
    """Visit id → location, the patient's name, the location's time zone."""
    rows = db.session.execute(
        select(Visit.id, Visit.location_id, Patient.first_name, Patient.last_name, Location.time_zone)
        .join(Patient, Patient.id == Visit.patient_id)
        .join(Location, Location.id == Visit.location_id)
        .where(Visit.id.in_(visit_ids))
    )
    return {row.id: (row.location_id, f"{row.first_name} {row.last_name}".strip(), row.time_zone) for row in rows}


def _answered(visit_ids: Collection[int]) -> set[int]:
    return {
        visit_id
        for visit_id in db.session.scalars(select(Answer.visit_id).where(Answer.visit_id.in_(visit_ids)).distinct())
        if visit_id is not None
    }


def _locations_of_phones(phones: Collection[str]) -> dict[str, set[int]]:
    """Phone → locations at which a patient with this number has been; phones of nobody are absent."""
    found: dict[str, set[int]] = {}
    rows = db.session.execute(
        select(Patient.mobile_e164, Visit.location_id)
        .join(Visit, Visit.patient_id == Patient.id)
        .where(Patient.mobile_e164.in_(phones))
        .distinct()
    )
    for phone, location_id in rows:
        found.setdefault(phone or "", set()).add(location_id)
    return found


def _is_ours(locations: set[int] | None, within: Collection[int]) -> bool:
    """A number that no patient has is everybody's to look at; a patient's is of the locations that know them."""
    return locations is None or bool(locations & set(within))
