"""A hand-over moves what somebody looks after and owes; no promise is lost, whatever was open or closed before."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import clock
from intake.liaison.day.models import RoundStop
from intake.liaison.people.models import Relationship
from intake.liaison.people.records import hand_over
from intake.liaison.promises.models import Promise
from tests.clients import Client
from tests.liaison import relationships
from tests.making import ZONE, Make
from tests.pages import text_of

PLACES, PEOPLE = 2, 3


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(st.tuples(st.integers(0, PLACES - 1), st.integers(0, PEOPLE - 1), st.booleans()), max_size=12),
    moves=st.lists(
        st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1), st.sets(st.integers(0, PLACES - 1))),
        max_size=4,
    ),
)
def test_no_promise_is_lost(session: Session, make: Make, made: list[Any], moves: list[Any]) -> None:
    places = [make.location() for _ in range(PLACES)]
    people = [make.staff("liaison", locations=places) for _ in range(PEOPLE)]
    rows = []
    for place, person, is_open in made:
        closed = {} if is_open else {"closed_at": clock.now(), "kept": True}
        rows.append((relationships.promise(make, places[place], people[person], **closed), place, person, is_open))
    owner = {row.id: person for row, _, person, _ in rows}

    for giver, taker, where in moves:
        hand_over(
            from_id=people[giver].id,
            to_id=people[taker].id,
            location_ids=[places[each].id for each in where],
        )
        for row, place, _, is_open in rows:
            if is_open and place in where and owner[row.id] == giver:
                owner[row.id] = taker

    found = {row.id: row for row in session.scalars(select(Promise))}
    for row, _, _, is_open in rows:
        assert found[row.id].owner_id == people[owner[row.id]].id
        assert (found[row.id].closed_at is None) == is_open


def test_a_manager_hands_over_and_authors_stay(
    session: Session, make: Make, client: Client, liaison: Any, sign_in: Any
) -> None:
    taker = make.staff("liaison", locations=[liaison.place])
    doctor = make.physician()
    target = relationships.target(make, liaison.place, doctor, owner=liaison)
    elsewhere = relationships.target(make, make.location(), doctor, owner=liaison)
    written = relationships.touchpoint(make, liaison.place, doctor, author=liaison)
    promise = relationships.promise(make, liaison.place, liaison, physician_id=doctor.id)
    issue = relationships.issue(make, liaison.place, physician_id=doctor.id, owner_id=liaison.id)
    manager = make.staff("manager", locations=[liaison.place])
    session.commit()
    sign_in(client, manager)

    refused = client.post("/relationships/hand-over", data={"giver": liaison.id, "taker": liaison.id})
    done = client.post("/relationships/hand-over", data={"giver": liaison.id, "taker": taker.id})

    assert (refused.status_code, done.status_code) == (422, 303)
    session.expire_all()
    assert {target.owner_id, promise.owner_id, issue.owner_id} == {taker.id}
    assert written.author_id == liaison.id
    # Another location's is not the manager's to give.
    assert session.get_one(Relationship, elsewhere.id).owner_id == liaison.id


def test_planned_stops_go_to_the_taker_unless_seen_and_none_twice(
    session: Session, make: Make, client: Client, liaison: Any, sign_in: Any
) -> None:
    today, here = clock.clinic_today(ZONE), liaison.place
    taker = make.staff("liaison", locations=[here])
    doctors = [make.physician(f"Stop{letter}", "Ida") for letter in "abc"]
    met, both, planned = (relationships.target(make, here, each, owner=liaison) for each in doctors)
    relationships.touchpoint(make, here, doctors[0], author=liaison)
    relationships.issue(make, here, physician_id=doctors[1].id, owner_id=liaison.id)
    stops = {
        name: relationships.stop(make, here, whose, relationship_id=which.id, day=today + timedelta(days=days))
        for name, whose, which, days in (
            ("past", liaison, planned, -1),
            ("seen", liaison, met, 0),
            ("twice", liaison, both, 0),
            ("today", liaison, planned, 0),
            ("tomorrow", liaison, met, 1),
            ("theirs", taker, both, 0),
        )
    }
    elsewhere = relationships.stop(make, make.location(), liaison)
    session.commit()
    sign_in(client, make.staff("manager", locations=[here]))

    client.post("/relationships/hand-over", data={"giver": liaison.id, "taker": taker.id})
    page = text_of(client.get("/relationships"))

    session.expire_all()
    assert {name for name, stop in stops.items() if stop.staff_id == taker.id} == {"today", "tomorrow", "theirs"}
    assert elsewhere.staff_id == liaison.id
    assert [name for name, stop in stops.items() if stop.taken_out_at] == ["twice"]
    on_today = session.scalars(select(RoundStop.position).where(RoundStop.staff_id == taker.id, RoundStop.day == today))
    assert sorted(on_today) == [1, 2]
    assert "with 0 open promises and 1 open issue." in page
