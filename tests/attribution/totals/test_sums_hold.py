"""Whatever happened at the doors, every report adds up and every figure is the sum of the visits behind it."""

from collections import Counter
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.drilldown.counting import counted
from intake.attribution.drilldown.figures import Figure
from intake.attribution.drilldown.paging import newest_visits
from intake.attribution.filters.date_basis import Basis, DatedSums
from intake.attribution.filters.dimensions.calendar import DAY
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.people import PHYSICIAN
from intake.attribution.filters.dimensions.registry import DIMENSIONS
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import Level, Lists, lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import Coverage
from intake.attribution.referrers.history import records
from intake.attribution.rollup.period_cache import period_cache
from intake.attribution.rollup.refresh import refresh
from intake.attribution.totals.report import Totals, totals
from intake.attribution.totals.shown_columns import rows_shown, shown_sum
from intake.attribution.totals.sums import Sums, sums_on
from intake.attribution.verify.ledger import compare_ledger
from intake.attribution.verify.rollups import compare_rollups
from intake.db import db, reading
from intake.directory.models import ELIGIBLE_STATUSES, PhysicianMerge, SourceMerge, VisitType
from intake.directory.patients.visits import change_status
from intake.survey.answers.effective_answer import current_answers
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import Outcome, View
from intake.survey.recording.record_answer import NewMention, withdraw_answer
from tests.drawing import examples
from tests.making import Make

pytestmark = pytest.mark.both

# Days on which clocks change in one of the zones, and their neighbours.
DAYS = [date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9), date(2026, 3, 29), date(2026, 3, 31), date(2026, 4, 5)]
DAYS += [date(2026, 10, 25), date(2026, 11, 1)]
# In Havana and Beirut the clocks change at midnight, in Kolkata they stand half an hour off, on Lord Howe they move by
# half an hour.
ZONES = ["America/New_York", "America/Havana", "Asia/Beirut", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland"]
HOURS = [time(0, 0), time(0, 30), time(1, 30), time(2, 30), time(12, 0), time(23, 59, 59)]
MENTIONS = ["doctor", "doctor+1", "doctor+2", "doctor+3", "friend_family", "friend_family+1", "facebook", "instagram"]
MENTIONS += ["social_media", "tv", "radio", "other", "unmatched"]

visits = st.tuples(st.integers(0, len(ZONES) - 1), st.sampled_from(DAYS), st.sampled_from(HOURS))
said = st.lists(st.sampled_from(MENTIONS), max_size=4)
events = st.one_of(
    st.tuples(st.just("answer"), st.integers(0, 5), said),
    st.tuples(st.just("late"), st.integers(0, 5), said),
    st.tuples(st.just("correct"), st.integers(0, 5), said),
    st.tuples(st.just("forget"), st.integers(0, 5), st.sampled_from([Outcome.DONT_REMEMBER, Outcome.DECLINED])),
    st.tuples(st.just("withdraw"), st.integers(0, 5), st.none()),
    st.tuples(st.just("status"), st.integers(0, 5), st.sampled_from(["cancelled", "no_show", "arrived", "completed"])),
    st.tuples(st.just("move"), st.integers(0, 5), st.sampled_from(DAYS)),
    st.tuples(st.just("merge"), st.integers(0, 4), st.none()),
    st.tuples(st.just("apart"), st.integers(0, 4), st.none()),
    st.tuples(st.just("answer at"), st.integers(0, 5), st.tuples(st.sampled_from(DAYS), st.sampled_from(HOURS))),
    st.tuples(st.just("fold"), st.integers(0, 9), st.none()),
)


class World:
    """A small practice on which events happen."""

    def __init__(self, make: Make, plan: list[tuple[int, date, time]]) -> None:
        self.make = make
        self.sources = make.sources()
        self.locations = [make.location(time_zone=zone) for zone in ZONES]
        works_at = make.referring_practice().id
        self.physicians = [make.physician(referring_practice_id=works_at), make.physician()]
        self.practice_id = works_at
        self.friend = make.patient()
        self.staff = make.staff(locations=self.locations)
        self.merged: list[Any] = []
        self.visits = [
            make.visit(
                self.locations[place],
                day=day,
                scheduled_at=clock.from_wall_clock(day, at, self.locations[place].time_zone),
                provider="Dr. Lindqvist" if at.hour < 12 else "",
            )
            for place, day, at in plan
        ]

    def named(self, code: str) -> NewMention:
        if code == "unmatched":
            return NewMention(None, "somebody", match_state="unmatched")
        base, _, number = code.partition("+")
        source_id = self.sources[base].id
        if number == "3":
            return NewMention(source_id, practice_id=self.practice_id)
        if base == "doctor" and number:
            return NewMention(source_id, physician_id=self.physicians[int(number) - 1].id)
        if base == "friend_family" and number:
            return NewMention(source_id, referring_patient_id=self.friend.id)
        return NewMention(source_id)

    def happen(self, what: str, which: int, more: Any) -> None:
        visit = self.visits[which % len(self.visits)]
        if what in ("answer", "late", "correct"):
            self.make.answer(
                visit,
                *map(self.named, more),
                staff=None if what == "late" else self.staff,
                channel="kiosk" if what == "late" else "desk",
                corrects=what == "correct",
            )
        elif what == "answer at":
            zone = next(each.time_zone for each in self.locations if each.id == visit.location_id)
            at = clock.from_wall_clock(*more, zone)
            self.make.answer(visit, self.sources["tv"], self.named("doctor+1"), answered_at=at, corrects=True)
        elif what == "apart":
            if self.merged:
                self.merged.pop(which % len(self.merged)).undone_at = clock.now()
                db.session.flush()
        elif what == "forget":
            self.make.answer(visit, outcome=more)
        elif what == "withdraw":
            withdraw_answer(visit_id=visit.id, submission_id=f"{clock.now():%H%M%S%f}{which}", staff_id=self.staff.id)
        elif what == "status":
            change_status(visit, more)
        elif what == "move":
            visit.visit_date = more
            self.make.announce([visit])
        elif what == "fold":
            # In bites that part the rows of one answer.
            refresh(rows=which + 1)
        else:
            self.merge(which)

    def merge(self, which: int) -> None:
        pairs = [("tv", "radio"), ("facebook", "advertising"), ("social_media", "other"), ("radio", "doctor")]
        if which < len(pairs):
            source, into = (self.sources[code].id for code in pairs[which])
            merge: Any = SourceMerge(source_id=source, into_id=into, merged_at=clock.now())
        else:
            first, second = (each.id for each in self.physicians)
            merge = PhysicianMerge(physician_id=second, into_id=first, merged_at=clock.now())
        db.session.add(merge)
        db.session.flush()
        self.merged.append(merge)


def look_at(period: Period, location_ids: frozenset[int], view: View, by: Dimension) -> None:
    Sums(location_ids, lists_as_of_now()).credit(period, by=by, view=view)


def check_sums(period: Period, location_ids: frozenset[int], view: View, by: Dimension) -> None:
    """The tallies say what the ledger's rows, added up one by one, say."""
    lists = lists_as_of_now()
    sums = Sums(location_ids, lists)
    ledger = DatedSums(Basis.VISIT, location_ids, lists)
    for level in Level:
        credit = ledger.credit(period, by=by, view=view, level=level)
        assert sums.credit(period, by=by, view=view, level=level) == credit
    people = ledger.credit(period, by=PHYSICIAN, view=view)
    assert sums.physicians(period, view=view) == {key: units for key, units in people.items() if key > 0}
    if view == View.ANY:
        histories = records(today=period.last_day, location_ids=location_ids, lists=lists).histories
        counts = {each: history.count(period.first_day, period.last_day) for each, history in histories.items()}
        assert {each: count * UNIT for each, count in counts.items() if count} == sums.physicians(period, view=view)
    if by.is_covered:
        standing = ledger.coverage_by(period, by=by)
        assert sums.coverage_by(period, by=by) == standing
        assert sums.coverage(period) == sum(standing.values(), Coverage())


def check_bases(world: World, location_ids: frozenset[int]) -> None:
    """By whatever day visits count, a report adds up, and its days are those of the clinic's own calendar."""
    year, lists = Period(date(2026, 1, 1), date(2026, 12, 31)), lists_as_of_now()
    answered: Counter[date] = Counter()
    first: Counter[date] = Counter()
    for visit_id, answer in current_answers([each.id for each in world.visits]).items():
        visit = next(each for each in world.visits if each.id == visit_id)
        eligible = visit.visit_type == VisitType.NEW and visit.status in ELIGIBLE_STATUSES
        if visit.location_id in location_ids and eligible and answer.outcome == Outcome.ANSWERED:
            zone = next(each.time_zone for each in world.locations if each.id == visit.location_id)
            answered[answer.answered_at.astimezone(ZoneInfo(zone)).date()] += UNIT
            # Each patient of this practice comes once.
            first[visit.visit_date] += UNIT
    for basis, expected in ((Basis.ANSWERED, answered), (Basis.VISIT, first)):
        within = {day: units for day, units in expected.items() if year.first_day <= day <= year.last_day}
        for view in View:
            sums = sums_on(basis, location_ids=location_ids, lists=lists)
            assert sums.credit(year, by=DAY, view=view) == within, basis
            report = totals(period=year, view=view, by=SOURCE, location_ids=location_ids, basis=basis)
            assert report.holds and report.coverage.answered * UNIT == sum(within.values())


def check_rows(figure: Figure, lists: Lists) -> None:
    """Page by page the visits behind a figure are all of them, and add up to it."""
    every = newest_visits(figure, lists)
    assert (len(every), sum(every.values())) == (counted(figure, lists).visits, counted(figure, lists).units)
    of = len(every) if figure.view == View.PRIMARY else None
    pages = [newest_visits(figure, lists, offset=offset, limit=2, of=of) for offset in range(0, len(every) + 1, 2)]
    assert [item for page in pages for item in page.items()] == list(every.items())


def check_report(report: Totals, location_ids: frozenset[int]) -> None:
    coverage = report.coverage
    parts = coverage.answered + coverage.dont_remember + coverage.declined + coverage.not_asked
    assert parts == coverage.eligible
    assert 0 <= coverage.awaiting <= coverage.not_asked
    assert report.holds
    if report.view != View.ANY:
        assert report.total_units == coverage.answered * UNIT
        assert shown_sum(report, rows_shown(report)).now == coverage.answered * 100
    lists = lists_as_of_now()
    for line in [*report.lines, *report.rolled_up]:
        assert 0 <= line.units <= coverage.answered * UNIT
        figure = Figure(report.period, location_ids, report.view, report.by, line.name.key, line.level)
        assert counted(figure, lists).units == line.units
        check_rows(figure, lists)
    for top in report.rolled_up:
        if report.view != View.ANY and top.children:
            assert top.units == sum(child.units for child in top.children)
    for row in rows_shown(report):
        assert not row.below or report.view == View.ANY or row.now == sum(each.now for each in row.below)
    for name in ("eligible", "asked", "answered", "dont_remember", "declined", "not_asked", "awaiting"):
        figure = Figure(report.period, location_ids, report.view, None, name.replace("_", "-"), Level.EACH)
        assert counted(figure, lists).visits == getattr(coverage, name)
        check_rows(figure, lists)


@settings(
    max_examples=examples(usual=4, everything=30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    plan=st.lists(visits, min_size=1, max_size=6),
    history=st.lists(events, max_size=14),
    days=st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)),
    places=st.sets(st.integers(0, len(ZONES) - 1), min_size=1),
    reports=st.lists(
        st.tuples(st.sampled_from(View), st.sampled_from(DIMENSIONS)), min_size=2, max_size=2, unique=True
    ),
)
def test_sums_hold_whatever_happened(
    session: Session,
    make: Make,
    plan: list[tuple[int, date, time]],
    history: list[tuple[str, int, Any]],
    days: tuple[date, date],
    places: set[int],
    reports: list[tuple[View, Dimension]],
) -> None:
    savepoint = session.begin_nested()
    try:
        world = World(make, plan)
        for visit, (_, day, _) in zip(world.visits, plan, strict=True):
            assert visit.visit_date == day
        location_ids = frozenset(world.locations[place].id for place in places)
        for event in history:
            world.happen(*event)
            with reading():
                # A page that is looked at again and again, and remembers what it read.
                look_at(Period(min(days), max(days)), location_ids, *reports[0])
        for period in (Period(min(days), max(days)), Period(date(2026, 1, 1), date(2026, 12, 31))):
            for view, cut in reports:
                with reading():
                    check_sums(period, location_ids, view, cut)
                check_report(totals(period=period, view=view, by=cut, location_ids=location_ids), location_ids)
        check_bases(world, location_ids)
        assert not compare_ledger().wrong
        assert compare_rollups().holds
    finally:
        savepoint.rollback()
        period_cache().clear()
