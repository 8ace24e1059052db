"""Reports are never older than the ledger."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.referrers.history import records
from intake.attribution.rollup.refresh import refresh
from intake.attribution.totals.report import Totals, totals
from intake.directory.models import SourceMerge
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from intake.survey.recording.record_answer import NewMention
from tests.making import Make

pytestmark = pytest.mark.both

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def clinic(session: Session, make: Make) -> Any:
    return make.location("Riverside")


def report(clinic: Any, *, by: Dimension = SOURCE, view: View = View.PRIMARY, period: Period = YEAR) -> Totals:
    return totals(period=period, view=view, by=by, location_ids={clinic.id})


def credits(found: Totals) -> dict[str, int]:
    return {line.name.key: line.units // UNIT for line in found.lines if line.units}


def test_a_new_answer_shows_at_once_in_every_report_that_holds_its_day(clinic: Any, make: Make) -> None:
    sources = make.sources()
    visits = [make.visit(clinic, day=date(2026, month, 10)) for month in (3, 4, 5)]
    for number, visit in enumerate(visits, start=1):
        make.answer(visit, sources["tv"])
        for view in View:
            assert credits(report(clinic, view=view)) == {"tv": number}
        assert report(clinic).coverage.answered == number
    make.answer(visits[0], sources["radio"], corrects=True)
    assert credits(report(clinic)) == {"tv": 2, "radio": 1}
    assert credits(report(clinic, period=Period(date(2026, 3, 1), date(2026, 3, 31)))) == {"radio": 1}


def test_parts_of_months_are_not_taken_for_whole_ones(clinic: Any, make: Make) -> None:
    sources = make.sources()
    for day in (1, 15, 31):
        make.answer(make.visit(clinic, day=date(2026, 5, day)), sources["tv"])
    for last, count in ((31, 3), (30, 2), (14, 1), (31, 3)):
        assert report(clinic, period=Period(date(2026, 5, 1), date(2026, 5, last))).coverage.answered == count
        assert credits(report(clinic, period=Period(date(2026, 5, 1), date(2026, 5, last)))) == {"tv": count}


def test_another_location_and_another_list_are_summed_on_their_own(clinic: Any, session: Session, make: Make) -> None:
    sources, other = make.sources(), make.location()
    make.answer(make.visit(clinic, day=date(2026, 5, 1)), sources["tv"])
    make.answer(make.visit(other, day=date(2026, 5, 1)), sources["radio"])
    assert credits(report(clinic)) == {"tv": 1}
    assert credits(report(other)) == {"radio": 1}
    session.add(SourceMerge(source_id=sources["tv"].id, into_id=sources["radio"].id, merged_at=clock.now()))
    session.flush()
    assert credits(report(clinic)) == {"radio": 1}


def test_the_days_of_the_ledger_are_right_however_far_it_is_folded(clinic: Any, session: Session, make: Make) -> None:
    sources, today = make.sources(), date(2026, 5, 3)
    doctor = make.physician("Osei")
    counted = []
    for day in (1, 2, 3):
        visit = make.visit(clinic, day=date(2026, 5, day))
        make.answer(visit, NewMention(sources["doctor"].id, physician_id=doctor.id))
        if day == 2:
            refresh()
        found = records(today=today, location_ids={clinic.id}, lists=lists_as_of_now())
        counted.append(found.histories[doctor.id].total)
    refresh()
    counted.append(records(today=today, location_ids={clinic.id}, lists=lists_as_of_now()).histories[doctor.id].total)
    make.answer(make.visit(clinic, day=date(2026, 5, 3)), NewMention(sources["doctor"].id, physician_id=doctor.id))
    counted.append(records(today=today, location_ids={clinic.id}, lists=lists_as_of_now()).histories[doctor.id].total)
    assert counted == [1, 2, 3, 3, 4]
