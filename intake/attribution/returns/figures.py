"""New patients who came again, by their first source; what those who were away for a year said brought them back."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from intake.attribution.filters.lists import Lists
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import entries_within
from intake.attribution.statistics.counts import TOO_FEW
from intake.attribution.statistics.shares import Interval, wilson
from intake.capture.models import ReturnReason
from intake.db import db
from intake.directory.models import ELIGIBLE_STATUSES, Visit
from intake.id_filters import among
from intake.survey.models import CreditEntry
from intake.web.wall.location_wall import whole_practice


@dataclass(frozen=True)
class RepeatRow:
    """New patients of one source, each once, and how many of them kept another visit on a later day."""

    source_id: int
    patients: int
    again: int

    @property
    def share(self) -> float:
        return self.again / self.patients

    @property
    def interval(self) -> Interval:
        return wilson(self.again, self.patients)

    @property
    def too_few(self) -> bool:
        return self.patients < TOO_FEW


def repeat_rows(*, period: Period, location_ids: Collection[int], lists: Lists) -> list[RepeatRow]:
    """New patients of these days by the source that counts first, most first."""
    entry = CreditEntry
    columns: Any = select(entry.visit_id, entry.source_id)
    counted = (
        columns.where(*entries_within(entry, period, location_ids), entry.source_id.is_not(None))
        .group_by(entry.visit_id, entry.source_id)
        .having(func.sum(entry.primary_units) > 0)
        .subquery()
    )
    first: Any = select(counted.c.source_id, Visit.patient_id, Visit.visit_date)
    rows = list(db.session.execute(first.join(Visit, Visit.id == counted.c.visit_id)))
    latest = _latest_visits(counted, lists)
    patients, again = Counter[int](), Counter[int]()
    for source_id, patient_id, day in rows:
        source = lists.source_counts_as.get(source_id, source_id)
        patients[source] += 1
        again[source] += latest.get(lists.patient_counts_as.get(patient_id, patient_id), day) > day
    return [RepeatRow(source, count, again[source]) for source, count in patients.most_common()]


@whole_practice()
def _latest_visits(counted: Any, lists: Lists) -> dict[int, date]:
    """Person → the day of their last kept visit, at any location."""
    people = select(Visit.patient_id).join(counted, counted.c.visit_id == Visit.id)
    columns: Any = select(Visit.patient_id, func.max(Visit.visit_date))
    kept = columns.where(Visit.status.in_(ELIGIBLE_STATUSES)).group_by(Visit.patient_id)
    merged = among(Visit.patient_id, sorted({*lists.patient_counts_as, *lists.patient_counts_as.values()}))
    found: dict[int, date] = {}
    for patient_id, day in db.session.execute(kept.where(Visit.patient_id.in_(people) | merged)):
        person = lists.patient_counts_as.get(patient_id, patient_id)
        found[person] = max(day, found.get(person, day))
    return found


def reasons_to_return(*, period: Period, location_ids: Collection[int], lists: Lists) -> Mapping[int | None, int]:
    """Source → visits of those who came back after a year and named it; None for words alone. Most first."""
    newest = select(func.max(ReturnReason.id)).group_by(ReturnReason.visit_id)
    query = (
        select(ReturnReason.source_id)
        .join(Visit, Visit.id == ReturnReason.visit_id)
        .where(
            ReturnReason.id.in_(newest),
            Visit.status.in_(ELIGIBLE_STATUSES),
            Visit.visit_date.between(period.first_day, period.last_day),
            among(Visit.location_id, sorted(location_ids)),
        )
    )
    found = Counter(lists.source_counts_as.get(each, each) if each else None for each in db.session.scalars(query))
    return dict(found.most_common())
