"""What a process remembers of the tallies is right at every look, however the ledger and the tallies moved on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from intake.attribution.cuts import Cut, lists_as_of_now
from intake.attribution.folding import fold, fold_all
from intake.attribution.overview import overview
from intake.attribution.periods import Period
from intake.attribution.queries import credit_by_key
from intake.attribution.refolding import refold
from intake.attribution.standing_sums import MOST_BEHIND
from intake.attribution.sums import Sums
from intake.db import db, reading
from intake.survey.crediting import UNIT
from intake.survey.models import CreditEntry, View
from tests.making import Make

pytestmark = pytest.mark.both

APRIL = Period(date(2026, 4, 1), date(2026, 4, 20))


@pytest.fixture
def clinic(session: Session, make: Make) -> Any:
    return make.location("Riverside")


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


def says(clinic: Any, view: View = View.PRIMARY) -> dict[Any, int]:
    """A look at the reports, as a page takes it."""
    lists = lists_as_of_now()
    with reading():
        found = Sums(APRIL, {clinic.id}, lists).credit(APRIL, by=Cut.SOURCE, view=view)
    scope: dict[str, Any] = {"period": APRIL, "location_ids": {clinic.id}, "lists": lists}
    assert found == credit_by_key(by=Cut.SOURCE, view=view, **scope)
    return found


def test_a_second_look_reads_no_tally_and_still_holds_the_newest_answer(
    clinic: Any, session: Session, make: Make
) -> None:
    tv = make.sources()["tv"]
    for day in (3, 9, 27):
        make.answer(make.visit(clinic, day=date(2026, 4, day)), tv)
    session.commit()
    list(fold_all())
    assert says(clinic) == {tv.id: 2 * UNIT}
    make.answer(make.visit(clinic, day=date(2026, 4, 20)), tv)
    session.flush()
    with statements() as asked:
        assert says(clinic) == {tv.id: 3 * UNIT}
    assert not [statement for statement in asked if "FROM tally_source" in statement]
    # What a look remembers doesn't change when the rows after it are folded, nor when an answer is corrected.
    fold()
    assert says(clinic) == {tv.id: 3 * UNIT}
    visit = make.visit(clinic, day=date(2026, 4, 2))
    make.answer(visit, tv)
    make.answer(visit, make.sources()["radio"], corrects=True)
    assert says(clinic)[tv.id] == 3 * UNIT


def test_what_another_transaction_may_take_back_is_not_remembered(clinic: Any, session: Session, make: Make) -> None:
    tv = make.sources()["tv"]
    make.answer(make.visit(clinic, day=date(2026, 4, 3)), tv)
    session.commit()
    savepoint = session.begin_nested()
    make.answer(make.visit(clinic, day=date(2026, 4, 4)), tv)
    fold()
    lists = lists_as_of_now()
    assert Sums(APRIL, {clinic.id}, lists).credit(APRIL, by=Cut.SOURCE, view=View.PRIMARY) == {tv.id: 2 * UNIT}
    savepoint.rollback()
    assert says(clinic) == {tv.id: UNIT}


def test_tallies_made_anew_are_read_anew(clinic: Any, session: Session, make: Make) -> None:
    tv = make.sources()["tv"]
    make.answer(make.visit(clinic, day=date(2026, 4, 3)), tv)
    session.commit()
    list(fold_all())
    session.execute(text("UPDATE tally_source SET primary_units = 5"))
    with reading():
        wrong = Sums(APRIL, {clinic.id}, lists_as_of_now()).credit(APRIL, by=Cut.SOURCE, view=View.PRIMARY)
    assert wrong == {tv.id: 5}
    list(refold())
    assert says(clinic) == {tv.id: UNIT}


def test_what_lies_far_behind_is_read_again(clinic: Any, session: Session, make: Make) -> None:
    tv = make.sources()["tv"]
    visit = make.visit(clinic, day=date(2026, 4, 3))
    make.answer(visit, tv)
    session.commit()
    list(fold_all())
    says(clinic)
    units = dict.fromkeys(("primary_units", "any_units", "fractional_units"), 0)
    row = {"visit_id": visit.id, "day": date(2026, 4, 3), "location_id": clinic.id, "channel": "desk", **units}
    db.session.execute(CreditEntry.__table__.insert(), [row] * (MOST_BEHIND + 1))  # type: ignore[attr-defined]
    list(fold_all())
    with statements() as asked:
        assert says(clinic) == {tv.id: UNIT}
    assert [statement for statement in asked if "FROM tally_source" in statement]
    with statements() as asked:
        assert says(clinic) == {tv.id: UNIT}
    assert not [statement for statement in asked if "FROM tally_source" in statement]


def test_each_place_and_each_view_is_remembered_apart(clinic: Any, session: Session, make: Make) -> None:
    sources, other = make.sources(), make.location()
    for place, code in ((clinic, "tv"), (other, "radio")):
        make.answer(make.visit(place, day=date(2026, 4, 3)), sources[code], sources["facebook"])
    session.commit()
    list(fold_all())
    both = {clinic.id, other.id}
    for _ in range(2):
        for view in View:
            assert sources["radio"].id in says(other, view)
            assert sources["radio"].id not in says(clinic, view)
        with reading():
            assert overview(period=APRIL, view=View.PRIMARY, location_ids=both).coverage.answered == 2
            assert overview(period=APRIL, view=View.PRIMARY, location_ids={other.id}).coverage.answered == 1
