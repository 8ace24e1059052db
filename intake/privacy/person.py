"""The rows of one person: every chart that is read as theirs, and all that hangs on it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select

from intake.db import db
from intake.directory.merging.merge import Kind, read_as_one
from intake.directory.models import Patient, Visit
from intake.id_filters import among
from intake.privacy.personal_columns import ERASED, PERSONAL, table
from intake.sms.models import OutboxText, TextConsent
from intake.web.wall.location_wall import whole_practice


@dataclass(frozen=True)
class HeldPerson:
    """Ids of rows, by table; names and telephones as they stand now."""

    patient_id: int
    charts: tuple[Patient, ...]
    rows: dict[str, list[Any]] = field(default_factory=dict)
    # Telephones that are nobody else's here: what came from them without a visit is theirs too.
    phones: frozenset[str] = frozenset()
    shared_phones: frozenset[str] = frozenset()

    @property
    def ids(self) -> list[int]:
        return [chart.id for chart in self.charts]

    @property
    def is_erased(self) -> bool:
        return all(chart.erased_at is not None for chart in self.charts)

    @property
    def names(self) -> list[tuple[str, str]]:
        """First and last name of each chart that still has one."""
        return [(chart.first_name, chart.last_name) for chart in self.charts if chart.erased_at is None]


@whole_practice()
def person(patient_id: int) -> HeldPerson:
    """Return the person whose chart this is, with the ids of all their rows."""
    charts = db.session.scalars(select(Patient).where(Patient.id.in_(read_as_one(Kind.PATIENTS, patient_id))))
    found = HeldPerson(patient_id, tuple(sorted(charts, key=lambda chart: chart.id)))
    phones = _phones(found.ids)
    shared = _also_of_others(phones, found.ids)
    found = HeldPerson(patient_id, found.charts, {}, frozenset(phones - shared), frozenset(shared))
    for name, place in PERSONAL.items():
        rows = table(name)
        key = next(iter(rows.primary_key))
        if name == "patient":
            found.rows[name] = found.ids
            continue
        theirs = [among(rows.c[column], ids) for column in place.via if (ids := _pointed_at(rows, column, found))]
        if place.phone is not None and found.phones:
            theirs.append(_by_phone_alone(rows, place.phone, found.phones))
        # Each asked by its own index; asked together every row there is would be read.
        found.rows[name] = sorted({each for one in theirs for each in db.session.scalars(select(key).where(one))})
    return found


@whole_practice()
def locations_of(found: HeldPerson) -> set[int]:
    """Return where this person was ever to be seen."""
    return set(db.session.scalars(select(Visit.location_id).where(among(Visit.id, found.rows["visit"])).distinct()))


def _pointed_at(rows: Table, column: str, found: HeldPerson) -> list[Any]:
    """Those of the person's rows that this column may name."""
    return found.rows[next(iter(rows.c[column].foreign_keys)).column.table.name]


def _by_phone_alone(rows: Table, phone: str, phones: Collection[str]) -> ColumnElement[bool]:
    """Rows of these telephones that no visit or patient of somebody else claims."""
    unclaimed = [rows.c[name].is_(None) for name in ("visit_id", "patient_id") if name in rows.c]
    return rows.c[phone].in_(phones) & or_(*unclaimed)


def _phones(charts: Collection[int]) -> set[str]:
    """Every telephone under which this person was known: of the chart, and of texts about their visits."""
    queries = (
        select(Patient.mobile_e164).where(Patient.id.in_(charts)),
        select(TextConsent.phone_e164).where(TextConsent.patient_id.in_(charts)),
        select(OutboxText.phone_e164).where(
            OutboxText.visit_id.in_(select(Visit.id).where(Visit.patient_id.in_(charts)))
        ),
    )
    return {phone for query in queries for phone in db.session.scalars(query) if phone and not phone.startswith(ERASED)}


def _also_of_others(phones: Collection[str], charts: Collection[int]) -> set[str]:
    queries = (
        select(Patient.mobile_e164).where(Patient.mobile_e164.in_(phones), Patient.id.not_in(charts)),
        select(TextConsent.phone_e164).where(
            TextConsent.phone_e164.in_(phones),
            TextConsent.patient_id.is_not(None),
            TextConsent.patient_id.not_in(charts),
        ),
    )
    return {phone for query in queries for phone in db.session.scalars(query) if phone}
