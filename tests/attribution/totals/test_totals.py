"""What the rows of a report are credited with, and that they add up however they are cut."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.filters.dimensions.calendar import MONTH, WEEK
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.people import PATIENT, PHYSICIAN, PRACTICE
from intake.attribution.filters.dimensions.registry import BY_KEY, DIMENSIONS
from intake.attribution.filters.dimensions.sources import KIND, SOURCE
from intake.attribution.filters.dimensions.visit_fields import CHANNEL, LOCATION, PROVIDER, STAFF
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.referrers.history import records
from intake.attribution.totals.on_record import is_to_come
from intake.attribution.totals.report import Totals, totals
from intake.directory.models import PhysicianMerge, SourceMerge
from intake.directory.patients.visits import change_status
from intake.directory.practice.providers import set_own_providers
from intake.survey.free_text.directory_names import own_physician_ids
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from intake.survey.recording.record_answer import NewMention, withdraw_answer
from intake.web.ttl_cache import forget
from tests.making import Make

DAY = date(2026, 5, 12)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))


def report(*locations: Any, by: Dimension = SOURCE, view: View = View.PRIMARY, period: Period = MAY) -> Totals:
    return totals(period=period, view=view, by=by, location_ids={each.id for each in locations})


def credits(found: Totals) -> dict[str, float]:
    return {line.name.key: line.units / UNIT for line in found.lines if line.units}


@pytest.fixture
def clinic(session: Session, make: Make) -> Any:
    return make.location("Riverside")


def test_the_three_views_of_one_answer(clinic: Any, make: Make) -> None:
    sources = make.sources()
    make.answer(make.visit(clinic, day=DAY), sources["doctor"], sources["online_search"], sources["tv"])
    make.answer(make.visit(clinic, day=DAY), sources["doctor"])
    third = 1 / 3
    assert credits(report(clinic)) == {"doctor": 2}
    assert credits(report(clinic, view=View.ANY)) == {"doctor": 2, "online_search": 1, "tv": 1}
    shared = credits(report(clinic, view=View.FRACTIONAL))
    assert shared == {"doctor": 1 + third, "online_search": third, "tv": third}
    for view in View:
        assert report(clinic, view=view).holds


def test_coverage_has_parts_that_make_the_whole(clinic: Any, make: Make) -> None:
    sources = make.sources()
    make.answer(make.visit(clinic, day=DAY), sources["tv"])
    make.answer(make.visit(clinic, day=DAY), outcome="declined")
    make.answer(make.visit(clinic, day=DAY), outcome="dont_remember")
    make.visit(clinic, day=DAY)
    make.visit(clinic, day=DAY, visit_type="established")
    make.visit(clinic, day=DAY, status="no_show")
    make.visit(clinic, day=date(2026, 6, 1))
    make.visit(make.location(), day=DAY)
    coverage = report(clinic).coverage
    assert (coverage.eligible, coverage.asked, coverage.answered) == (4, 3, 1)
    assert (coverage.dont_remember, coverage.declined, coverage.not_asked, coverage.awaiting) == (1, 1, 1, 0)
    assert coverage.share == 0.25


def test_both_days_of_a_period_count_and_no_other(clinic: Any, make: Make) -> None:
    sources = make.sources()
    for day in (date(2026, 3, 2), date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 31), date(2026, 6, 1)):
        make.answer(make.visit(clinic, day=day), sources["tv"])
    found = report(clinic)
    assert credits(found) == {"tv": 2}
    assert found.lines[0].before_units == UNIT


def test_another_location_never_shows(clinic: Any, make: Make) -> None:
    sources, other = make.sources(), make.location("Elsewhere")
    make.answer(make.visit(clinic, day=DAY), sources["tv"])
    make.answer(make.visit(other, day=DAY), sources["radio"])
    assert credits(report(clinic)) == {"tv": 1}
    assert credits(report(clinic, other, by=LOCATION)) == {clinic.code: 1, other.code: 1}


def test_by_physician_the_rest_says_why_nobody_is_named(clinic: Any, make: Make) -> None:
    sources, physician = make.sources(), make.physician("Okoye")
    make.answer(make.visit(clinic, day=DAY), NewMention(sources["doctor"].id, physician_id=physician.id))
    make.answer(make.visit(clinic, day=DAY), sources["doctor"])
    make.answer(make.visit(clinic, day=DAY), sources["tv"])
    make.answer(make.visit(clinic, day=DAY), NewMention(None, detail="the big one", match_state="unmatched"))
    found = report(clinic, by=PHYSICIAN)
    assert credits(found) == {str(physician.id): 1, "-unnamed": 1, "-other-sources": 1, "-unmatched": 1}
    assert found.holds
    named = found.lines[0].name
    assert (named.npi, "Okoye" in named.label) == (physician.npi, True)
    assert [line.is_remainder for line in found.lines] == [False, True, True, True]


def test_by_referring_patient(clinic: Any, make: Make) -> None:
    sources, friend = make.sources(), make.patient("Ada", "Lund")
    make.answer(make.visit(clinic, day=DAY), NewMention(sources["friend_family"].id, referring_patient_id=friend.id))
    make.answer(make.visit(clinic, day=DAY), NewMention(sources["friend_family"].id, referrer_name="My sister"))
    make.answer(make.visit(clinic, day=DAY), sources["doctor"])
    assert credits(report(clinic, by=PATIENT)) == {str(friend.id): 1, "-unnamed": 1, "-other-sources": 1}


def test_by_staff_and_channel(clinic: Any, make: Make) -> None:
    sources, asker = make.sources(), make.staff(locations=[clinic], name="Nora Finch")
    make.answer(make.visit(clinic, day=DAY), sources["tv"], staff=asker)
    make.answer(make.visit(clinic, day=DAY), sources["tv"], channel="kiosk")
    assert credits(report(clinic, by=STAFF)) == {str(asker.id): 1, "-nobody": 1}
    assert credits(report(clinic, by=CHANNEL)) == {"desk": 1, "kiosk": 1}


def test_by_month_every_month_has_its_row_and_its_coverage(clinic: Any, make: Make) -> None:
    sources = make.sources()
    make.answer(make.visit(clinic, day=date(2026, 3, 31)), sources["tv"])
    make.visit(clinic, day=date(2026, 5, 1))
    found = report(clinic, by=MONTH, period=Period(date(2026, 3, 1), date(2026, 5, 31)))
    assert [(line.name.key, line.units // UNIT) for line in found.lines] == [
        ("2026-03", 1),
        ("2026-04", 0),
        ("2026-05", 0),
    ]
    assert [line.coverage.eligible if line.coverage else None for line in found.lines] == [1, None, 1]


def test_weeks_begin_as_the_practice_says_and_days_stand_alone(clinic: Any, make: Make) -> None:
    sources = make.sources()
    for day in (date(2026, 5, 3), date(2026, 5, 4), date(2026, 5, 10)):
        make.answer(make.visit(clinic, day=day), sources["tv"])
    for begins, expected in ((7, {"2026-05-03": 2, "2026-05-10": 1}), (1, {"2026-04-27": 1, "2026-05-04": 2})):
        make.practice(week_starts_on=begins)
        forget()
        assert {line.name.key: line.units // UNIT for line in report(clinic, by=WEEK).lines} == expected
    days = {line.name.key: line.coverage.eligible for line in report(clinic, by=BY_KEY["day"]).lines if line.coverage}
    assert days == {"2026-05-03": 1, "2026-05-04": 1, "2026-05-10": 1}
    assert len(report(clinic, by=BY_KEY["day"]).lines) == 8


def test_by_referring_practice_and_by_provider(clinic: Any, make: Make) -> None:
    sources, group = make.sources(), make.referring_practice("Knobs Primary Care")
    here, twin, alone = make.physician(referring_practice_id=group.id), make.physician(), make.physician()
    twin.referring_practice_id = group.id
    both = [NewMention(sources["doctor"].id, physician_id=each.id) for each in (here, twin)]
    make.answer(make.visit(clinic, day=DAY, provider="Dr. Obi"), *both)
    make.answer(make.visit(clinic, day=DAY), NewMention(sources["doctor"].id, physician_id=alone.id))
    make.answer(make.visit(clinic, day=DAY), sources["tv"])
    make.visit(clinic, day=DAY, provider="Dr. Obi")
    for view in View:
        assert credits(report(clinic, by=PRACTICE, view=view)) == {
            str(group.id): 1,
            "-alone": 1,
            "-other-sources": 1,
        }
    found = report(clinic, by=PROVIDER)
    assert credits(found) == {"Dr. Obi": 1, "-nobody": 2}
    assert {line.name.key: line.coverage.eligible for line in found.lines if line.coverage} == {
        "Dr. Obi": 2,
        "-nobody": 2,
    }


def test_by_kind_every_source_is_a_person_or_none(clinic: Any, make: Make) -> None:
    sources = make.sources()
    for code in ("doctor", "tv", "radio", "friend_family"):
        make.answer(make.visit(clinic, day=DAY), sources[code], sources["instagram"])
    assert credits(report(clinic, by=KIND)) == {"non-person": 2, "physician": 1, "patient": 1}
    assert credits(report(clinic, by=KIND, view=View.ANY)) == {"non-person": 4, "physician": 1, "patient": 1}


def test_a_merge_moves_history_and_undoing_it_moves_it_back(clinic: Any, session: Session, make: Make) -> None:
    sources = make.sources()
    make.answer(make.visit(clinic, day=DAY), sources["tv"])
    make.answer(make.visit(clinic, day=DAY), sources["radio"], sources["tv"])
    merge = SourceMerge(source_id=sources["tv"].id, into_id=sources["radio"].id, merged_at=clock.now())
    session.add(merge)
    session.flush()
    assert credits(report(clinic)) == {"radio": 2}
    assert credits(report(clinic, view=View.ANY)) == {"radio": 2}
    assert credits(report(clinic, view=View.FRACTIONAL)) == {"radio": 2}
    merge.undone_at = clock.now()
    session.flush()
    assert credits(report(clinic)) == {"radio": 1, "tv": 1}


def test_merged_physicians_are_one_row(clinic: Any, session: Session, make: Make) -> None:
    sources, kept, twin = make.sources(), make.physician(), make.physician()
    for each in (kept, twin):
        make.answer(make.visit(clinic, day=DAY), NewMention(sources["doctor"].id, physician_id=each.id))
    session.add(PhysicianMerge(physician_id=twin.id, into_id=kept.id, merged_at=clock.now()))
    session.flush()
    assert credits(report(clinic, by=PHYSICIAN)) == {str(kept.id): 2}


def test_campaigns_roll_up_into_their_channel_and_a_visit_counts_once_there(clinic: Any, make: Make) -> None:
    sources = make.sources()
    make.answer(make.visit(clinic, day=DAY), sources["facebook"], sources["instagram"])
    make.answer(make.visit(clinic, day=DAY), sources["social_media"])
    make.answer(make.visit(clinic, day=DAY), sources["doctor"])
    found = report(clinic, view=View.ANY)
    tops = {line.name.key: line for line in found.rolled_up}
    assert {key: line.units // UNIT for key, line in tops.items()} == {"social_media": 2, "doctor": 1}
    children = tops["social_media"].children
    assert {child.name.key: child.units // UNIT for child in children} == {
        "facebook": 1,
        "instagram": 1,
        "social_media": 1,
    }
    primary = {line.name.key: line for line in report(clinic).rolled_up}["social_media"]
    assert primary.units == sum(child.units for child in primary.children) == 2 * UNIT


@pytest.mark.parametrize("view", list(View))
def test_corrections_withdrawals_and_cancellations_leave_only_what_stands(clinic: Any, make: Make, view: View) -> None:
    sources = make.sources()
    corrected, withdrawn, cancelled, moved = (make.visit(clinic, day=DAY) for _ in range(4))
    for visit in (corrected, withdrawn, cancelled, moved):
        make.answer(visit, sources["tv"], sources["radio"])
    make.answer(corrected, sources["doctor"], corrects=True)
    withdraw_answer(visit_id=withdrawn.id, submission_id="a" * 36, staff_id=make.staff(locations=[clinic]).id)
    change_status(cancelled, "cancelled")
    moved.visit_date = date(2026, 6, 2)
    make.announce([moved])
    found = report(clinic, view=view)
    assert credits(found) == {"doctor": 1}
    assert (found.coverage.eligible, found.coverage.answered, found.coverage.not_asked) == (2, 1, 1)
    assert found.holds


def test_a_source_that_fell_to_nothing_still_shows_against_the_period_before(clinic: Any, make: Make) -> None:
    sources = make.sources()
    make.answer(make.visit(clinic, day=date(2026, 4, 1)), sources["event"])
    make.answer(make.visit(clinic, day=DAY), sources["tv"])
    changes = {line.name.key: line.change for line in report(clinic).lines}
    assert changes == {"tv": UNIT, "event": -UNIT}


def test_days_with_nobody_on_record_are_nothing_to_compare_with(clinic: Any, make: Make) -> None:
    sources = make.sources()
    make.answer(make.visit(clinic, day=DAY), sources["tv"])
    make.answer(make.visit(make.location("Elsewhere"), day=date(2026, 4, 20)), sources["tv"])

    found = report(clinic)

    assert found.before is None
    assert found.coverage_before is None
    assert found.total_before_units is None
    assert [line.before_units for line in found.lines] == [None]


def test_an_empty_period_is_a_report_too(clinic: Any, make: Make) -> None:
    make.sources()
    for cut in DIMENSIONS:
        for view in View:
            found = report(clinic, by=cut, view=view)
            assert found.lines == () and found.coverage.share is None and found.holds


@pytest.mark.parametrize("by", list(DIMENSIONS), ids=str)
@pytest.mark.parametrize("view", list(View))
def test_every_cut_adds_up_to_the_same(
    clinic: Any, make: Make, by: Dimension, view: View, queries_counted: Callable[[], int]
) -> None:
    sources, physician, friend = make.sources(), make.physician(), make.patient()
    asker = make.staff(locations=[clinic])
    doctor = NewMention(sources["doctor"].id, physician_id=physician.id)
    kin = NewMention(sources["friend_family"].id, referring_patient_id=friend.id)
    for number, mentions in enumerate(
        [
            (doctor,),
            (doctor, kin),
            (sources["tv"], sources["mail"], kin),
            (NewMention(None, "?", match_state="unmatched"),),
        ]
    ):
        visit = make.visit(clinic, day=DAY - timedelta(days=number))
        make.answer(visit, *mentions, staff=asker if number % 2 else None)
    # Read once in half a minute.
    own_physician_ids()
    before = queries_counted()
    found = report(clinic, by=by, view=view)
    assert queries_counted() - before <= 15
    assert found.coverage.answered == 4
    if view == View.ANY:
        assert found.total_units >= 4 * UNIT
    else:
        assert found.total_units == 4 * UNIT


def test_nothing_is_set_beside_days_to_come(make: Make, session: Session) -> None:
    place = make.location()
    with time_machine.travel(datetime(2026, 11, 20, 15, tzinfo=UTC), tick=False):
        make.answer(make.visit(place, day=date(2026, 3, 1)), make.sources()["tv"])
        for first, last, before in (
            (date(2026, 12, 1), date(2026, 12, 31), None),
            (date(2027, 1, 1), date(2027, 12, 31), None),
            (date(2026, 4, 1), date(2026, 4, 30), Period(date(2026, 3, 1), date(2026, 3, 31))),
        ):
            found = totals(period=Period(first, last), view=View.PRIMARY, by=SOURCE, location_ids={place.id})
            assert found.before == before
        # It is tomorrow already where one of our locations is.
        tomorrow = Period(date(2026, 11, 21), date(2026, 11, 21))
        assert is_to_come(tomorrow)
        make.location(time_zone="Pacific/Auckland")
        assert not is_to_come(tomorrow)


def test_our_own_physicians_are_credited_with_nobody(clinic: Any, make: Make) -> None:
    sources = make.sources()
    ours, outside = make.physician("Obi", "Ada"), make.physician("Obi", "Chike")
    for physician in (ours, ours, outside):
        make.answer(make.visit(clinic, day=DAY), NewMention(sources["doctor"].id, physician_id=physician.id))
    set_own_providers(["Obi, Ada MD", "US Room 2"])
    forget()
    assert credits(report(clinic, by=PHYSICIAN)) == {str(outside.id): 1, "-ours": 2}
    assert credits(report(clinic, by=PRACTICE)) == {"-alone": 1, "-ours": 2}
    assert credits(report(clinic)) == {"doctor": 3}
    listed = records(today=DAY, location_ids={clinic.id}, lists=lists_as_of_now()).histories
    assert set(listed) == {outside.id}
