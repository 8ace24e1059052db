"""Whom a touchpoint was with: keys of forms and what they name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from intake.db import db
from intake.directory.models import Physician, ReferringPractice
from intake.directory.physicians.queries import members_of
from intake.directory.registry_names import physician_name
from intake.id_filters import among, read_id
from intake.liaison.page.parties import Party
from intake.liaison.people.models import OfficeContact

MOST_MATES = 12


@dataclass(frozen=True)
class PersonToMeet:
    """One who can be met: the columns of a participant, and what a form shows."""

    key: str
    name: str
    physician_id: int | None = None
    contact_id: int | None = None
    practice_id: int | None = None


def person(key: str) -> PersonToMeet | None:
    """'physician-12', 'contact-5' or 'practice-3'; None for what names nobody."""
    kind, _, number = key.partition("-")
    row_id = read_id(number)
    if row_id is None:
        return None
    if kind == "physician" and (found := db.session.get(Physician, row_id)):
        return of_physician(found)
    if kind == "contact" and (contact := db.session.get(OfficeContact, row_id)):
        return of_contact(contact)
    if kind == "practice" and (practice := db.session.get(ReferringPractice, row_id)):
        return PersonToMeet(key, practice.name, practice_id=practice.id)
    return None


def of_physician(found: Physician) -> PersonToMeet:
    name = physician_name(found.first_name, found.last_name, found.credential)
    return PersonToMeet(f"physician-{found.id}", name, physician_id=found.id, practice_id=found.referring_practice_id)


def of_contact(found: OfficeContact) -> PersonToMeet:
    return PersonToMeet(
        f"contact-{found.id}",
        found.name,
        physician_id=found.physician_id,
        contact_id=found.id,
        practice_id=found.practice_id,
    )


def people_at(party: Party, contacts: Sequence[OfficeContact] | None = None) -> Sequence[PersonToMeet]:
    """Who can be met there: the physician first, then contacts, the practice as a whole, other physicians of it.

    `contacts` are those of this party and others, where they have been read already.
    """
    found = [of_physician(party.physician)] if party.physician else []
    practices = _practices(party)
    found += [
        of_contact(each)
        for each in (contacts_of(party) if contacts is None else contacts)
        if each.practice_id in practices or each.physician_id in party.physician_ids
    ]
    if party.practice:
        found.append(PersonToMeet(f"practice-{party.practice.id}", party.practice.name, practice_id=party.practice.id))
        mates = [each for each in members_of(party.practice.id) if each.id not in party.physician_ids]
        found += map(of_physician, mates[:MOST_MATES])
    return found


def contacts_of(*parties: Party) -> list[OfficeContact]:
    """Contacts in the parties' offices who are still there, coordinators first."""
    practices = {each for party in parties for each in _practices(party)}
    physicians = {each for party in parties for each in party.physician_ids}
    whose = or_(
        among(OfficeContact.practice_id, sorted(practices)), among(OfficeContact.physician_id, sorted(physicians))
    )
    query = select(OfficeContact).where(whose, OfficeContact.gone_at.is_(None))
    return list(db.session.scalars(query.order_by(OfficeContact.job != "coordinator", OfficeContact.name)))


def _practices(party: Party) -> set[int]:
    return {*party.practice_ids, *([party.practice.id] if party.practice else [])}


def persons(keys: Iterable[str]) -> list[PersonToMeet]:
    """Those of the keys that name somebody, each once."""
    return [found for key in dict.fromkeys(keys) if (found := person(key))]
