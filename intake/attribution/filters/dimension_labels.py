"""What the rows of a cut are called: on pages, in files, in addresses."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from intake.accounts.models import Staff
from intake.attribution.filters.dimensions import (
    ALONE,
    KIND_NUMBERS,
    NO_PROVIDER,
    NOBODY,
    OTHER_SOURCES,
    REMAINDER_KEYS,
    UNMATCHED,
    UNNAMED,
    Cut,
    Lists,
)
from intake.db import db
from intake.directory.models import Location, Patient, Physician, ReferringPractice, SourceKind
from intake.directory.registry_names import physician_name, proper
from intake.id_filters import among
from intake.survey.answers.effective_answer import NOT_MATCHED
from intake.survey.models import Channel
from intake.survey.outcomes import DOORS
from intake.survey.question.wording import DEFAULT_LANGUAGE, source_label
from intake.web.ui.formatting import say_long_date, say_month

REMAINDER_LABELS = {
    (Cut.SOURCE, UNMATCHED): NOT_MATCHED,
    (Cut.KIND, UNMATCHED): NOT_MATCHED,
    (Cut.PHYSICIAN, UNNAMED): "Physician not named or not yet matched",
    (Cut.PHYSICIAN, OTHER_SOURCES): "Not from a physician",
    (Cut.PHYSICIAN, UNMATCHED): NOT_MATCHED,
    (Cut.PRACTICE, ALONE): "Physicians whose practice isn't noted",
    (Cut.PRACTICE, UNNAMED): "Physician not named or not yet matched",
    (Cut.PRACTICE, OTHER_SOURCES): "Not from a physician",
    (Cut.PRACTICE, UNMATCHED): NOT_MATCHED,
    (Cut.PATIENT, UNNAMED): "Patient not named or not yet matched",
    (Cut.PATIENT, OTHER_SOURCES): "Not from a patient",
    (Cut.PATIENT, UNMATCHED): NOT_MATCHED,
    (Cut.PROVIDER, NOBODY): "Nobody noted in the schedule",
    (Cut.STAFF, NOBODY): "Nobody: tablet or link used alone",
}
KIND_LABELS = {
    SourceKind.PHYSICIAN: "Physicians",
    SourceKind.PATIENT: "Friends, family, patients",
    SourceKind.NON_PERSON: "Everything else",
}
KIND_KEYS = {number: str(kind).replace("_", "-") for kind, number in KIND_NUMBERS.items()}


@dataclass(frozen=True)
class Name:
    """How a row is called. `key` stands in addresses; `code` and `npi` only where there is one."""

    key: str
    label: str
    detail: str = ""
    code: str | None = None
    npi: str | None = None


def names_of(cut: Cut, ids: Collection[object], lists: Lists) -> dict[Any, Name]:
    """The name of each row of a cut, by what the sums are keyed by."""
    people = [each for each in ids if isinstance(each, int) and each > 0]
    named: dict[Any, Name] = {}
    if cut == Cut.SOURCE:
        named.update((each, source_name(lists, each)) for each in people)
    elif cut == Cut.KIND:
        kinds = {number: kind for kind, number in KIND_NUMBERS.items() if number in ids}
        named.update((number, Name(KIND_KEYS[number], KIND_LABELS[kind])) for number, kind in kinds.items())
    elif cut == Cut.PHYSICIAN:
        named.update(_physicians(people))
    elif cut == Cut.PRACTICE:
        named.update(_practices(people))
    elif cut == Cut.PATIENT:
        named.update(_patients(people))
    elif cut == Cut.STAFF:
        rows = db.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(people)))
        named.update((row.id, Name(str(row.id), row.name)) for row in rows)
    elif cut == Cut.LOCATION:
        places = db.session.execute(select(Location.id, Location.code, Location.name).where(Location.id.in_(people)))
        named.update((row.id, Name(row.code, row.name, code=row.code)) for row in places)
    elif cut == Cut.CHANNEL:
        named.update((each, Name(str(each), DOORS[Channel(str(each))].label)) for each in ids)
    elif cut == Cut.PROVIDER:
        nobody = Name(REMAINDER_KEYS[NOBODY], REMAINDER_LABELS[cut, NOBODY])
        named.update((each, nobody if each == NO_PROVIDER else Name(str(each), str(each))) for each in ids)
    else:
        called = {Cut.WEEK: week_name, Cut.DAY: day_name}.get(cut, month_name)
        named.update((each, called(each)) for each in ids if isinstance(each, date))
    for number, key in REMAINDER_KEYS.items():
        if number in ids:
            named[number] = Name(key, REMAINDER_LABELS[cut, number])
    return named


def source_name(lists: Lists, source_id: int) -> Name:
    source = lists.sources[source_id]
    return Name(source.code, source_label(source, DEFAULT_LANGUAGE), code=source.code)


def month_name(first_day: date) -> Name:
    return Name(f"{first_day:%Y-%m}", say_month(first_day))


def week_name(monday: date) -> Name:
    return Name(monday.isoformat(), f"Week of {say_long_date(monday)}")


def day_name(day: date) -> Name:
    return Name(day.isoformat(), f"{day:%A}, {say_long_date(day)}")


def _physicians(ids: list[int]) -> dict[int, Name]:
    columns = (
        Physician.id,
        Physician.npi,
        Physician.first_name,
        Physician.last_name,
        Physician.credential,
        Physician.city,
        Physician.state,
    )
    named = {}
    for row in _rows(columns, Physician.id, ids):
        place, npi = _place(row.city, row.state), f"NPI\N{NO-BREAK SPACE}{row.npi}" if row.npi else ""
        label = physician_name(row.first_name, row.last_name, row.credential)
        named[row.id] = Name(str(row.id), label, detail=" · ".join(filter(None, (place, npi))), npi=row.npi)
    return named


def _practices(ids: list[int]) -> dict[int, Name]:
    columns = (ReferringPractice.id, ReferringPractice.name, ReferringPractice.city, ReferringPractice.state)
    return {
        row.id: Name(str(row.id), row.name, detail=_place(row.city, row.state))
        for row in _rows(columns, ReferringPractice.id, ids)
    }


def _patients(ids: list[int]) -> dict[int, Name]:
    columns = (Patient.id, Patient.first_name, Patient.last_name, Patient.mrn)
    return {
        row.id: Name(str(row.id), f"{row.first_name} {row.last_name}", detail=f"MRN {row.mrn}")
        for row in _rows(columns, Patient.id, ids)
    }


def _rows(columns: Sequence[Any], key: Any, ids: Sequence[int]) -> Iterator[Any]:
    yield from db.session.execute(select(*columns).where(among(key, ids)))


def _place(city: str, state: str) -> str:
    return ", ".join(part for part in (proper(city), state) if part)
