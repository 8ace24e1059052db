"""Stages of a referral move along allowed ways, whatever is noted in whatever order."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.directory.models import VisitStatus
from intake.liaison.loops.from_schedule import KnownVisit, moves_of
from intake.liaison.loops.stages import (
    FOLLOWS,
    Move,
    MoveNotAllowed,
    Stage,
    check,
    may_go_back_to,
    way_taken,
)

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
RECEIVED = Move(Stage.REFERRED, START.date(), START, derived=True)
moments = st.integers(0, 400).map(lambda hours: START + timedelta(hours=hours))
moves = st.builds(
    lambda stage, at, derived, corrects: Move(stage, at.date(), at, derived, corrects and not derived, "why"),
    st.sampled_from(Stage),
    moments,
    st.booleans(),
    st.booleans(),
)
visits = st.builds(
    lambda known, later, status: KnownVisit(
        (known + timedelta(hours=later)).date(), known.date(), known + timedelta(hours=later), known, status
    ),
    moments,
    st.integers(0, 200),
    st.sampled_from(VisitStatus),
)


@given(st.lists(moves, max_size=12), st.lists(visits, max_size=5))
def test_stages_only_move_along_allowed_ways_or_go_back_and_say_so(noted: list[Move], known: list[KnownVisit]) -> None:
    way = way_taken(RECEIVED, [*noted, *moves_of(known, now=START + timedelta(days=40))])

    assert way[0] == RECEIVED
    for before, after in pairwise(way):
        if after.corrects:
            assert after.stage in may_go_back_to(before.stage)
            assert after.words
        else:
            assert after.stage in FOLLOWS[before.stage]


@given(st.lists(visits, min_size=1, max_size=6))
def test_what_the_schedule_alone_tells(known: list[KnownVisit]) -> None:
    stage = way_taken(RECEIVED, moves_of(known, now=START + timedelta(days=40)))[-1].stage
    statuses = {each.status for each in known}

    if statuses & {VisitStatus.ARRIVED, VisitStatus.COMPLETED}:
        assert stage == Stage.SEEN
    elif VisitStatus.SCHEDULED in statuses:
        assert stage == Stage.BOOKED
    else:
        last = max(known, key=lambda each: each.scheduled_at)
        assert stage in (Stage.CANCELLED, Stage.NO_SHOW)
        if [each.scheduled_at for each in known].count(last.scheduled_at) == 1:
            assert stage == (Stage.NO_SHOW if last.status == VisitStatus.NO_SHOW else Stage.CANCELLED)


@pytest.mark.parametrize(
    ("now", "wanted", "corrects"),
    [
        (Stage.REFERRED, Stage.SEEN, False),
        (Stage.SEEN, Stage.CANCELLED, False),
        (Stage.DECLINED, Stage.BOOKED, False),
        (Stage.BOOKED, Stage.SEEN, True),
        (Stage.DECLINED, Stage.SEEN, True),
        (Stage.REFERRED, Stage.REFERRED, True),
    ],
)
def test_a_person_takes_no_other_step(now: Stage, wanted: Stage, corrects: bool) -> None:
    with pytest.raises(MoveNotAllowed):
        check(now, wanted, corrects=corrects)


def test_whoever_went_elsewhere_and_is_seen_after_all_goes_back_and_says_so() -> None:
    gone = Move(Stage.ELSEWHERE, START.date(), START + timedelta(hours=1), by_id=1)
    visit = KnownVisit(
        date(2026, 3, 9), date(2026, 3, 5), START + timedelta(days=7), START + timedelta(days=3), "completed"
    )

    way = way_taken(RECEIVED, [gone, *moves_of([visit], now=START + timedelta(days=9))])

    assert [each.stage for each in way] == ["referred", "elsewhere", "referred", "booked", "seen"]
    assert way[2].corrects and "schedule" in way[2].words


def test_staff_who_say_that_nobody_was_seen_outweigh_the_schedule_of_that_day() -> None:
    visit = KnownVisit(date(2026, 3, 3), date(2026, 3, 2), START + timedelta(days=1), START, "completed")
    left = Move(Stage.BOOKED, date(2026, 3, 4), START + timedelta(days=2), corrects=True, words="left before", by_id=1)

    way = way_taken(RECEIVED, [left, *moves_of([visit], now=START + timedelta(days=3))])

    assert [each.stage for each in way] == ["referred", "booked", "seen", "booked"]
