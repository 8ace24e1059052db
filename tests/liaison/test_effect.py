"""Did it help? What the page calls an effect, on simulated practices and on a page."""

import random
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bench.effect import AIMED, DAYS, WORLDS, Practice, called
from intake import clock
from intake.attribution.filters.lists import lists_as_of_now
from intake.db import db
from intake.directory.models import Physician
from intake.liaison.day.draw import draw, plan
from intake.liaison.day.kept_draws import keep_draw
from intake.liaison.effect import messages, queries, views
from intake.liaison.effect.estimation.drawn_order import Draw, DrawnOrder, Due
from intake.liaison.effect.estimation.estimates import EffectVerdict, judged
from intake.liaison.effect.estimation.expectation import Prior, fitted
from intake.liaison.effect.estimation.lookalikes import Comparison, Matched
from intake.liaison.effect.estimation.referrers import Observed
from intake.liaison.people.due import DueDay
from intake.liaison.people.whom import of_physician
from intake.liaison.touchpoints.kinds import TouchpointKind
from intake.liaison.touchpoints.recording import NewTouchpoint, record_touchpoint
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of


def test_visits_that_do_nothing_are_called_nothing_though_before_and_after_doubles() -> None:
    found = [called(AIMED, seed) for seed in range(900, 906)]
    assert sum(each.before_and_after for each in found) / len(found) > 1.7
    assert not any(each.anything for each in found)
    assert all(0.8 < each.ratio < 1.25 for each in found)


def test_a_true_effect_is_found_in_drawn_order() -> None:
    found = [called(WORLDS["+30 %, drawn"], seed) for seed in range(900, 904)]
    assert [each.main for each in found] == [EffectVerdict.MORE] * 4
    assert all(1.1 < each.ratio < 1.55 for each in found)


def test_differences_by_the_lot_sum_to_nothing_when_contacts_change_nothing() -> None:
    """The lot's own distribution: a draw repeated many times lies evenly around its average."""
    world = WORLDS["nothing, drawn"]
    deviations = []
    for seed in range(30, 42):
        practice = Practice(world, seed)
        order = DrawnOrder({each.id: each for each in practice.referrers()}, practice.draws, Observed(0, DAYS))
        deviations.append(order.estimate(90).deviations)
    assert abs(sum(deviations)) / len(deviations) ** 0.5 < 3
    assert sum(each**2 for each in deviations) < 30


def test_fewer_than_expected_is_no_effect_unless_the_lot_decided() -> None:
    fewer = Matched(200, 100, 400.0, 1.0, 100.0)
    found = judged(90, {90: fewer, 30: Matched(200, 900, 400.0, 1.0, 100.0)})
    assert found[90].verdict == EffectVerdict.NO_CLEAR_EFFECT
    # The other looks are called only once the main one is.
    assert found[30].verdict == EffectVerdict.TOO_FEW


def test_a_handful_is_too_few_whatever_it_says() -> None:
    few = judged(90, {90: Matched(19, 30, 40.0, 1.0, 4.0)})[90]
    assert few.verdict == EffectVerdict.TOO_FEW
    # A figure would look as if it were known.
    assert messages.anyway(few) == "–" and re.fullmatch(r"\d+ to \d+", messages.anyway_span(few))
    assert judged(90, {90: Matched(19, 900, 40.0, 1.0, 4.0)})[90].verdict == EffectVerdict.TOO_FEW
    assert judged(90, {90: Matched(40, 90, 10.0, 1.0, 1.0)})[90].verdict == EffectVerdict.TOO_FEW


@given(counts=st.lists(st.integers(0, 40), min_size=2, max_size=40), count=st.integers(0, 60))
def test_what_is_expected_lies_between_a_referrers_own_count_and_that_of_all(counts: list[int], count: int) -> None:
    prior = fitted(counts, 365)
    mean = max(sum(counts), 0.5) / len(counts)
    expected = prior.expected(count, 365, 365).mean
    assert min(count, mean) - 1e-6 <= expected <= max(count, mean) + 1e-6


class Target:
    """As a draw of rounds sees it."""

    def __init__(self, number: int, area: str, hours: str, due: Any) -> None:
        self.relationship_id, self.area, self.hours, self.due = number, area, hours, due
        self.tier, self.place = "A", area


def test_a_repeated_draw_takes_targets_as_often_as_the_rounds_do() -> None:
    """`Draw.repeated` against `day.draw`, for areas of unlike size and somebody who is in on one day only."""
    monday = clock.clinic_today("America/New_York")
    monday -= timedelta(days=monday.weekday())
    days = [monday, monday + timedelta(days=1)]
    due = _due_now(monday)
    people = [Target(n, "AAABBC"[n], "Tue 8-12" if n == 3 else "", due) for n in range(6)]
    room = dict.fromkeys(days, 1)
    lot = random.Random(4)
    theirs: Counter[Any] = Counter()
    for _ in range(4000):
        for each in plan(draw(people, lot), room):  # type: ignore[arg-type]
            theirs.update((stop.target.relationship_id, each.day.toordinal()) for stop in each.stops)
    ordinals = tuple(day.toordinal() for day in days)
    members = tuple(Due(each.relationship_id, each.area, ordinals[1:] if each.hours else ordinals) for each in people)
    kept = Draw(tuple((day, 1) for day in ordinals), (("due", members),), ())
    ours: Counter[Any] = Counter(pair for _ in range(4000) for pair in kept.repeated(lot))
    assert set(ours) == set(theirs) and (3, ordinals[0]) not in ours
    assert all(abs(ours[pair] - theirs[pair]) < 220 for pair in ours)


def _due_now(day: Any) -> Any:
    from intake.liaison.people.due import Urgency

    return DueDay(day=day, urgency=Urgency.DUE, tier="A")


@pytest.fixture
def practice(session: Session, make: Make, liaison: Any) -> Any:
    """Thirty referrers, each with a patient a month for two years; some were visited."""
    doctor = make.sources()["doctor"]
    today = clock.clinic_today(liaison.place.time_zone)
    people: list[Physician] = [make.physician() for _ in range(12)]
    from intake.survey.recording.record_answer import NewMention

    for number, one in enumerate(people):
        for month in range(20):
            visit = make.visit(liaison.place, day=today - timedelta(days=30 * month + number))
            make.answer(visit, NewMention(doctor.id, physician_id=one.id))
    return liaison, people, today


def test_the_page_says_too_few_and_names_nobody(practice: Any, make: Make, client: Client) -> None:
    liaison, people, today = practice
    empty = client.get("/relationships/effect")
    assert "Nobody who refers to you was contacted yet" in empty.text
    for number, one in enumerate(people[:4]):
        new = NewTouchpoint(TouchpointKind.VISIT, "Met them", today - timedelta(days=100), [of_physician(one)])
        record_touchpoint(new, submission_id=f"t{number}", author_id=liaison.id, location_ids={liaison.place.id})
    gift = NewTouchpoint(TouchpointKind.GIFT, "A plant", today - timedelta(days=100), [of_physician(people[5])])
    record_touchpoint(gift, submission_id="gift", author_id=liaison.id, location_ids={liaison.place.id})
    page = client.get("/relationships/effect")
    words = text_of(page)
    assert page.status_code == 200 and "It can’t be told yet" in words
    assert "Setting the 90 days after beside the 90 days before" in words
    assert not any(one.last_name in page.text for one in people)
    assert not re.search(r"\$\d", page.text) and "90 days, gift" not in words
    # While it is worked out the page says so, and looks again by itself.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(views, "found_for", lambda *_: None)
        waiting = client.get("/relationships/effect").text
    assert "This is being worked out" in waiting and 'http-equiv="refresh"' in waiting
    # Somebody without a location of theirs sees nothing of it.
    assert client.get("/relationships/effect?location=NOWHERE").status_code == 404


def test_a_first_contact_is_the_earliest_and_a_gift_that_day_ends_the_looking(practice: Any) -> None:
    liaison, people, today = practice
    place = {liaison.place.id}

    def record(kind: TouchpointKind, one: Physician, days: int) -> Any:
        new = NewTouchpoint(kind, "Words", today - timedelta(days=days), [of_physician(one)])
        return record_touchpoint(new, submission_id=f"{kind}{one.id}{days}", author_id=liaison.id, location_ids=place)

    record(TouchpointKind.PHONE, people[0], 50)
    record(TouchpointKind.VISIT, people[0], 40)
    record(TouchpointKind.NOT_SEEN, people[1], 40)
    record(TouchpointKind.VISIT, people[2], 30)
    record(TouchpointKind.GIFT, people[2], 30)
    found = queries.first_contacts(location_ids=place, lists=lists_as_of_now())
    assert found["physician", people[0].id].kind == "phone"
    assert ("physician", people[1].id) not in found
    assert found["physician", people[2].id].kind == ""


def test_whom_a_round_was_drawn_from_is_kept(practice: Any, client: Client, make: Make) -> None:
    liaison, people, today = practice
    due = _due_now(today)
    from intake.liaison.people.models import Relationship

    rows = []
    for one in people[:6]:
        row = Relationship(location_id=liaison.place.id, physician_id=one.id, owner_id=liaison.id, since=today)
        db.session.add(row)
        rows.append(row)
    db.session.flush()
    targets = [Target(row.id, "Albany", "", due) for row in rows]
    drawn = draw(targets, random.Random(1))  # type: ignore[arg-type]
    room = {today: 2}
    planned = plan(drawn, room)
    keep_draw(drawn, room, planned, staff_id=liaison.id)
    db.session.flush()
    found = queries.draws(location_ids={liaison.place.id}, today=today)
    assert len(found) == 1 and len(found[0].pool) == 6 and len(found[0].drawn) == 2
    assert queries.draws(location_ids={make.location().id}, today=today) == []


def test_a_comparison_without_anybody_contacted_says_nothing() -> None:
    people = Practice(AIMED, 1).referrers()
    nobody = [type(each)(each.id, each.history) for each in people]
    found = Comparison(nobody, Observed(0, DAYS)).estimate(90)
    assert (found.referrers, found.observed, found.expected) == (0, 0, 0)
    assert found.span(1.96)[0] == 0


@settings(max_examples=30)
@given(st.floats(0.2, 5), st.floats(20, 900), st.integers(0, 90))
def test_a_steady_prior_is_a_mean(shape: float, days: float, ahead: int) -> None:
    assert Prior(shape, days).expected(0, 0, ahead).mean == pytest.approx(shape / days * ahead)
