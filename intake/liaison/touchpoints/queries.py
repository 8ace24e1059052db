"""Reads of touchpoints."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from flask import abort
from sqlalchemy import ColumnElement, func, select

from intake.accounts.current import current_staff
from intake.accounts.models import Staff
from intake.db import db
from intake.directory.name_keys import normal
from intake.directory.npi.referring_practices import practice_names
from intake.id_filters import among
from intake.liaison.page.access import of_my_locations
from intake.liaison.page.parties import Party, key_of, names_of
from intake.liaison.people.models import OfficeContact
from intake.liaison.touchpoints.models import Participant, Touchpoint, TouchpointBefore
from intake.web.wall.location_wall import whole_practice

PAGE_SIZE = 50
MOST_PAGES = 40


def stands(touchpoint_id: Any) -> ColumnElement[bool]:
    """The condition that this column's touchpoint, where it has one, wasn't taken back."""
    taken_back = select(Touchpoint.id).where(Touchpoint.id == touchpoint_id, Touchpoint.withdrawn_at.is_not(None))
    return ~taken_back.exists()


class Gift(NamedTuple):
    """What counts for one physician at one touchpoint."""

    touchpoint: Touchpoint
    physician_id: int
    cents: int

    @property
    def through_office(self) -> bool:
        """Whether others in their office received it, or a part of it."""
        return self.physician_id in (self.touchpoint.office_gift_for or ())


@whole_practice()
def gifts(
    *,
    first_day: date,
    last_day: date,
    physician_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    but_touchpoint: int | None = None,
) -> list[Gift]:
    """What counts for physicians from first to last day, oldest first. The limit holds for the whole practice, so a sum
    for it leaves `location_ids` out; a list of entries for a reader gives those of the reader.
    """
    of = Touchpoint.participants.any(Participant.received_cents > 0)
    if physician_ids is not None:
        of = Touchpoint.participants.any(among(Participant.physician_id, sorted(physician_ids)))
        of |= Touchpoint.office_gift_for.is_not(None)
    return [
        Gift(row, one, cents)
        for row in _given(first_day, last_day, location_ids, of)
        for one, cents in row.counted.items()
        if row.id != but_touchpoint and (physician_ids is None or one in physician_ids)
    ]


def undecided_gifts(*, first_day: date, last_day: date, location_ids: Collection[int]) -> list[Touchpoint]:
    """Touchpoints at which others in an office received something and nobody has said for which physicians."""
    rows = _given(first_day, last_day, location_ids, Touchpoint.office_gift_for.is_(None))
    return [row for row in rows if row.office_cents]


def _given(
    first_day: date, last_day: date, location_ids: Collection[int] | None, of: ColumnElement[bool]
) -> Iterable[Touchpoint]:
    query = select(Touchpoint).where(
        Touchpoint.cost_cents.is_not(None),
        Touchpoint.day.between(first_day, last_day),
        Touchpoint.withdrawn_at.is_(None),
        of,
    )
    if location_ids is not None:
        query = query.where(among(Touchpoint.location_id, sorted(location_ids)))
    return db.session.scalars(query.order_by(Touchpoint.day, Touchpoint.id))


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
