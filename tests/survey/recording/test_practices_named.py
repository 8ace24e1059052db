"""An answer that names a referring practice is linked to it: proposed, confirmed, counted, merged, taken back."""

import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.filters.dimensions.people import PHYSICIAN, PRACTICE
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.referrers.practices import practice_history, records_of_practice
from intake.attribution.rollup.refresh import refresh
from intake.attribution.totals.sums import Sums
from intake.attribution.verify.ledger import compare_ledger
from intake.attribution.verify.rollups import compare_rollups
from intake.capture.patient_flow.named_sources import with_details
from intake.db import db
from intake.directory.merging.merge import Kind, merge, undo
from intake.directory.models import PracticeNickname, Visit
from intake.privacy.erasing import erase
from intake.survey.free_text.typed_answers import practice_called, read_for
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import Answer, PhysicianReferral, ReviewRule, View
from intake.survey.question.choices import choices
from intake.survey.recording.mentions import recorded_mentions
from intake.survey.recording.record_answer import NewMention
from intake.survey.review.groups import key_of
from intake.survey.review.rules import turn_off_rule
from tests.making import Make


@pytest.fixture
def place(app: Any, make: Make) -> Any:
    found = make.location("Riverside")
    found.sources = make.sources()
    return found


def credit(place: Any, by: Any = PRACTICE, view: View = View.ANY) -> dict[int, float]:
    today = clock.clinic_today(place.time_zone)
    sums = Sums({place.id}, lists_as_of_now()).credit(Period(today, today), by=by, view=view)
    return {row: units / UNIT for row, units in sums.items()}


def named(make: Make, place: Any, text: str) -> Any:
    outcome, mentions = read_for(text, location_id=place.id)
    return make.answer(make.visit(place), *mentions, outcome=outcome, verbatim=text)


@pytest.mark.both
def test_a_practice_named_counts_as_it_and_with_its_physicians(place: Any, make: Make, session: Session) -> None:
    lakeside = make.referring_practice("Lakeside Family Practice", city="Troy")
    db.session.add(PracticeNickname(practice_id=lakeside.id, text="The Lake"))
    osei = make.physician("Osei", "Ama", referring_practice_id=lakeside.id)
    doctor = place.sources["doctor"].id
    answer = named(make, place, "Lakeside Family Practice")
    both = NewMention(doctor, physician_id=osei.id), NewMention(doctor, practice_id=lakeside.id)
    make.answer(make.visit(place), *both)

    link = session.scalars(select(PhysicianReferral).order_by(PhysicianReferral.id)).first()
    assert link and (link.practice_id, link.physician_id, link.evidence) == (lakeside.id, None, "inferred")
    assert recorded_mentions(answer.answer_id)[0].practice_id == lakeside.id
    for _ in range(2):
        assert credit(place) == {lakeside.id: 2}, "a patient who names both counts once for the practice"
        assert credit(place, view=View.PRIMARY) == {lakeside.id: 2}
        assert credit(place, PHYSICIAN) == {osei.id: 1, -1: 2}
        refresh()
    assert not compare_ledger().wrong_figures and compare_rollups().holds
    ids = records_of_practice(lakeside.id, lists_as_of_now())
    today = clock.clinic_today(place.time_zone)
    assert practice_history(ids, until=today, location_ids=[place.id]).total == 2
    assert practice_called("the lake") == lakeside.id
    assert practice_called("Lakeside") is None


def test_practices_named_merge_come_apart_and_outlast_the_patient(place: Any, make: Make, session: Session) -> None:
    kept, gone = make.referring_practice("Lakeside Family Practice"), make.referring_practice("Lake Side Doctors")
    for practice in (kept, gone):
        make.answer(make.visit(place), NewMention(place.sources["hospital_er"].id, practice_id=practice.id))
    merged = merge(Kind.PRACTICES, gone.id, kept.id, staff_id=None)
    assert credit(place) == {kept.id: 2}
    undo(Kind.PRACTICES, merged)
    assert credit(place) == {kept.id: 1, gone.id: 1}
    one, other = session.scalars(select(Visit.patient_id).order_by(Visit.id))
    merge(Kind.PATIENTS, other, one, staff_id=None)
    assert credit(place) == {kept.id: 1}, "one person is new once"
    erase(one, also=(), secrets=())
    assert credit(place) == {kept.id: 1}
    assert {link.practice_id for link in session.scalars(select(PhysicianReferral))} == {kept.id, gone.id}
    assert not compare_ledger().wrong


def test_review_proposes_the_practice_and_a_rule_links_it(
    place: Any, make: Make, client: Any, sign_in: Any, session: Session
) -> None:
    lakeside = make.referring_practice("Lakeside Family Practice")
    sign_in(client, make.staff("manager", locations=[place]))
    named(make, place, "lakside family practise")
    page = client.get("/review").text
    assert re.search(rf'value="practice:{lakeside.id}"[^>]*checked', page)
    assert credit(place) == {-3: 1}

    form = {"row": key_of(["lakside family practise"]), "spelling": "lakside family practise", "later": "1"}
    client.post("/review/decide", data=form | {"target": f"practice:{lakeside.id}"})
    assert credit(place) == {lakeside.id: 1}
    named(make, place, "Lakside family practise")
    assert credit(place) == {lakeside.id: 2}
    rule = session.scalars(select(ReviewRule)).one()
    assert "Lakeside Family Practice" in client.get("/review/rules").text
    visits = client.get(f"/reports/rows?by=practice&key={lakeside.id}").text
    assert f"/reports/physicians/practices/{lakeside.id}" in visits
    turn_off_rule(rule, staff_id=None)
    assert credit(place) == {-3: 2}


def test_the_desk_types_a_practice_and_corrects_it(place: Any, make: Make, client: Any, sign_in: Any) -> None:
    lakeside = make.referring_practice("Lakeside Family Practice")
    sign_in(client, make.staff("front_desk", locations=[place]))
    visit, doctor = make.visit(place), place.sources["doctor"].id
    make.answer(visit, NewMention(doctor, "their clinic", practice_id=lakeside.id))
    page = client.get(f"/desk/visits/{visit.id}/answer").text
    assert 'value="Lakeside Family Practice"' in page
    number = re.search(r'name="submission_id" value="([^"]+)"', page)
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert number and seen
    form = {"submission_id": number[1], "seen": seen[1], "outcome": "answered", "source": doctor}
    client.post(f"/desk/visits/{visit.id}/answer", data=form | {f"detail-{doctor}": "Lakeside family practice"})
    assert credit(place) == {lakeside.id: 1}


def test_a_practice_is_known_below_hospital_and_nowhere_else(place: Any, make: Make, client: Any, sign_in: Any) -> None:
    lakeside = make.referring_practice("Lakeside Memorial Hospital")
    sign_in(client, make.staff("front_desk", locations=[place]))
    for code, expected in (("hospital_er", lakeside.id), ("employer_school", None)):
        source = place.sources[code]
        source.asks_which = True
        db.session.flush()
        visit = make.visit(place)
        page = client.get(f"/desk/visits/{visit.id}/answer").text
        number = re.search(r'name="submission_id" value="([^"]+)"', page)
        seen = re.search(r'name="seen" value="([^"]*)"', page)
        assert number
        form = {"submission_id": number[1], "seen": seen[1] if seen else "", "outcome": "answered"}
        form |= {"source": source.id, f"detail-{source.id}": "lakeside memorial hospital"}
        client.post(f"/desk/visits/{visit.id}/answer", data=form)
        answer = db.session.scalars(select(Answer).where(Answer.visit_id == visit.id)).one()
        assert recorded_mentions(answer.id)[0].practice_id == expected
        (choice,) = [each for each in choices(clock.clinic_today(place.time_zone), "en") if each.code == code]
        (tapped,) = with_details([NewMention(source.id)], choice, "Lakeside Memorial Hospital")
        assert tapped.practice_id == expected
