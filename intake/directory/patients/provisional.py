"""Charts of walk-ins whose chart number isn't known yet: their placeholder, and finding them when a schedule comes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from intake.accounts.tokens import new_code
from intake.db import db
from intake.directory.models import Patient, Visit
from intake.directory.name_keys import normal

# No practice system makes such a number, and everybody who reads it in a list or a file sees what it is.
BEGINNING = "walk-in "
CODE_LENGTH = 7


def new_placeholder() -> str:
    """Return what stands for a chart number until a schedule names the real one: 'walk-in K7M4QRT'."""
    return BEGINNING + new_code(CODE_LENGTH)


def is_provisional(mrn: str) -> bool:
    return mrn.casefold().startswith(BEGINNING)


def provisional_chart(last_name: str, first_name: str, born: date | None, *, since: datetime) -> Patient | None:
    """The chart without a number that was made for this person since then."""
    query = select(Patient).where(
        Patient.mrn.startswith(BEGINNING, autoescape=True),
        Patient.created_at >= since,
        Patient.last_name == last_name,
        Patient.first_name == first_name,
        Patient.birth_date == born if born else Patient.birth_date.is_(None),
    )
    return db.session.scalars(query.order_by(Patient.id).limit(1)).one_or_none()


def say_chart(mrn: str) -> str:
    """Format a chart number: 'chart 0012301', 'no chart number yet'."""
    return "no chart number yet" if is_provisional(mrn) else f"chart {mrn}"


@dataclass(frozen=True)
class ListedPerson:
    """A person as a schedule lists them, under a chart number that isn't known here."""

    mrn: str
    first_name: str
    last_name: str
    birth_date: date | None
    days: frozenset[date]


def charts_to_take_over(people: Iterable[ListedPerson], *, location_id: int) -> dict[str, Any]:
    """Chart number → the walk-in's row (id and columns of `patient`) that gets this number now.

    It is the same person with the same name and birth date; where one of the two has no birth date, with the same
    name and a visit by hand at this location on one of these days. Whoever fits two is left to a person.
    """
    rows = db.session.execute(
        select(*Patient.__table__.c, Visit.visit_date, Visit.location_id.label("seen_at"))
        .join(Visit, Visit.patient_id == Patient.id)
        .where(Patient.mrn.startswith(BEGINNING, autoescape=True), Visit.appointment_id.is_(None))
        .order_by(Patient.id)
    ).all()
    by_name: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        by_name.setdefault(_name(row.first_name, row.last_name), []).append(row)
    fits: dict[str, dict[int, Any]] = {}
    for person in people:
        namesakes = by_name.get(_name(person.first_name, person.last_name), ())
        fits[person.mrn] = {row.id: row for row in namesakes if _is(row, person, location_id)}
    return _without_doubt(fits)


def _is(row: Any, person: ListedPerson, location_id: int) -> bool:
    if row.birth_date is not None and person.birth_date is not None:
        return bool(row.birth_date == person.birth_date)
    return row.seen_at == location_id and row.visit_date in person.days


def _without_doubt(fits: Mapping[str, Mapping[int, Any]]) -> dict[str, Any]:
    one = {mrn: next(iter(rows.values())) for mrn, rows in fits.items() if len(rows) == 1}
    taken = [row.id for row in one.values()]
    return {mrn: row for mrn, row in one.items() if taken.count(row.id) == 1}


def _name(first_name: str, last_name: str) -> tuple[str, str]:
    return " ".join(normal(first_name).split()[:1]), normal(last_name)
