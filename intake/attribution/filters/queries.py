"""Sums over the ledger. Every figure of a report is read here and nowhere else, never from the answers."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

from flask import has_request_context
from sqlalchemy import ColumnElement, func, select

from intake import clock
from intake.attribution.filters.lists import Lists, ListVersion, lists_as_of_now, lists_as_recorded
from intake.attribution.filters.periods import Period
from intake.db import db
from intake.directory.models import Location, Practice
from intake.survey.models import CreditEntry, Outcome, View
from intake.survey.outcomes import REPLIES
from intake.web.ui.template_context import practice_facts

UNITS = {
    View.PRIMARY: CreditEntry.primary_units,
    View.ANY: CreditEntry.any_units,
    View.FRACTIONAL: CreditEntry.fractional_units,
}


@dataclass(frozen=True)
class Coverage:
    """Of the eligible visits: how many were asked, and what came back."""

    eligible: int = 0
    asked: int = 0
    answered: int = 0
    dont_remember: int = 0
    declined: int = 0

    def of(self, outcome: Outcome) -> int:
        """How many replied so."""
        return int(getattr(self, outcome))

    @property
    def replied(self) -> int:
        return sum(map(self.of, REPLIES))

    @property
    def not_asked(self) -> int:
        """What is left of the eligible once every reply is taken off, so that the parts always add up."""
        return self.eligible - self.replied

    @property
    def never_asked(self) -> int:
        """Nobody put the question to them."""
        return self.eligible - self.asked

    @property
    def lost(self) -> int:
        """Those who should have been asked and told us nothing."""
        return self.eligible - self.answered

    @property
    def awaiting(self) -> int:
        """Of those without a reply: asked (a tablet in hand, a link sent), nothing back yet."""
        return self.asked - self.replied

    @property
    def share(self) -> float | None:
        """Answered ÷ eligible; None when nobody was eligible."""
        return self.answered / self.eligible if self.eligible else None

    def __add__(self, other: "Coverage") -> "Coverage":
        return Coverage(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


def credit_by_patient(*, column: str, period: Period, location_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """(referring patient, recorded source or 0) → credit of the mentions that point at them."""
    patient, source = CreditEntry.referring_patient_id, func.coalesce(CreditEntry.source_id, 0)
    query = (
        select(patient, source, func.sum(getattr(CreditEntry, column)))
        .where(*entries_within(CreditEntry, period, location_ids), patient.is_not(None))
        .group_by(patient, source)
    )
    return {(int(row[0] or 0), row[1]): int(row[2]) for row in db.session.execute(query) if row[2]}


def entries_within(model: Any, period: Period, location_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    """Conditions for the entries of either ledger table on these days at these locations."""
    return (
        model.day >= period.first_day,
        model.day <= period.last_day,
        model.location_id.in_(sorted(location_ids)),
    )


def lists_under(listing: ListVersion, period: Period) -> Lists:
    """Today's lists, or those that stood when the last day of `period` ended."""
    if listing == ListVersion.TODAY:
        return lists_as_of_now()
    _, end = clock.day_range(period.last_day, period.last_day, practice_time_zone())
    return lists_as_recorded(end)


def locations(*, within: Collection[int]) -> list[Location]:
    """These locations, by name; closed ones too, since their past counts."""
    query = select(Location).where(Location.id.in_(sorted(within))).order_by(Location.name, Location.id)
    return list(db.session.scalars(query))


def practice_time_zone() -> str:
    """The zone whose calendar says what "this month" is."""
    if has_request_context():
        return practice_facts()[1]
    return db.session.scalar(select(Practice.time_zone)) or "UTC"
