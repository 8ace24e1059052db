"""A visit counted on its own day, on that of the patient's first visit, or on the day the answer was given."""

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.basis import Basis, sums_on
from intake.attribution.cuts import Cut, lists_as_of_now
from intake.attribution.periods import Period
from intake.attribution.totals import totals
from intake.survey.crediting import UNIT
from intake.survey.models import View
from tests.making import Make

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
APRIL = Period(date(2026, 4, 1), date(2026, 4, 30))
ZONE = "America/New_York"


@pytest.fixture
def clinic(session: Session, make: Make) -> Any:
    """One patient came in March, again in April, and answered after the second visit, late in the evening."""
    clinic, sources = make.location("Riverside", time_zone=ZONE), make.sources()
    patient = make.patient()
    make.visit(clinic, day=date(2026, 3, 30), patient=patient, visit_type="established")
    visit = make.visit(clinic, day=date(2026, 4, 2), patient=patient)
    # 23:30 in New York is the next day in Greenwich.
    evening = clock.from_wall_clock(date(2026, 4, 30), time(23, 30), ZONE)
    make.answer(visit, sources["tv"], sources["radio"], answered_at=evening)
    make.visit(clinic, day=date(2026, 4, 3))
    return clinic


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize(
    ("basis", "march", "april"), [(Basis.VISIT, 0, 1), (Basis.FIRST_VISIT, 1, 0), (Basis.ANSWERED, 0, 1)]
)
def test_the_same_answer_counts_on_the_day_that_was_chosen(
    clinic: Any, view: View, basis: Basis, march: int, april: int
) -> None:
    for period, count in ((MARCH, march), (APRIL, april)):
        report = totals(period=period, view=view, by=Cut.SOURCE, location_ids={clinic.id}, basis=basis)
        assert report.coverage.answered == count
        assert report.holds and report.basis == basis
        assert {line.name.key for line in report.lines if line.units} == ({"tv", "radio"} if count else set()) or (
            view == View.PRIMARY and len(report.lines) <= 2
        )


def test_days_are_those_of_the_clinic_and_of_that_basis(clinic: Any) -> None:
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    days = {
        basis: sums_on(basis, span=year, location_ids={clinic.id}, lists=lists_as_of_now()).credit(
            year, by=Cut.DAY, view=View.FRACTIONAL
        )
        for basis in Basis
    }
    assert days == {
        Basis.VISIT: {date(2026, 4, 2): UNIT},
        Basis.FIRST_VISIT: {date(2026, 3, 30): UNIT},
        Basis.ANSWERED: {date(2026, 4, 30): UNIT},
    }


def test_who_never_answered_has_no_day_of_an_answer(clinic: Any) -> None:
    def eligible(basis: Basis) -> int:
        sums = sums_on(basis, span=APRIL, location_ids={clinic.id}, lists=lists_as_of_now())
        return sums.coverage(APRIL).eligible

    assert [eligible(basis) for basis in Basis] == [2, 1, 1]
