"""Reads of touchpoints."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort
from sqlalchemy import func, select

from intake.accounts.current import current_staff
from intake.accounts.models import Staff
from intake.db import db
from intake.directory.name_keys import normal
from intake.directory.npi.referring_practices import practice_names
from intake.id_filters import among
from intake.liaison.page.access import of_my_locations
from intake.liaison.page.parties import Party, key_of, names_of
from intake.liaison.page.parties import party_of as party_of_row
from intake.liaison.people.models import OfficeContact
from intake.liaison.touchpoints.kinds import REACHED, TouchpointKind
from intake.liaison.touchpoints.models import Participant, Touchpoint, TouchpointBefore
from intake.web.wall.location_wall import whole_practice

PAGE_SIZE = 50
MOST_PAGES = 40


@dataclass(frozen=True)
class Contact:
    """A day on which somebody of ours reached a physician or their office."""

    physician_id: int
    day: date
    kind: TouchpointKind


@dataclass(frozen=True)
class Gift:
    """What one physician received at one touchpoint, with the manager's reason where it was over the limit."""

    touchpoint_id: int
    location_id: int
    physician_id: int
    day: date
    kind: TouchpointKind
    words: str
    cents: int
    shared: str | None
    author_id: int | None
    over_limit_reason: str
    over_limit_by_id: int | None


def contacts(*, location_ids: Collection[int], until: date) -> list[Contact]:
    """Every contact with a physician up to a day, oldest first; physicians as recorded, before merges are applied."""
    columns: Any = select(Participant.physician_id, Participant.day, Touchpoint.kind)
    query = (
        columns.join(Touchpoint, Touchpoint.id == Participant.touchpoint_id)
        .where(
            Participant.physician_id.is_not(None),
            Participant.day <= until,
            Touchpoint.withdrawn_at.is_(None),
            Touchpoint.kind.in_(sorted(REACHED)),
            among(Touchpoint.location_id, sorted(location_ids)),
        )
        .order_by(Participant.day, Participant.id)
    )
    return [Contact(row[0], row[1], TouchpointKind(row[2])) for row in db.session.execute(query)]


@whole_practice()
def gifts(
    *,
    first_day: date,
    last_day: date,
    physician_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    but_touchpoint: int | None = None,
) -> list[Gift]:
    """What physicians received from first to last day, oldest first. The limit holds for the whole practice, so a sum
    for it leaves `location_ids` out; a list of entries for a reader gives those of the reader.
    """
    columns: Any = select(
        Touchpoint.id,
        Touchpoint.location_id,
        Participant.physician_id,
        Participant.day,
        Touchpoint.kind,
        Touchpoint.words,
        Participant.received_cents,
        Touchpoint.shared,
        Touchpoint.author_id,
        Touchpoint.over_limit_reason,
        Touchpoint.over_limit_by_id,
    )
    query = (
        columns.join(Touchpoint, Touchpoint.id == Participant.touchpoint_id)
        .where(
            Participant.physician_id.is_not(None),
            Participant.contact_id.is_(None),
            Participant.received_cents > 0,
            Participant.day.between(first_day, last_day),
            Touchpoint.withdrawn_at.is_(None),
        )
        .order_by(Participant.day, Participant.id)
    )
    if physician_ids is not None:
        query = query.where(among(Participant.physician_id, sorted(physician_ids)))
    if location_ids is not None:
        query = query.where(among(Touchpoint.location_id, sorted(location_ids)))
    if but_touchpoint is not None:
        query = query.where(Touchpoint.id != but_touchpoint)
    rows: list[Any] = list(db.session.execute(query))
    return [Gift(*(*row[:4], TouchpointKind(row[4]), *row[5:])) for row in rows]


def touchpoint(touchpoint_id: int) -> Touchpoint:
    """One of the reader's locations; 404 for any other."""
    query = select(Touchpoint).where(Touchpoint.id == touchpoint_id, of_my_locations(Touchpoint.location_id))
    return db.session.scalars(query).one_or_none() or abort(404)


def of_submission(submission_id: str) -> Touchpoint | None:
    """The reader's own touchpoint that this form made."""
    query = select(Touchpoint).where(
        Touchpoint.submission_id == submission_id, Touchpoint.author_id == current_staff().id
    )
    return db.session.scalars(query).one_or_none()


def newest(*, kind: str = "", author_id: int | None = None, page: int = 1) -> tuple[list[Touchpoint], int]:
    """(touchpoints of one page, newest first; number of pages) at the reader's locations."""
    fits = [of_my_locations(Touchpoint.location_id), Touchpoint.withdrawn_at.is_(None)]
    if kind:
        fits.append(Touchpoint.kind == kind)
    if author_id:
        fits.append(Touchpoint.author_id == author_id)
    # Counted no further than somebody would page.
    some = select(Touchpoint.id).where(*fits).limit(PAGE_SIZE * MOST_PAGES).subquery()
    total = db.session.scalar(select(func.count()).select_from(some)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    query = (
        select(Touchpoint)
        .where(*fits)
        .order_by(Touchpoint.day.desc(), Touchpoint.id.desc())
        .limit(PAGE_SIZE)
        .offset((min(page, pages) - 1) * PAGE_SIZE)
    )
    return list(db.session.scalars(query)), pages


def with_party(party: Party, *, since: date | None = None, most: int | None = None) -> list[Touchpoint]:
    """Touchpoints with a physician, or with anybody of a practice, newest first, at the reader's locations."""
    met = select(Participant.touchpoint_id).where(party.owns(Participant))
    if since:
        met = met.where(Participant.day >= since)
    query = (
        select(Touchpoint)
        .where(Touchpoint.id.in_(met), Touchpoint.withdrawn_at.is_(None), of_my_locations(Touchpoint.location_id))
        .order_by(Touchpoint.day.desc(), Touchpoint.id.desc())
    )
    return list(db.session.scalars(query.limit(most) if most else query))


def names_met(rows: Collection[Touchpoint]) -> dict[int, list[tuple[str, str]]]:
    """Touchpoint → (name, key of the party) of each one it was with."""
    people = [each for row in rows for each in row.participants]
    contact_ids = sorted({each.contact_id for each in people if each.contact_id})
    query = select(OfficeContact.id, OfficeContact.name).where(among(OfficeContact.id, contact_ids))
    contacts = {row[0]: row[1] for row in db.session.execute(query)} if contact_ids else {}
    names = names_of(people)
    return {
        row.id: [
            (contacts.get(each.contact_id or 0) or names.get(key_of(each), ""), key_of(each))
            for each in row.participants
        ]
        for row in rows
    }


def key_of_participant(each: Participant) -> str:
    """As `person` reads it."""
    return f"contact-{each.contact_id}" if each.contact_id else key_of(each)


def party_of(found: Touchpoint) -> Party:
    """Whom it was with: the first physician, else the practice."""
    people = [each for each in found.participants if each.physician_id] or found.participants
    return (people and party_of_row(people[0])) or abort(404)


def earlier_versions(found: Touchpoint) -> list[TouchpointBefore]:
    """What it said before, newest first."""
    query = select(TouchpointBefore).where(TouchpointBefore.touchpoint_id == found.id)
    return list(db.session.scalars(query.order_by(TouchpointBefore.id.desc())))


def practices_like(text: str) -> list[int]:
    """Ids of referring practices whose name holds these words, at most six."""
    words = normal(text).split()
    found = [each_id for each_id, name, _ in practice_names() if all(word in normal(name) for word in words)]
    return found[:6]


def is_at_work(staff_id: int | None) -> bool:
    """Whether somebody still works here."""
    person = db.session.get(Staff, staff_id) if staff_id else None
    return bool(person and person.active)
