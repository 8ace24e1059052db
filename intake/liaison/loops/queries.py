"""Names for referrals: of physicians and their offices, of patients for those who may read them, of sources."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from intake.accounts.models import Staff
from intake.capture.call.queries import patient_called_for
from intake.db import db
from intake.directory.models import Caller, Patient, Physician
from intake.directory.registry_names import physician_name, salutation
from intake.id_filters import among
from intake.liaison.loops.owed import way_wished
from intake.liaison.loops.referrals import Referral
from intake.liaison.people.models import OfficePreference


@dataclass(frozen=True)
class Office:
    """A physician as an envelope names them."""

    physician_id: int
    name: str
    practice: str
    place: str
    # “Dr. Osei”; the full name of whoever has no doctor's credential.
    salutation: str


def offices(physician_ids: Collection[int]) -> dict[int, Office]:
    """Physician id → their name and where they work."""
    query = select(Physician).where(among(Physician.id, sorted(set(physician_ids))))
    return {
        each.id: Office(
            each.id,
            physician_name(each.first_name, each.last_name, each.credential),
            each.referring_practice.name if each.referring_practice else "",
            ", ".join(filter(None, (each.street.title(), each.city.title(), each.state, each.postal_code))),
            salutation(each.first_name, each.last_name, each.credential),
        )
        for each in db.session.scalars(query.options(joinedload(Physician.referring_practice)))
    }


def ways_wished(physician_ids: Collection[int]) -> dict[int, str]:
    """Physician id → how they want results, as a key of HOW; their own wish goes before their practice's."""
    own, practices = OfficePreference.physician_id, OfficePreference.practice_id
    query = (
        select(Physician.id, OfficePreference.results_by)
        .join(OfficePreference, or_(own == Physician.id, practices == Physician.referring_practice_id))
        .where(among(Physician.id, sorted(set(physician_ids))), OfficePreference.results_by != "")
        .order_by(own.is_not(None))
    )
    return {row[0]: way_wished(row[1]) for row in db.session.execute(query)}


def people(referrals: Iterable[Referral]) -> dict[int, str]:
    """Referral id → the name of the person who was sent."""
    listed = list(referrals)
    patients = _patients({each.patient_id for each in listed if each.patient_id})
    called = {each.caller_id for each in listed if each.caller_id}
    callers = patient_called_for(db.session.scalars(select(Caller).where(among(Caller.id, sorted(called)))).all())
    return {
        each.id: patients[each.patient_id] if each.patient_id else callers.get(each.caller_id or 0, "")
        for each in listed
    }


def birth_date(referral: Referral) -> date | None:
    """Of the person who was sent; None for a caller, and where it isn't known."""
    patient = db.session.get(Patient, referral.patient_id) if referral.patient_id else None
    return patient.birth_date if patient else None


def staff_names(ids: Collection[int]) -> dict[int, str]:
    """Staff id → their name."""
    rows = db.session.execute(select(Staff.id, Staff.name).where(among(Staff.id, sorted(ids))))
    return {row[0]: row[1] for row in rows}


def initials(name: str) -> str:
    """'M.R.' of Marta Reyes."""
    return "".join(f"{word[0].upper()}." for word in name.split() if word[0].isalpha())


def _patients(ids: Collection[int]) -> dict[int, str]:
    names = select(Patient.id, Patient.first_name, Patient.last_name).where(among(Patient.id, sorted(ids)))
    rows = db.session.execute(names)
    return {row[0]: f"{row[1]} {row[2]}".strip() for row in rows}
