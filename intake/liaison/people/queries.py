"""Reads of contacts, wishes and relationships."""

from flask import abort
from sqlalchemy import or_, select

from intake.db import db
from intake.liaison.page.access import of_my_locations
from intake.liaison.page.parties import Party, party_of_practice
from intake.liaison.people.models import OfficeContact, OfficePreference, Relationship


def relationship(relationship_id: int) -> Relationship:
    """One of the reader's locations; 404 for any other."""
    query = select(Relationship).where(Relationship.id == relationship_id, of_my_locations(Relationship.location_id))
    return db.session.scalars(query).one_or_none() or abort(404)


def relationships_of(party: Party) -> list[Relationship]:
    """Those of the reader's locations with a party, today's first."""
    query = select(Relationship).where(party.owns(Relationship), of_my_locations(Relationship.location_id))
    return list(db.session.scalars(query.order_by(Relationship.ended_at.is_not(None), Relationship.location_id)))


def contact(contact_id: int) -> OfficeContact:
    """404 when there is none."""
    return db.session.get(OfficeContact, contact_id) or abort(404)


def preference_of(party: Party) -> OfficePreference | None:
    """What the party itself told us."""
    return db.session.scalars(select(OfficePreference).where(party.owns(OfficePreference))).first()


def preferences_at(party: Party) -> list[OfficePreference]:
    """What the party told us and, of a physician, what their practice did."""
    whose = [party.owns(OfficePreference)]
    if party.is_physician and party.practice:
        whose.append(party_of_practice(party.practice.id).owns(OfficePreference))
    query = select(OfficePreference).where(or_(*whose)).order_by(OfficePreference.physician_id.is_(None))
    return list(db.session.scalars(query))
