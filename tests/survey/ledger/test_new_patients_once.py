"""A new patient is a person: asked once, counted once, on the day and at the location of the first visit they kept."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.drilldown.figures import Figure
from intake.attribution.drilldown.visits import visit_rows
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.rollup.period_cache import period_cache
from intake.attribution.totals.report import totals
from intake.attribution.verify.ledger import compare_ledger
from intake.capture.desk.queries import ArrivalGroup, day_at
from intake.db import db
from intake.directory.merging import merge as merging
from intake.directory.merging.merge import Kind
from intake.directory.models import PatientMerge, Visit
from intake.directory.patients.new_patients import PersonVisit, new_patients
from intake.directory.patients.visits import change_status
from intake.survey.answers.counted_reply import answered_visits
from intake.survey.ledger import entries
from intake.survey.models import Answer, Ask, CoverageEntry, CreditEntry, Outcome, View
from intake.survey.recording.record_answer import NewAsk, save_ask, withdraw_answer
from tests.drawing import examples
from tests.making import Make

pytestmark = pytest.mark.both

MON, TUE, WED, THU = (date(2026, 11, day) for day in (23, 24, 25, 26))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def place(session: Session, make: Make) -> Any:
    return make.location("Riverside")


def counted(*places: Any, period: Period = NOVEMBER, basis: Basis = Basis.VISIT) -> dict[str, int]:
    """Coverage of the period and the answers by source, as a report says them; the ledger is found right."""
    assert compare_ledger().wrong_figures == 0
    report = totals(period=period, view=View.PRIMARY, by=SOURCE, location_ids={each.id for each in places}, basis=basis)
    assert report.holds
    parts = {name: getattr(report.coverage, name) for name in ("eligible", "asked", "answered", "never_asked")}
    sources = {line.name.key: line.units // 27_720 for line in report.lines if line.units}
    return {name: value for name, value in (parts | sources).items() if value}


def test_a_visit_rescheduled_under_a_new_number_counts_where_it_was_kept(make: Make, place: Any) -> None:
    other, sources, patient = make.location("Downtown"), make.sources(), make.patient()
    monday = make.visit(place, patient, day=MON, status="scheduled")
    make.answer(monday, sources["tv"], channel="text")
    change_status(monday, "cancelled")
    tuesday = make.visit(other, patient, day=TUE, status="scheduled")
    assert answered_visits([tuesday.id]) == {tuesday.id}
    assert counted(place, other) == {}
    change_status(tuesday, "arrived")
    thursday = make.visit(place, patient, day=THU)
    assert counted(place) == {}
    assert counted(other) == {"eligible": 1, "asked": 1, "answered": 1, "tv": 1}
    assert counted(other, basis=Basis.ANSWERED, period=Period(date(2026, 1, 1), date(2099, 1, 1)))["tv"] == 1
    day = day_at(location_id=place.id, day=THU, language="en")
    assert [each.visit_id for each in day.groups[ArrivalGroup.RETURNING]] == [thursday.id]
    (row,) = visit_rows(
        Figure(NOVEMBER, frozenset({other.id}), View.PRIMARY, SOURCE, "tv"), lists_as_of_now(), names=True
    )
    assert (row.visit_id, row.day, row.outcome) == (tuesday.id, TUE, "Answered")


def test_a_first_appointment_that_fell_through_is_not_never_asked(make: Make, place: Any) -> None:
    patient, sources = make.patient(), make.sources()
    make.visit(place, patient, day=MON, status="scheduled")
    kept = make.visit(place, patient, day=TUE, visit_type="established")
    assert counted(place) == {"eligible": 1, "never_asked": 1}
    assert [each.visit_id for each in day_at(location_id=place.id, day=TUE, language="en").groups[ArrivalGroup.TO_ASK]]
    make.answer(kept, sources["radio"])
    assert counted(place) == {"eligible": 1, "asked": 1, "answered": 1, "radio": 1}


def test_a_second_visit_typed_new_asks_nobody_again(make: Make, place: Any) -> None:
    patient, sources = make.patient(), make.sources()
    first, second = make.visit(place, patient, day=MON), make.visit(place, patient, day=WED)
    make.answer(second, sources["tv"])
    make.answer(first, sources["radio"])
    assert counted(place) == {"eligible": 1, "asked": 1, "answered": 1, "tv": 1}, "what was given first counts"
    make.answer(second, sources["tv"], sources["radio"], corrects=True)
    assert counted(place)["tv"] == 1, "a correction stands where the answer stood"
    withdraw_answer(visit_id=second.id, submission_id="taken-back", staff_id=make.staff().id)
    assert counted(place) == {"eligible": 1, "asked": 1, "answered": 1, "radio": 1}


def test_somebody_known_for_longer_is_not_new_however_a_visit_is_typed(make: Make, place: Any) -> None:
    patient, sources = make.patient(), make.sources()
    make.visit(place, patient, day=date(2025, 3, 3), visit_type="established")
    visit = make.visit(place, patient, day=MON)
    make.answer(visit, sources["tv"])
    assert counted(place) == {} == counted(place, period=Period(date(2025, 3, 1), date(2025, 3, 31)))
    day = day_at(location_id=place.id, day=MON, language="en")
    assert (day.eligible, len(day.groups[ArrivalGroup.TO_ASK])) == (0, 0)


def test_a_practice_says_after_how_many_years_somebody_is_new_again(make: Make, place: Any) -> None:
    patient, sources = make.patient(), make.sources()
    make.answer(make.visit(place, patient, day=date(2022, 11, 22)), sources["radio"])
    make.answer(again := make.visit(place, patient, day=MON), sources["tv"])
    assert counted(place) == {}
    make.practice(new_again_after_years=4)
    entries.settle([again.id])
    assert counted(place) == {"eligible": 1, "asked": 1, "answered": 1, "tv": 1}
    make.practice(new_again_after_years=5)
    entries.settle([again.id])
    assert counted(place) == {}


def test_two_charts_of_one_new_patient_count_once_until_they_are_parted(make: Make, place: Any) -> None:
    sources, one, other = make.sources(), make.patient(), make.patient()
    make.answer(make.visit(place, one, day=MON), sources["tv"])
    make.answer(make.visit(place, other, day=WED), sources["radio"])
    apart = {"eligible": 2, "asked": 2, "answered": 2, "tv": 1, "radio": 1}
    assert counted(place) == apart
    merge = merging.merge(Kind.PATIENTS, one.id, other.id, staff_id=None)
    assert counted(place) == {"eligible": 1, "asked": 1, "answered": 1, "tv": 1}
    make.visit(place, one, day=THU)
    assert counted(place)["eligible"] == 1
    merging.undo(Kind.PATIENTS, merge)
    assert counted(place) == apart


def test_an_old_ledger_that_counted_visits_is_found_wrong_and_mended(make: Make, place: Any) -> None:
    """As it stood before people were counted: a second visit typed new had rows of its own."""
    patient, sources = make.patient(), make.sources()
    make.answer(make.visit(place, patient, day=MON), sources["tv"])
    second = make.visit(place, patient, day=WED)
    key = {"visit_id": second.id, "day": WED, "location_id": place.id}
    db.session.add(CoverageEntry(**key, eligible=1, asked=0, answered=0, dont_remember=0, declined=0))
    db.session.flush()
    found = compare_ledger()
    assert found.wrong_visits == [second.id]
    entries.settle(found.wrong_visits)
    assert counted(place) == {"eligible": 1, "asked": 1, "answered": 1, "tv": 1}


def person_visit(day: date, *, typed: str = "new", status: str = "arrived", number: int = 1) -> PersonVisit:
    return PersonVisit(number, 1, 1, day, datetime.combine(day, time(9), UTC), typed, status)


def test_a_visit_before_the_one_typed_new_belongs_to_the_beginning() -> None:
    scan = person_visit(MON, typed="established", number=1)
    for days, is_new in ((0, True), (90, True), (91, False)):
        consult = person_visit(MON + timedelta(days=days), number=2)
        found = new_patients([consult, scan])
        assert [each.counted for each in found] == ([scan] if is_new else [])


STATUSES = ["scheduled", "arrived", "completed", "cancelled", "no_show"]
EVENTS = st.one_of(
    st.tuples(
        st.just("visit"),
        st.integers(0, 3),
        st.integers(0, 900),
        st.sampled_from(STATUSES),
        st.booleans(),
        st.booleans(),
    ),
    st.tuples(st.just("answer"), st.integers(0, 9), st.sampled_from(["tv", "radio", None]), st.booleans()),
    st.tuples(st.just("ask"), st.integers(0, 9)),
    st.tuples(st.just("withdraw"), st.integers(0, 9)),
    st.tuples(st.just("status"), st.integers(0, 9), st.sampled_from(STATUSES)),
    st.tuples(st.just("move"), st.integers(0, 9), st.integers(0, 900)),
    st.tuples(st.just("hand over"), st.integers(0, 9), st.integers(0, 3)),
    st.tuples(st.just("merge"), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.just("part"), st.integers(0, 3)),
)


def happen(make: Make, world: dict[str, Any], event: tuple[Any, ...]) -> None:
    what, which, *more = event
    visits: list[Visit] = world["visits"]
    if what == "visit":
        day, status, is_new, is_elsewhere = more
        typed = "new" if is_new else "established"
        at = world["places"][is_elsewhere]
        day = date(2024, 1, 1) + timedelta(days=day)
        visits.append(make.visit(at, world["people"][which], day=day, status=status, visit_type=typed))
    elif what == "merge":
        pair = (world["people"][which].id, world["people"][more[0]].id)
        try:
            world["merges"].append(merging.merge(Kind.PATIENTS, *pair, staff_id=None))
        except merging.CannotMerge:
            return
    elif what == "part" and world["merges"]:
        merging.undo(Kind.PATIENTS, world["merges"].pop(which % len(world["merges"])))
    elif visits:
        on_visit(make, world, visits[which % len(visits)], what, more)


def on_visit(make: Make, world: dict[str, Any], visit: Visit, what: str, more: list[Any]) -> None:
    world["second"] += 1
    at = clock.now() + timedelta(seconds=world["second"])
    if what == "answer":
        source, corrects = more
        named = [world["sources"][source]] if source else []
        outcome = "answered" if source else "declined"
        make.answer(visit, *named, outcome=outcome, corrects=corrects, answered_at=at)
    elif what == "ask":
        save_ask(NewAsk("kiosk", "en", at, visit_id=visit.id))
    elif what == "withdraw":
        withdraw_answer(visit_id=visit.id, submission_id=f"w{world['second']}", staff_id=world["staff"].id)
    elif what == "status":
        change_status(visit, more[0])
    elif what == "move":
        visit.visit_date = date(2024, 1, 1) + timedelta(days=more[0])
        make.announce([visit])
    elif what == "hand over":
        others = list(db.session.scalars(select(Visit).where(Visit.patient_id == visit.patient_id)))
        visit.patient_id = world["people"][more[0]].id
        make.announce(list({each.id: each for each in [*others, visit]}.values()))


def recount(years: int | None) -> tuple[Counter[Any], Counter[Any]]:
    """Who counts where, told from the raw tables by the words of design.md: slowly, and with nothing of the product."""
    into = {row.patient_id: row.into_id for row in db.session.scalars(select(PatientMerge)) if row.undone_at is None}
    people: dict[int, list[Visit]] = {}
    for visit in db.session.scalars(select(Visit)):
        person = visit.patient_id
        while person in into:
            person = into[person]
        people.setdefault(person, []).append(visit)
    coverage: Counter[Any] = Counter()
    credit: Counter[Any] = Counter()
    for visits in people.values():
        visits.sort(key=lambda each: (each.visit_date, each.scheduled_at, each.id))
        groups: list[list[Visit]] = [[]]
        for visit in visits:
            kept_before = [each.visit_date for each in groups[-1] if each.status in ("arrived", "completed")]
            if years and kept_before:
                last = kept_before[-1]
                back = (
                    date(last.year + years, 3, 1)
                    if (last.month, last.day) == (2, 29)
                    else last.replace(year=last.year + years)
                )
                if visit.visit_date >= back:
                    groups.append([])
            groups[-1].append(visit)
        for group in groups:
            recount_one(group, coverage, credit)
    return coverage, credit


def recount_one(visits: list[Visit], coverage: Counter[Any], credit: Counter[Any]) -> None:
    kept = [each for each in visits if each.status in ("arrived", "completed")]
    typed = [each.visit_date for each in visits if each.visit_type == "new"]
    if not kept or not typed or min(typed) > kept[0].visit_date + timedelta(days=90):
        return
    at = (kept[0].visit_date, kept[0].location_id)
    coverage[*at, "eligible"] += 1
    replies = []
    waiting = False
    for visit in visits:
        answers = db.session.scalars(select(Answer).where(Answer.visit_id == visit.id, Answer.turn.is_not(None))).all()
        if answers:
            newest = max(answers, key=lambda each: each.turn or 0)
            if newest.outcome != Outcome.WITHDRAWN:
                replies.append((newest.outcome != "answered", min(each.answered_at for each in answers), newest))
        for ask in db.session.scalars(select(Ask).where(Ask.visit_id == visit.id)):
            waiting |= not db.session.scalar(select(func.count()).where(Answer.ask_id == ask.id))
    if replies:
        reply = min(replies, key=lambda each: (*each[:2], each[2].id))[2]
        coverage[*at, "asked"] += 1
        coverage[*at, reply.outcome] += 1
        for mention in reply.mentions:
            credit[*at, mention.source_id] += 27_720
    elif waiting:
        coverage[*at, "asked"] += 1


def ledger() -> tuple[Counter[Any], Counter[Any]]:
    coverage: Counter[Any] = Counter()
    for entry in db.session.scalars(select(CoverageEntry)):
        for name in ("eligible", "asked", "answered", "declined"):
            coverage[entry.day, entry.location_id, name] += getattr(entry, name)
    credit: Counter[Any] = Counter()
    for row in db.session.scalars(select(CreditEntry)):
        credit[row.day, row.location_id, row.source_id] += row.primary_units
    return coverage, credit


@settings(max_examples=examples(usual=8, everything=200), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(EVENTS, min_size=3, max_size=25), st.sampled_from([None, 1, 2]))
def test_whatever_happens_ledger_verify_and_a_recount_agree(
    session: Session, make: Make, events: list[tuple[Any, ...]], years: int | None
) -> None:
    savepoint = session.begin_nested()
    try:
        make.practice(new_again_after_years=years)
        world: dict[str, Any] = {
            "places": [make.location(), make.location()],
            "people": [make.patient() for _ in range(4)],
            "sources": make.sources(),
            "staff": make.staff(),
            "visits": [],
            "merges": [],
            "second": 0,
        }
        for event in events:
            happen(make, world, event)
            db.session.flush()
        assert ledger() == recount(years)
        found = compare_ledger()
        assert found.wrong == []
        everywhere = frozenset(each.id for each in world["places"])
        always = Period(date(2023, 1, 1), date(2027, 12, 31))
        for key in ("tv", "radio"):
            figure = Figure(always, everywhere, View.PRIMARY, SOURCE, key)
            rows = visit_rows(figure, lists_as_of_now(), names=True)
            assert sum(row.units or 0 for row in rows) == sum(
                units for (_, _, source), units in ledger()[1].items() if source == world["sources"][key].id
            )
            assert all(row.outcome == "Answered" and row.said for row in rows)
    finally:
        savepoint.rollback()
        period_cache().clear()
