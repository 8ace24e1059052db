"""Charts that may be one person's: same name and birth date, same telephone, one chart number written two ways."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import starmap
from typing import Any

from sqlalchemy import Select, select

from intake.db import db
from intake.directory.merging.duplicates import Alike, pairs_sharing, still_open
from intake.directory.merging.merge import Kind
from intake.directory.merging.name_similarity import SAID, Likeness, name_likeness, plain_name
from intake.directory.models import Patient, Visit

# Charts compared at once, the newest ones; comparing more would keep a page waiting.
MOST_COMPARED = 60_000


@dataclass(frozen=True)
class ComparedPatient:
    """Columns of a patient that are compared."""

    id: int
    mrn: str
    first_name: str
    last_name: str
    birth_date: date | None
    mobile_e164: str | None

    @cached_property
    def name(self) -> tuple[str, str]:
        return plain_name(self.first_name, self.last_name)

    @cached_property
    def number(self) -> str:
        """The chart number without leading zeros and marks."""
        return "".join(letter for letter in self.mrn.casefold() if letter.isalnum()).lstrip("0")


def alike_patients(*, within: Collection[int]) -> list[Alike]:
    """Pairs of charts that both have a visit at one of these locations; the likeliest first."""
    columns = (Patient.id, Patient.mrn, Patient.first_name, Patient.last_name, Patient.birth_date, Patient.mobile_e164)
    newest = select(*columns).where(Patient.id.in_(seen_at(within))).order_by(Patient.id.desc()).limit(MOST_COMPARED)
    charts = [ComparedPatient(*row) for row in db.session.execute(newest)]
    return still_open(Kind.PATIENTS, starmap(_compared, pairs_sharing(charts, _keys)))


def seen_at(location_ids: Collection[int]) -> Select[int]:
    """Ids of patients with a visit at one of these locations."""
    return select(Visit.patient_id).where(Visit.location_id.in_(sorted(location_ids))).distinct()


def more_patients_than(number: int) -> bool:
    """Whether there are more patients than `number`, without counting them all."""
    return db.session.scalar(select(Patient.id).order_by(Patient.id).offset(number).limit(1)) is not None


def _keys(chart: ComparedPatient) -> Iterator[Any]:
    if chart.birth_date:
        yield chart.birth_date
        first, last = chart.name
        yield chart.birth_date, *sorted((first[:2], last[:2]))
        if chart.birth_date.day <= 12:
            # 3 April written as 4 March.
            turned = (chart.birth_date.year, *sorted((chart.birth_date.month, chart.birth_date.day)))
            yield "turned", turned, last
    if chart.mobile_e164:
        yield chart.mobile_e164
    yield "name", chart.name
    if chart.number:
        yield "number", chart.number


def _compared(one: ComparedPatient, other: ComparedPatient) -> Alike | None:
    named = name_likeness(one.name, other.name)
    same_birth = one.birth_date is not None and one.birth_date == other.birth_date
    same_phone = bool(one.mobile_e164) and one.mobile_e164 == other.mobile_e164
    same_number = bool(one.number) and one.number == other.number
    births = [chart.birth_date for chart in (one, other) if chart.birth_date]
    slip = len(births) == 2 and not same_birth and _slip(*births)
    same_first = bool(one.name[0]) and one.name[0] == other.name[0]
    if same_birth and named:
        reason, strength = f"{SAID[named]} and birth date", 6.0 + named / 10
    elif same_birth and same_phone and same_first:
        # A changed surname: married or divorced since.
        reason, strength = "Same first name, birth date and mobile number", 5.0
    elif named == Likeness.SAME and same_phone and (len(births) < 2 or slip):
        reason, strength = "Same name and mobile number", 4.5
    elif named and same_number:
        reason, strength = f"{SAID[named]}, and one chart number but for zeros and marks", 5.5
    elif named == Likeness.SAME and slip:
        reason, strength = "Same name, and birth dates that differ by a slip", 4.0
    else:
        return None
    reasons = (reason, "Same mobile number") if same_phone and "mobile" not in reason else (reason,)
    return Alike(Kind.PATIENTS, min(one.id, other.id), max(one.id, other.id), reasons, strength + same_phone)


def _slip(one: date, other: date) -> bool:
    """Whether day and month are swapped, or one digit is typed wrong."""
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return True
    return sum(a != b for a, b in zip(f"{one:%Y%m%d}", f"{other:%Y%m%d}", strict=True)) == 1
