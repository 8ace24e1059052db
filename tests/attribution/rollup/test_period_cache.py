"""What a process keeps of the rollups is right at every look, however the ledger and the rollups moved on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from intake.attribution.filters.date_basis import Basis, DatedSums
from intake.attribution.filters.dimensions.people import PHYSICIAN
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.overview.report import overview
from intake.attribution.referrers.history import records
from intake.attribution.rollup import period_cache
from intake.attribution.rollup.reading import MOST_BEHIND
from intake.attribution.rollup.refresh import refresh, refresh_all
from intake.attribution.totals.sums import Sums
from intake.attribution.verify.run import verify_all
from intake.db import db, reading
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import CreditEntry, View
from intake.survey.recording.record_answer import NewMention
from tests.making import Make

APRIL = Period(date(2026, 4, 1), date(2026, 4, 20))


@pytest.fixture
def clinic(session: Session, make: Make) -> Any:
    clinic = make.location("Riverside")
    clinic.doctor = make.physician()
    clinic.named = NewMention(make.sources()["doctor"].id, physician_id=clinic.doctor.id)
    return clinic


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def says(clinic: Any) -> int:
    """How often the physician is named, as the page of physicians reads it."""
    with reading():
        found = records(today=APRIL.last_day, location_ids={clinic.id}, lists=lists_as_of_now())
    total = found.histories[clinic.doctor.id].total
    with reading():
        counted = Sums({clinic.id}, lists_as_of_now()).physicians(APRIL, view=View.ANY)
    ledger = DatedSums(Basis.VISIT, {clinic.id}, lists_as_of_now())
    people = ledger.credit(APRIL, by=PHYSICIAN, view=View.ANY)
    assert counted == {key: units for key, units in people.items() if key > 0} == {clinic.doctor.id: total * UNIT}
    return total


def day_by_day(asked: list[str]) -> list[str]:
    return [statement for statement in asked if "_concat" in statement or "string_agg" in statement]


def test_a_second_look_reads_no_days_again_and_still_holds_the_newest_answer(
    clinic: Any, session: Session, make: Make
) -> None:
    for day in (3, 9):
        make.answer(make.visit(clinic, day=date(2026, 4, day)), clinic.named)
    session.commit()
    list(refresh_all())
    assert says(clinic) == 2
    make.answer(make.visit(clinic, day=date(2026, 4, 20)), clinic.named)
    session.flush()
    with statements() as asked:
        assert says(clinic) == 3
    assert not [each for each in day_by_day(asked) if "tally_physician" in each]
    # What is kept doesn't change when the rows after it are folded, nor when an answer is corrected.
    refresh()
    assert says(clinic) == 3
    visit = make.visit(clinic, day=date(2026, 4, 2))
    make.answer(visit, clinic.named)
    make.answer(visit, make.sources()["radio"], corrects=True)
    assert says(clinic) == 3


def test_what_another_transaction_may_take_back_is_not_kept(clinic: Any, session: Session, make: Make) -> None:
    make.answer(make.visit(clinic, day=date(2026, 4, 3)), clinic.named)
    session.commit()
    savepoint = session.begin_nested()
    make.answer(make.visit(clinic, day=date(2026, 4, 4)), clinic.named)
    refresh()
    found = records(today=APRIL.last_day, location_ids={clinic.id}, lists=lists_as_of_now())
    assert found.histories[clinic.doctor.id].total == 2
    savepoint.rollback()
    assert says(clinic) == 1


def test_repaired_rollups_are_read_anew(clinic: Any, session: Session, make: Make) -> None:
    make.answer(make.visit(clinic, day=date(2026, 4, 3)), clinic.named)
    session.commit()
    list(refresh_all())
    session.execute(text(f"UPDATE tally_physician SET any_units = {5 * UNIT}"))
    session.commit()
    with reading():
        wrong = records(today=APRIL.last_day, location_ids={clinic.id}, lists=lists_as_of_now())
    assert wrong.histories[clinic.doctor.id].total == 5
    assert verify_all(repairing=True, say=print).holds
    assert says(clinic) == 1


def test_what_lies_far_behind_is_read_again(clinic: Any, session: Session, make: Make) -> None:
    visit = make.visit(clinic, day=date(2026, 4, 3))
    make.answer(visit, clinic.named)
    session.commit()
    list(refresh_all())
    says(clinic)
    units = dict.fromkeys(("primary_units", "any_units", "fractional_units"), 0)
    row = {"visit_id": visit.id, "day": date(2026, 4, 3), "location_id": clinic.id, "channel": "desk", **units}
    db.session.execute(CreditEntry.__table__.insert(), [row] * (MOST_BEHIND + 1))  # type: ignore[attr-defined]
    list(refresh_all())
    with statements() as asked:
        assert says(clinic) == 1
    assert [each for each in day_by_day(asked) if "tally_physician" in each]
    with statements() as asked:
        assert says(clinic) == 1
    assert not [each for each in day_by_day(asked) if "tally_physician" in each]


def test_each_place_is_kept_apart(clinic: Any, session: Session, make: Make) -> None:
    other = make.location()
    other.doctor, other.named = clinic.doctor, clinic.named
    for place, days in ((clinic, (3, 4)), (other, (3,))):
        for day in days:
            make.answer(make.visit(place, day=date(2026, 4, day)), clinic.named)
    session.commit()
    list(refresh_all())
    for _ in range(2):
        assert (says(clinic), says(other)) == (2, 1)
        with reading():
            assert overview(period=APRIL, view=View.PRIMARY, location_ids={clinic.id, other.id}).coverage.answered == 3


def test_the_cache_keeps_what_was_used_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(period_cache, "MOST_ROWS", 3)
    cache = period_cache.PeriodCache()
    for name in "abc":
        cache.keep(name, name)
    assert cache.get("a") == "a"
    cache.keep("d", "d", rows=1)
    assert [cache.get(each) for each in "abcd"] == ["a", None, "c", "d"]
    cache.keep("e", "e", rows=3)
    assert [cache.get(each) for each in "acde"] == [None, None, None, "e"]
    cache.clear()
    assert cache.get("e") is None
