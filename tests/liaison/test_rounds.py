"""Who is due, who is drawn, and what a calendar and a page say of it."""

import random
import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import icalendar
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intake import clock
from intake.clock import clinic_today
from intake.directory.models import PhysicianMerge
from intake.liaison.day.draw import days_in, draw, keep_within_reach, plan
from intake.liaison.day.models import RoundStop
from intake.liaison.people.due import DueDay, Urgency, due
from intake.liaison.people.models import OfficePreference, Relationship
from intake.liaison.people.targets import TargetOffice
from intake.liaison.people.whom import of_physician
from intake.liaison.touchpoints.kinds import TouchpointKind
from intake.liaison.touchpoints.recording import NewTouchpoint, record_touchpoint
from intake.web.ui.formatting import say_date
from tests.clients import Client
from tests.liaison import relationships
from tests.making import ZONE, Make
from tests.pages import text_of

MONDAY = date(2026, 5, 4)


def office(number: int, area: str = "Albany", hours: str = "", urgency: Urgency = Urgency.DUE) -> TargetOffice:
    return TargetOffice(
        relationship_id=number,
        physician_id=number,
        practice_id=None,
        name=f"Doctor {number}",
        place=area,
        area=area,
        phone="",
        owner_id=1,
        tier="B",
        last_contact_on=None,
        status=None,
        sent_in_year=0,
        due=DueDay(MONDAY, urgency, "B"),
        hours=hours,
        do_not_visit=False,
    )


def test_a_target_falls_due_by_tier_by_its_own_days_and_a_week_after_it_declines() -> None:
    usual: dict[str, Any] = {"tier": "A", "every_days": None, "since": MONDAY, "declining_since": None}

    assert due(**usual, last_contact_on=None).day == MONDAY
    assert due(**usual, last_contact_on=MONDAY).day == MONDAY + timedelta(days=30)
    assert due(**usual | {"every_days": 10}, last_contact_on=MONDAY).day == MONDAY + timedelta(days=10)
    declining = due(**usual | {"tier": "C", "declining_since": MONDAY}, last_contact_on=MONDAY - timedelta(days=5))
    assert (declining.day, declining.urgency) == (MONDAY + timedelta(days=7), Urgency.DECLINING)
    # Seen since: every month while it lasts.
    seen = due(**usual | {"tier": "C", "declining_since": MONDAY}, last_contact_on=MONDAY + timedelta(days=2))
    assert seen.day == MONDAY + timedelta(days=32)


def test_the_order_among_equally_due_is_random_and_keeps_areas_together() -> None:
    offices = [office(number, "Albany" if number % 2 else "Troy") for number in range(1, 7)]
    offices.append(office(7, urgency=Urgency.DECLINING))
    chance = random.Random(7)

    firsts: Counter[int] = Counter()
    for _ in range(3_000):
        drawn = draw(offices, chance)
        assert drawn[0].target.relationship_id == 7
        areas = [each.target.area for each in drawn[1:]]
        assert areas in (["Albany"] * 3 + ["Troy"] * 3, ["Troy"] * 3 + ["Albany"] * 3)
        assert [(each.place, each.of) for each in drawn[1:]] == [(place, 6) for place in range(1, 7)]
        firsts[drawn[1].target.relationship_id] += 1
    # 500 each, give or take five standard deviations.
    assert len(firsts) == 6
    assert all(abs(count - 500) < 102 for count in firsts.values())


def test_a_round_keeps_to_hours_and_passes_nobody_by() -> None:
    offices = [office(1, hours="Tue 9:00-12:00"), office(2), office(3, hours="Mon 8:00-9:00"), office(4)]
    days = plan(draw(offices, random.Random(1)), {MONDAY: 2, MONDAY + timedelta(days=1): 2})

    by_day = [[each.target.relationship_id for each in day.stops] for day in days]
    assert 1 not in by_day[0] and 1 in by_day[1]
    assert 3 not in by_day[1]
    assert len(by_day[0]) == 2
    assert all(count == 1 for count in Counter(number for numbers in by_day for number in numbers).values())


def test_a_round_stays_within_reach_and_within_what_is_left_of_today() -> None:
    towns = {"Louisville": "402", "Prospect": "402", "Bowling Green": "421", "Elsewhere": ""}
    offices = [replace(office(n, area), region=zip3) for n, (area, zip3) in enumerate(towns.items(), start=1)]
    offices.append(replace(office(5, "Louisville", "Mon 8:00-12:00"), region="402"))
    rounds = set()
    for chance in map(random.Random, range(60)):
        on = days_in(offices, [MONDAY], now=(MONDAY, 12 * 60))
        reached = keep_within_reach(on, offices, {MONDAY: 9}, {}, chance)
        (day,) = plan(draw(offices, chance), {MONDAY: 9}, reached)
        rounds.add(tuple(sorted(each.target.relationship_id for each in day.stops)))
    # Of whom nobody knows where they are it can't be said that they are far.
    assert rounds == {(1, 2, 4), (3, 4), (1, 2, 3, 4)}
    more = keep_within_reach(on, offices, {MONDAY: 9}, {MONDAY: offices[2]}, random.Random(1))
    assert [one for one, days in more.items() if days] == [3, 4]


def test_a_day_goes_from_place_to_place_and_meets_people_when_they_are_in() -> None:
    offices = [
        office(1, "Louisville", "Mon 13:00-17:00"),
        office(2, "Bowling Green", "Mon 8:00-12:00"),
        office(3, "Louisville"),
        office(4, "Bowling Green"),
        office(5, "Louisville", "Mon 9:00-17:00"),
    ]
    ways = set()
    for chance in range(40):
        (day,) = plan(draw(offices, random.Random(chance)), {MONDAY: 5})
        ways.add(tuple(each.target.relationship_id for each in day.stops))
    assert ways == {(2, 4, 3, 5, 1)}


def test_more_stops_join_the_way_of_the_day(session: Session, make: Make, client: Client, liaison: Any) -> None:
    for number, city in enumerate(("TROY", "ALBANY") * 4):
        doctor = make.physician(f"Stop{'abcdefgh'[number]}", "Ida", city=city)
        relationships.target(make, liaison.place, doctor, owner=liaison)
    session.commit()
    for stops in ("3", "5", "8"):
        client.post("/relationships/day/propose", data={"stops": stops})
    areas = session.scalars(select(RoundStop.area).order_by(RoundStop.position)).all()
    assert areas in (["Albany"] * 4 + ["Troy"] * 4, ["Troy"] * 4 + ["Albany"] * 4)


def test_a_proposed_round_is_recorded_shown_and_in_the_calendar_without_a_patients_name(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    doctors = [make.physician(f"Stop{letter}", "Ida", city="TROY") for letter in "abc"]
    for doctor in doctors:
        relationships.target(make, liaison.place, doctor, owner=liaison)
    relationships.target(make, liaison.place, make.physician("Notmine", "Ida"))
    make.patient("Persephone", "Quackenbush")
    for text in ("Call about Persephone Quackenbush", "Send the fax sheet"):
        relationships.promise(make, liaison.place, liaison, physician_id=doctors[0].id, text=text)
    session.commit()

    client.post("/relationships/day/propose", data={"days": "week", "stops": "2"})
    client.post("/relationships/day/propose", data={"days": "week", "stops": "2"})
    stops = session.scalars(select(RoundStop).order_by(RoundStop.drawn_place)).all()
    page = text_of(client.get("/relationships/week"))
    client.post("/relationships/calendar")
    shown = client.get("/relationships/week").text
    address = shown.partition('<code class="address">')[2].partition("</code>")[0]
    feed = client.get(address.partition("localhost")[2])
    second = client.post("/relationships/calendar")

    assert [(stop.drawn_place, stop.drawn_of, stop.stratum) for stop in stops] == [
        (place, 3, "never_seen B") for place in (1, 2, 3)
    ]
    assert all(f"Ida Stop{letter}" in page for letter in "abc") and "Notmine" not in page
    assert feed.content_type.startswith("text/calendar")
    calendar = icalendar.Calendar.from_ical(feed.data)
    titles = sorted(str(event["summary"]) for event in calendar.walk("VEVENT"))
    assert [title for title in titles if title.startswith("Visit Ida Stop")] == titles[2:]
    assert titles[:2] == ["Promised to Ida Stopa, MD"] * 2
    assert "Quackenbush" not in feed.text and "DESCRIPTION:Send the fax sheet" in feed.text
    # The newer address ends the one before.
    assert second.status_code == 303
    assert client.get(address.partition("localhost")[2]).status_code == 404


def test_the_list_pages_by_due_day_then_name_and_my_day_calls_those_who_want_no_visits(
    session: Session, make: Make, client: Client, liaison: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.liaison.people.views.PAGE_SIZE", 2)
    today = clinic_today(ZONE)
    group = make.referring_practice("Hudson Clinic")
    for name in ("Dale", "Abel", "Cole", "Bass"):
        doctor = make.physician(name, "Ida", referring_practice_id=group.id if name == "Cole" else None)
        relationships.target(make, liaison.place, doctor, owner=liaison, last_contact_on=today - timedelta(days=60))
    relationships.target(
        make, liaison.place, make.physician("Zorn", "Ida"), owner=liaison, last_contact_on=today - timedelta(days=90)
    )
    relationships.target(make, liaison.place, make.physician("Aaron", "Ida"), last_contact_on=today, tier="A")
    session.add(OfficePreference(practice_id=group.id, do_not_visit=True, changed_at=clock.now()))
    session.commit()

    def shown(query: str) -> list[str]:
        return re.findall(r">Ida (\w+), MD<", client.get(f"/relationships?{query}").text)

    assert [shown(f"page={number}") for number in (1, 2, 3, 9)] == [
        ["Zorn", "Abel"],
        ["Bass", "Cole"],
        ["Dale", "Aaron"],
        ["Dale", "Aaron"],
    ]
    page = text_of(client.get("/relationships"))
    assert "6 offices; 5 should hear from us now" in page and "Every two months" in page and "Tier" not in page
    assert shown("q=hudson") == ["Cole"] and shown("q=ida+dale&tier=B") == ["Dale"]
    assert shown("owner=none") == ["Aaron"] and shown(f"owner={liaison.id}&tier=A") == []
    day = text_of(client.get("/relationships/day"))
    assert "4 more are due for a visit" in day
    assert "Ida Cole" in day.partition("call or write")[2] and "Ida Abel" not in day


def test_my_day_says_what_is_due_and_a_stop_that_was_written_down_is_done(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    doctor = make.physician("Adler", "Ruth")
    target = relationships.target(make, liaison.place, doctor, owner=liaison)
    today = clinic_today(ZONE)
    late = relationships.promise(
        make, liaison.place, liaison, physician_id=doctor.id, due_on=today - timedelta(days=2), text="Bring cards"
    )
    session.commit()
    client.post(f"/relationships/{target.id}/plan")

    before = text_of(client.get("/relationships/day"))
    relationships.touchpoint(make, liaison.place, doctor, author=liaison)
    session.commit()
    client.post(f"/relationships/promises/{late.id}/close", data={"back": "day"})
    after = text_of(client.get("/relationships/day"))

    assert "1 stop; 1 next step due, 1 overdue." in before
    assert "Bring cards 2 days overdue" in before
    assert "1 stop, 1 done; 0 next steps due." in after and "Written down" in after


def test_who_wants_no_visits_comes_off_the_round_and_the_rest_left_out_is_said(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    today = clinic_today(ZONE)
    tomorrow = f"{(today + timedelta(days=1)):%a} 8:00-12:00"
    given: dict[str, Any] = {"phone": "5025550116", "street": "381 BARDSTOWN ST", "city": "LOUISVILLE"}
    one, other, far = (
        make.physician(name, "Ida", postal_code=code, **given | {"city": city})
        for name, code, city in (
            ("Stay", "40205", "LOUISVILLE"), ("Away", "40299", "LOUISVILLE"), ("Farr", "42101", "BOWLING GREEN"),
        )
    )  # fmt: skip
    since = today - timedelta(days=149)
    rows = [relationships.target(make, liaison.place, each, owner=liaison, since=since) for each in (one, other, far)]
    gone = relationships.target(make, liaison.place, make.physician("Gone", "Ida"), owner=liaison)
    session.add(OfficePreference(physician_id=other.id, hours=tomorrow, changed_at=clock.now()))
    weekend = today + timedelta(days=(5 - today.weekday()) % 7)
    relationships.promise(make, liaison.place, liaison, physician_id=one.id, due_on=weekend, text="Bring a map")
    session.commit()
    for each in (rows[0], gone):
        client.post(f"/relationships/{each.id}/plan")
    session.add(OfficePreference(physician_id=gone.physician_id, do_not_visit=True, changed_at=clock.now()))
    session.commit()

    shown = client.get("/relationships/day")
    page = text_of(shown)
    brief = client.get(f"/relationships/physicians/{gone.physician_id}/brief").text
    client.post(f"/relationships/{gone.id}/plan")

    assert "1 stop;" in page and "Ida Gone" in page.partition("call or write")[2]
    assert "Left out today: 1 is in on other days, 1 is too far from the first stop." in page
    assert "Propose" not in page
    assert 'href="tel:+15025550116"' in shown.text and "381 Bardstown St · Louisville" in page
    assert "Put on today" not in brief and re.search(r'value="phone" checked', brief)
    assert "1 stop;" in text_of(client.get("/relationships/day"))
    address = client.get(f"/relationships/physicians/{one.id}/brief")
    assert "381 Bardstown St, Louisville NY 40205" in text_of(address)
    assert 'href="tel:+15025550116"' in address.text
    assert "Saturday" in text_of(client.get("/relationships/week")).partition("Bring a map")[0]
    listed = text_of(client.get("/relationships?q=farr"))
    assert f"Never visited, wanted every two months since {say_date(since)}: 149 days overdue" in listed


def test_merged_physicians_are_one_target_until_the_merge_is_undone(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    today = clinic_today(ZONE)
    kept, gone, alone, old = (make.physician(name, "Ida") for name in ("Kept", "Gone", "Alone", "Older"))
    twin = relationships.target(make, liaison.place, gone, owner=liaison)
    relationships.target(make, liaison.place, kept, owner=liaison)
    relationships.target(make, liaison.place, old, owner=liaison)
    session.commit()
    client.post(f"/relationships/{twin.id}/plan")
    for each, into in ((gone, kept), (old, alone)):
        make.physician_merge(physician_id=each.id, into_id=into.id)
    session.commit()

    def shown(path: str = "") -> list[str]:
        return sorted(set(re.findall(r">Ida (\w+), MD<", client.get(f"/relationships{path}").text)))

    assert shown() == ["Alone", "Kept"] and shown("?q=kept") == ["Kept"] and shown("?q=older") == []
    # Who was planned before the merge is on the round, and isn't drawn again under the kept name.
    owed = relationships.promise(make, liaison.place, liaison, physician_id=gone.id, due_on=today)
    session.commit()
    day = text_of(client.get("/relationships/day"))
    assert "Ida Gone" not in day and "1 stop;" in day and "Ida Kept" in day and "1 more is due" in day
    client.post(f"/relationships/promises/{owed.id}/close")
    client.post("/relationships/day/propose", data={"stops": "9"})
    on_today = session.scalars(select(RoundStop.relationship_id).where(RoundStop.day == today)).all()
    assert len(on_today) == 2 and twin.id in on_today
    # Their latest contact counts, with whichever record it was; so does who wants no visits.
    session.execute(update(Relationship).where(Relationship.physician_id == gone.id).values(last_contact_on=today))
    session.execute(update(RoundStop).values(taken_out_at=clock.now()))
    session.add(OfficePreference(physician_id=gone.id, do_not_visit=True, changed_at=clock.now()))
    session.commit()
    assert "2 offices; 1 should hear from us now" in text_of(client.get("/relationships"))
    assert "Ida Kept" not in text_of(client.get("/relationships/day"))

    # What is written down of the kept record is a contact of whoever looks after the other.
    met = NewTouchpoint(kind=TouchpointKind.VISIT, words="Met", day=today, who=[of_physician(alone)])
    record_touchpoint(met, submission_id="met", author_id=liaison.id, location_ids=[liaison.place.id])
    assert session.scalar(select(Relationship.last_contact_on).where(Relationship.physician_id == old.id)) == today

    session.execute(update(PhysicianMerge).values(undone_at=clock.now()))
    session.commit()
    assert shown() == ["Gone", "Kept", "Older"]
